import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { WebSocket, WebSocketServer } from 'ws';
import type { ApiBench } from './api-bench.ts';
import type { Line } from './conversation.ts';
import { type Desk, gid, rawId } from './desk.ts';

type Heard = { type: string } & Record<string, unknown>;

/**
 * Lets the real runtime talk to the real gateway through a wire that writes everything down, over a little of everything the protocol has.
 * Done once per version of the protocol, before the next one is begun; `older-peer.int.test.ts` plays it from then on.
 */
export async function recordConversation(bench: ApiBench, desk: Desk, clientId: string): Promise<Line[]> {
  const lines: Line[] = [];
  const wire = await tappedWire(bench.url, lines);
  const data = mkdtempSync(join(tmpdir(), 'throughline-recorded-'));
  const runtimes: ChildProcess[] = [];
  const runtime = (...args: string[]) => {
    const main = new URL('../../../agent/src/main.ts', import.meta.url).pathname;
    const tsx = import.meta.resolve('tsx');
    const child = spawn(process.execPath, ['--import', tsx, main, ...args, '--data', data], { stdio: 'ignore' });
    runtimes.push(child);
    return child;
  };
  const heard = (type: string, fits: (message: Heard) => boolean = () => true, from: Line['from'] = 'gateway') =>
    waitFor(
      `${type} of the ${from}`,
      () =>
        lines.flatMap((line) =>
          line.from === from && line.from !== 'desk' && line.kind === 'message' && isType(line.body, type, fits)
            ? [line.body as Heard]
            : [],
        )[0],
      30_000,
    );
  const press = async (action: string, body: object) => {
    const page = readFileSync(join(data, 'prompt-url'), 'utf8').trim();
    const headers = { 'content-type': 'application/json', 'x-throughline': '1' };
    const answer = await fetch(`${page}/${action}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`the prompt page answered ${answer.status} to ${action}: ${await answer.text()}`);
  };
  const does = (what: string, input: Record<string, unknown> = {}) => lines.push({ from: 'desk', does: what, input });
  const propose = async (input: { script: string; cwd?: string; reason?: string }) => {
    does('propose', input);
    const { id } = await desk.must('proposeCommand', { sessionId: gid('Session', sessionId), shell: 'bash', ...input });
    return rawId(id as string);
  };
  const answer = async (kind: string, decision: 'approve' | 'deny', number: number) => {
    const approvalId = await waitFor('the question', () => {
      // A question may be sent more than once.
      const prompts = lines.flatMap((line) => (line.from === 'gateway' ? promptIn(line.body) : []));
      return [...new Set(prompts.filter((prompt) => prompt.kind === kind).map((prompt) => prompt.approvalId))][number];
    });
    await waitFor('the question at the page', () =>
      readFileSync(join(data, 'consent.ndjson'), 'utf8').includes(approvalId),
    );
    await press('shown', { approvalId });
    const address = readFileSync(join(data, 'prompt-url'), 'utf8').trim();
    const { questions } = (await (await fetch(`${address}/state?locale=en`)).json()) as {
      questions: { approvalId: string; textHash: string }[];
    };
    const textHash = questions.find((question) => question.approvalId === approvalId)?.textHash;
    const page = textHash === undefined ? {} : { page: { locale: 'en', textHash } };
    await press('decide', { approvalId, decision, reason: decision === 'deny' ? 'Not now' : '', ...page });
    await heard('decided', (m) => m.approvalId === approvalId);
  };

  let sessionId = '';
  try {
    const { token } = await bench
      .desk(bench.northgate.people.ada)
      .must('createEnrollmentToken', { clientId: gid('Client', clientId) }, '... on EnrollmentToken { token }');
    const enrolling = runtime(
      'enroll',
      '--server',
      wire.url,
      '--token',
      token as string,
      '--name',
      'REC-01',
      '--no-run',
    );
    await waitFor('the enrolment', () => enrolling.exitCode !== null, 30_000);
    const { endpointId } = JSON.parse(readFileSync(join(data, 'identity.json'), 'utf8')) as { endpointId: string };
    runtime('run');
    await heard('welcome');
    await waitFor('the prompt page', () => existsSync(join(data, 'prompt-url')));

    does('start');
    const input = { endpointId: gid('Endpoint', endpointId), title: 'Certificate warning', reason: 'to look into it' };
    sessionId = rawId((await desk.must('startSession', input)).id as string);
    await answer('session', 'approve', 0);

    const read = await propose({ script: String.raw`printf 'a\0b'; printf 'oops' >&2` });
    await heard('settled', (m) => m.commandId === read);
    const refused = await propose({ script: 'pwd', cwd: '/no/such/folder' });
    await heard('settled', (m) => m.commandId === refused);
    await propose({ script: 'touch /tmp/throughline-recorded-1', reason: 'to see' });
    await answer('action', 'deny', 0);
    const changed = await propose({ script: 'mkdir -p /tmp/throughline-recorded && sleep 300', reason: 'to see' });
    await answer('action', 'approve', 1);
    await heard('started', (m) => m.commandId === changed, 'runtime');
    // The wire breaks while it runs, and the runtime comes back by itself.
    wire.cut();
    await waitFor('the second welcome', () => count(lines, 'gateway', 'welcome') === 2, 30_000);
    does('cancel', { of: changed });
    await desk.must('cancelCommand', { commandId: gid('Command', changed) });
    await heard('settled', (m) => m.commandId === changed);
    await press('message', { sessionId, text: 'Is it done?' });
    await heard('message', undefined, 'runtime');
    await heard('heartbeat', undefined, 'runtime');
    await press('end', { sessionId, reason: 'I have to leave' });
    await heard('session_closed');
    return lines;
  } finally {
    for (const child of runtimes) child.kill('SIGTERM');
    await waitFor('the runtimes to end', () => runtimes.every((child) => child.exitCode !== null || child.signalCode));
    await wire.close();
    rmSync(data, { recursive: true, force: true });
  }
}

export const writeConversation = (file: string, lines: readonly Line[]): void =>
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

const isType = (body: unknown, type: string, fits: (message: Heard) => boolean): boolean =>
  (body as Heard).type === type && fits(body as Heard);
const promptIn = (body: unknown): { approvalId: string; kind: string }[] =>
  isType(body, 'prompt', () => true) ? [(body as { prompt: { approvalId: string; kind: string } }).prompt] : [];
const count = (lines: readonly Line[], from: Line['from'], type: string): number =>
  lines.filter((line) => line.from === from && line.from !== 'desk' && isType(line.body, type, () => true)).length;

/** Passes on what a runtime and the gateway say to each other, in both directions, and writes it down. */
async function tappedWire(target: string, lines: Line[]) {
  const open = new Set<WebSocket>();
  const server = createServer((request, response) => void enrol(request, response));
  const enrol = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const part of request as AsyncIterable<Buffer>) text += part.toString();
    lines.push({ from: 'runtime', kind: 'enrol', body: JSON.parse(text) });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${target}${request.url ?? ''}`, { method: 'POST', headers, body: text });
    const body = await answer.text();
    lines.push({ from: 'gateway', kind: 'enrolled', body: JSON.parse(body) });
    response.writeHead(answer.status, headers).end(body);
  };
  const sockets = new WebSocketServer({ server, path: '/agent' });
  sockets.on('connection', (near) => {
    lines.push({ from: 'runtime', kind: 'connect', body: null });
    const far = new WebSocket(`${target.replace(/^http/, 'ws')}/agent`);
    const early: (() => void)[] = [];
    const pass = (send: () => void) => (far.readyState === WebSocket.OPEN ? send() : early.push(send));
    open.add(near);
    far.on('open', () => early.forEach((send) => send()));
    far.on('message', (data: Buffer) => {
      if (!open.has(near)) return;
      lines.push({ from: 'gateway', kind: 'message', body: JSON.parse(data.toString()) });
      near.send(data.toString());
    });
    near.on('message', (data: Buffer, isBinary) => {
      if (!open.has(near)) return;
      if (isBinary) lines.push({ from: 'runtime', kind: 'output', body: data.toString('base64') });
      else lines.push({ from: 'runtime', kind: 'message', body: JSON.parse(data.toString()) });
      pass(() => far.send(isBinary ? data : data.toString()));
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('close', () => other.terminate());
      one.on('error', () => other.terminate());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      lines.push({ from: 'runtime', kind: 'cut', body: null });
      for (const socket of open) socket.terminate();
      open.clear();
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
