import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type BlockList, isIP } from 'node:net';
import { guardedLookup, mayConnect } from '@throughline/store/outbound-address';
import type { CustomFetch } from 'openid-client';
import { SsoRefused } from './sso-refused.ts';

/** What a provider says of itself, its keys, a token: some KB each. */
const MOST_BYTES = 1024 * 1024;

/** `fetch` to a provider, into no private network but those named. The address is judged for the very connection; redirects are not followed. Errors: SsoRefused. */
export function guardedFetch(networks: BlockList): CustomFetch {
  return async (address, options) => {
    const url = new URL(address);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // Digits are not looked up.
    if (isIP(host) !== 0 && !mayConnect(host, networks)) throw new SsoRefused('provider_silent', 'PRIVATE_ADDRESS');
    const asked = new Request(url, options as RequestInit);
    const body = Buffer.from(await asked.arrayBuffer());
    const headers = {
      ...Object.fromEntries(asked.headers),
      ...(body.length > 0 && { 'content-length': String(body.length) }),
    };
    return new Promise<Response>((resolve, reject) => {
      // As `fetch` fails, which the library knows how to tell.
      const failed = (error: NodeJS.ErrnoException) => {
        if (asked.signal.aborted) reject(asked.signal.reason as Error);
        else if (error.code === 'PRIVATE_ADDRESS') reject(new SsoRefused('provider_silent', error.code));
        else reject(new TypeError('fetch failed', { cause: error }));
      };
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const sent = send(
        url,
        { method: asked.method, headers, agent: false, lookup: guardedLookup(networks), signal: asked.signal },
        (answer) => {
          const parts: Buffer[] = [];
          let bytes = 0;
          answer.on('data', (part: Buffer) => {
            bytes += part.length;
            if (bytes > MOST_BYTES) answer.destroy(new Error('The provider says more than it should.'));
            else parts.push(part);
          });
          answer.on('error', failed);
          answer.on('end', () => {
            const status = answer.statusCode ?? 502;
            const empty = status === 204 || status === 304;
            const told = new Headers();
            for (const name of ['content-type', 'www-authenticate'] as const)
              if (answer.headers[name] !== undefined) told.set(name, answer.headers[name]);
            resolve(new Response(empty ? null : Buffer.concat(parts), { status, headers: told }));
          });
        },
      );
      sent.on('error', failed);
      sent.end(body);
    });
  };
}
