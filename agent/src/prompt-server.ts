import { randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDomainError } from '@throughline/domain/errors';
import { z } from 'zod';
import { CATALOGUE, languageOf } from '@throughline/domain/prompt/catalogue';
import { zCover } from './cover.ts';
import { type DataFolder, writeDurably } from './data-folder.ts';
import type { Log } from './log.ts';
import { pageAsset } from './own-program.ts';
import { nextExpiry, promptView } from './prompt-view.ts';
import { pastSessions } from './prompt-timeline.ts';
import { knownLocale } from './question.ts';
import type { Runtime } from './runtime.ts';

/** What a person typed. A NUL is dropped: the server takes none, and an answer must not hang on it. */
const words = (most: number) =>
  z
    .string()
    .transform((text) => text.replaceAll('\0', '').trim())
    .pipe(z.string().max(most));

const zDecide = z.strictObject({
  approvalId: z.string(),
  decision: z.enum(['approve', 'deny']),
  reason: words(500),
  cover: zCover.optional(),
  /** The page that was read. Without it nobody knows what was shown: then only a no is taken, where the server keeps the text. */
  page: z.strictObject({ locale: z.string().max(100), textHash: z.string().length(64) }).optional(),
});
const zShown = z.strictObject({ approvalId: z.string() });
const zEndScope = z.strictObject({ approvalId: z.string() });
const zEnd = z.strictObject({ sessionId: z.string(), reason: words(500) });
const zMessage = z.strictObject({ sessionId: z.string(), text: words(4000).refine((text) => text !== '') });
const zPlace = z.object({ port: z.number().int(), token: z.string().min(40) });

const ASSETS: Record<string, string> = {
  'tokens.css': 'text/css; charset=utf-8',
  'prompt.css': 'text/css; charset=utf-8',
  'prompt.js': 'text/javascript; charset=utf-8',
  'dom.js': 'text/javascript; charset=utf-8',
  'language.js': 'text/javascript; charset=utf-8',
  'send.js': 'text/javascript; charset=utf-8',
  'question.js': 'text/javascript; charset=utf-8',
  'past.js': 'text/javascript; charset=utf-8',
  'outcome.js': 'text/javascript; charset=utf-8',
  'sessions.js': 'text/javascript; charset=utf-8',
  'icons.svg': 'image/svg+xml',
};
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

export interface PromptServer {
  url: string;
  changed: () => void;
  close: () => void;
}

/**
 * The page where the person at this computer decides. It listens on loopback only. Knowing the address is the right to
 * answer, so the address holds 256 random bits and lies in a file of mode 0600; there is no cookie another site could
 * ride on, and a request must come to our own host name, from our own origin, with a header no form can send.
 */
