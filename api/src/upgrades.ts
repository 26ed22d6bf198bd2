import { type IncomingMessage, STATUS_CODES, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Takes over a connection that asked for `Upgrade`; `head` is what came behind the request. */
export type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Hands each `Upgrade` to who serves its path, and refuses the others. Returns what ends that. */
export function takeUpgrades(server: Server, served: Readonly<Record<string, TakeUpgrade>>): () => void {
  const upgrade: TakeUpgrade = (request, socket, head) => {
    // Node lets go of the socket here: a connection that breaks off now would end the process.
    socket.on('error', () => socket.destroy());
    const path = request.url?.split('?')[0] ?? '';
    const take = Object.hasOwn(served, path) ? served[path] : undefined;
    if (take === undefined) refuseUpgrade(socket, 404, 'There is nothing at this address.');
    else take(request, socket, head);
  };
  server.on('upgrade', upgrade);
  return () => server.off('upgrade', upgrade);
}

/** Answers in plain HTTP, with what to do instead, and closes. */
export function refuseUpgrade(socket: Duplex, status: number, message: string): void {
  const body = `${message}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
