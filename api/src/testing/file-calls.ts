import { createHash } from 'node:crypto';
import { fileRequestBytes } from '@throughline/domain/signed-bytes';
import type { Desk } from './desk.ts';
import type { ScriptedRuntime } from './scripted-runtime.ts';

export interface Standing {
  id: string;
  bytes: number;
  offset: number;
  sha256: string | null;
}

/** What a browser does with a chosen file, request by request. */
export const uploads = (url: string, desk: Desk) => ({
  begin: (sessionId: string, bytes: number) =>
    fetch(`${url}/api/uploads`, {
      method: 'POST',
      headers: { ...desk.headers(), 'content-type': 'application/json' },
      body: JSON.stringify({ sessionId, bytes }),
    }),
  bring: (id: string, offset: number, piece: Buffer) =>
    fetch(`${url}/api/uploads/${encodeURIComponent(id)}?offset=${offset}`, {
      method: 'PUT',
      headers: { ...desk.headers(), 'content-type': 'application/octet-stream' },
      body: new Uint8Array(piece),
    }),
  standing: (id: string) => fetch(`${url}/api/uploads/${encodeURIComponent(id)}`, { headers: desk.headers() }),
});

/** What a transfer's runner asks of the server, signed by its runtime unless a test changes that. */
export function fileCall(
  url: string,
  runtime: ScriptedRuntime,
  call: {
    method: 'GET' | 'POST' | 'PUT';
    commandId: string;
    offset?: number;
    body?: Buffer;
    at?: number;
    signature?: string;
  },
): Promise<Response> {
  const { method, commandId, offset = 0, body = Buffer.alloc(0), at = Date.now() } = call;
  const { runtimeId } = runtime.identity;
  const sum = createHash('sha256').update(body).digest('hex');
  const signature =
    call.signature ?? runtime.signs(fileRequestBytes({ runtimeId, commandId, method, offset, body: sum, at }));
  return fetch(`${url}/agent/files/${commandId}${method === 'PUT' ? `?offset=${offset}` : ''}`, {
    method,
    headers: {
      authorization: `Throughline ${runtimeId} ${at} ${signature}`,
      'content-type': 'application/octet-stream',
      ...(method === 'GET' && offset > 0 && { range: `bytes=${offset}-` }),
    },
    ...(method !== 'GET' && { body: new Uint8Array(body) }),
  });
}
