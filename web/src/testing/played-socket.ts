export interface PlayedFrame {
  type: string;
  id?: string;
  payload?: unknown;
}

/** A browser's WebSocket whose other end a test plays: `PlayedSocket.made` are all that were opened, newest last. */
export class PlayedSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  static made: PlayedSocket[] = [];

  readyState: number = PlayedSocket.CONNECTING;
  readonly sent: PlayedFrame[] = [];
  readonly url: string;
  readonly protocol: string;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor(url: string, protocol: string) {
    this.url = url;
    this.protocol = protocol;
    PlayedSocket.made.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as PlayedFrame);
  }

  close(code = 1005, reason = ''): void {
    if (this.readyState === PlayedSocket.CLOSED) return;
    this.readyState = PlayedSocket.CLOSED;
    queueMicrotask(() => this.onclose?.({ code, reason }));
  }

  /** The server takes the upgrade, and ConnectionInit. */
  accept(): void {
    this.readyState = PlayedSocket.OPEN;
    this.onopen?.();
    this.say({ type: 'connection_ack' });
  }

  say(frame: PlayedFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** It cannot be opened, or breaks off. */
  break(): void {
    this.readyState = PlayedSocket.CLOSED;
    this.onerror?.(new Event('error'));
    this.onclose?.({ code: 1006, reason: '' });
  }

  /** What was asked for: id and variables by the name of the operation. */
  asked(name: string): { id: string; variables: unknown } | undefined {
    const frame = this.sent.find(
      ({ type, payload }) => type === 'subscribe' && (payload as { query: string }).query.includes(name),
    );
    return frame && { id: frame.id ?? '', variables: (frame.payload as { variables: unknown }).variables };
  }
}