export async function startPromptServer(runtime: Runtime, folder: DataFolder, log: Log): Promise<PromptServer> {
  const known = rememberedPlace(folder);
  const token = known?.token ?? randomBytes(32).toString('base64url');
  /** Open pages, each with the locale that it is read in. */
  const pages = new Map<ServerResponse, string>();
  const view = (locale: string) => JSON.stringify(promptView(runtime, Date.now(), locale));
  let expiry: NodeJS.Timeout | null = null;
  let pending = false;
  const mayAnswer = () => pages.size > 0 && runtime.person.isAsked(Date.now());
  const push = () => {
    pending = false;
    if (mayAnswer()) runtime.person.seat.watch(mayAnswer);
    const views = new Map([...new Set(pages.values())].map((locale) => [locale, view(locale)]));
    for (const [page, locale] of pages) page.write(`data: ${views.get(locale) ?? ''}\n\n`);
    if (expiry) clearTimeout(expiry);
    const next = nextExpiry(runtime.consent, Date.now());
    expiry = next === null ? null : setTimeout(changed, Math.min(next - Date.now() + 5, 2 ** 31 - 1)).unref();
  };
  // Many changes of one moment make one push.
  const changed = () => {
    if (!pending) setImmediate(push);
    pending = true;
  };

  const actions: Record<string, (body: unknown) => void> = {
    decide: (body) => {
      const { approvalId, decision, reason, cover, page } = zDecide.parse(body);
      runtime.person.decide(approvalId, decision, reason, { cover, page });
    },
    shown: (body) => runtime.person.shown(zShown.parse(body).approvalId),
    end: (body) => {
      const { sessionId, reason } = zEnd.parse(body);
      runtime.person.endSession(sessionId, reason);
    },
    end_scope: (body) => runtime.person.endScope(zEndScope.parse(body).approvalId),
    message: (body) => {
      const { sessionId, text } = zMessage.parse(body);
      runtime.person.writeMessage(sessionId, text);
    },
  };

  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    answer(request, response).catch((error: unknown) => {
      if (isDomainError(error)) return reply(response, 409, { error: { code: error.code, message: error.message } });
      if (error instanceof z.ZodError || error instanceof SyntaxError) {
        return reply(response, 400, {
          error: { code: 'INVALID_INPUT', message: 'That was not understood. Reload the page and try again.' },
        });
      }
      log.error('The prompt page met a fault.', { error: String(error) });
      return reply(response, 500, {
        error: {
          code: 'UNAVAILABLE',
          message: 'Something failed on this computer. Nothing was approved. Reload the page and try again.',
        },
      });
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const own = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    // A name that somebody pointed at 127.0.0.1 must not reach us (DNS rebinding).
    if (request.headers.host !== own) return reply(response, 421, null);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [, p, given = '', name = ''] = pathname.split('/');
    if (p !== 'p' || !sameToken(given, token)) return reply(response, 404, null);
    if (request.method === 'POST') {
      const { origin, 'x-throughline': mark, 'content-type': type } = request.headers;
      const foreign =
        (origin !== undefined && origin !== `http://${own}`) || mark !== '1' || !type?.startsWith('application/json');
      const action = actions[name];
      if (foreign || !action) return reply(response, foreign ? 403 : 404, null);
      action(JSON.parse(await bodyOf(request)));
      return reply(response, 200, { ok: true });
    }
    if (request.method !== 'GET') return reply(response, 405, null);
    if (name === '') return file(response, 'prompt.html', 'text/html; charset=utf-8', `/p/${token}`);
    const locale = knownLocale(searchParams.get('locale') ?? 'en');
    if (name === 'state') return void response.writeHead(200, { 'content-type': 'application/json' }).end(view(locale));
    if (name === 'past') return reply(response, 200, pastSessions(runtime, Date.now(), locale));
    if (name === 'words') return reply(response, 200, CATALOGUE[languageOf(locale)]);
    if (name === 'events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`retry: 500\ndata: ${view(locale)}\n\n`);
      pages.set(response, locale);
      if (mayAnswer()) runtime.person.seat.watch(mayAnswer);
      request.once('close', () => pages.delete(response));
      return;
    }
    return ASSETS[name] ? file(response, name, ASSETS[name]) : reply(response, 404, null);
  }

  const port = await listen(server, known?.port ?? 0);
  writeDurably(folder.promptPort, JSON.stringify({ port, token }));
  changed();
  const alive = setInterval(() => pages.forEach((_, page) => page.write(': alive\n\n')), 20_000).unref();
  return {
    url: `http://127.0.0.1:${port}/p/${token}`,
    changed,
    close() {
      clearInterval(alive);
      if (expiry) clearTimeout(expiry);
      for (const page of pages.keys()) page.end();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The place of the last run, so that an open page finds the runtime again after a restart. */
function rememberedPlace(folder: DataFolder): z.infer<typeof zPlace> | null {
  if (!existsSync(folder.promptPort)) return null;
  const place = zPlace.safeParse(JSON.parse(readFileSync(folder.promptPort, 'utf8')));
  return place.success ? place.data : null;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' && port !== 0) resolve(listen(server, 0));
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > 64 * 1024) throw new SyntaxError('too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function file(response: ServerResponse, name: string, type: string, base = ''): void {
  response.writeHead(200, { 'content-type': type }).end(pageAsset(name).replaceAll('{{base}}', base));
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body === null ? '' : JSON.stringify(body));
}

function sameToken(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
