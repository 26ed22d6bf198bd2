import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Followed, GqlAnswer } from './followed.ts';

type Frame = { type: string; id?: string; payload?: unknown };

/** A tab's WebSocket with nothing in between: sends what a page may send, and what it should not. */
export class PageSocket {
  /** Everything the server said, in order. */
  readonly frames: Frame[] = [];
  /** What the server closed it with. */
  closed: { code: number; reason: string } | null = null;
  readonly ws: WebSocket;
  private readonly followed = new Map<string, Followed<unknown>>();

  private constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('message', (data: Buffer) => this.hear(JSON.parse(String(data)) as Frame));
    ws.on('close', (code, reason) => (this.closed = { code, reason: String(reason) }));
    ws.on('error', () => undefined); // told by `close` as well
  }

  /** Throws `HTTP <status>: <body>` where the server did not take the upgrade. */
  static async open(url: string, headers: Record<string, string>, protocol = 'graphql-transport-ws', search = '') {
    const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql${search}`, protocol, { headers });
    const socket = new PageSocket(ws);
    await new Promise<void>((resolve, reject) => {
      ws.once('open', resolve);
      ws.once('error', reject);
      ws.once('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (part: Buffer) => (body += String(part)));
        response.on('end', () => reject(new Error(`HTTP ${response.statusCode}: ${body.trim()}`)));
      });
    });
    return socket;
  }

  send(frame: Frame | string): void {
    this.ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** ConnectionInit, until it is acknowledged or the socket closed. */
  async greet(): Promise<void> {
    this.send({ type: 'connection_init' });
    await Promise.race([once(this.ws, 'message'), once(this.ws, 'close')]);
  }

  follow<T>(query: string, variables: object = {}, id = `op-${this.followed.size}`): Followed<T> & { id: string } {
    const followed = { events: [], errors: [], ended: false, status: 101, id, close: async () => this.leave(id) };
    this.followed.set(id, followed);
    this.send({ type: 'subscribe', id, payload: { query, variables } });
    return followed;
  }

  leave(id: string): void {
    this.send({ type: 'complete', id });
  }

  async close(): Promise<void> {
    if (this.closed !== null) return;
    this.ws.close(1000);
    await once(this.ws, 'close');
  }

  private hear(frame: Frame): void {
    this.frames.push(frame);
    const followed = this.followed.get(frame.id ?? '');
    if (followed === undefined) return;
    if (frame.type === 'complete') followed.ended = true;
    if (frame.type === 'error') followed.errors.push(...(frame.payload as Followed<unknown>['errors']));
    if (frame.type !== 'next') return;
    const { data, errors } = frame.payload as GqlAnswer<unknown>;
    if (errors !== undefined) followed.errors.push(...errors);
    if (data != null) followed.events.push(data);
  }
}
