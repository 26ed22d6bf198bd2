import { createHash } from 'node:crypto';
import { type Socket, connect } from 'node:net';
import { type Envelope, envelopeBytes } from '@throughline/domain/envelope';
import { type InputOrder, inputOrderBytes } from '@throughline/domain/input-order';
import { type EnvelopeSigner, type SignedEnvelope, SignerRefusal } from '../envelope-signer.ts';
import { readLines } from './json-lines.ts';
import { type Answer, type Evidence, type Request, type SignedStatement, zAnswer } from './protocol.ts';

/** Well below the activity's own limit, so that a signer that hangs is told as such. */
const PATIENCE_MS = 5_000;

interface Waiting {
  answer(answer: Answer): void;
  fail(why: Error): void;
}
type Without<T, Name extends string> = T extends unknown ? Omit<T, Name> : never;

/** The worker's end of the signer's socket: one connection for all orders, opened when it is needed. */
export class SignerClient implements EnvelopeSigner {
  private readonly path: string;
  private readonly waiting = new Map<number, Waiting>();
  private socket: Socket | null = null;
  private lastId = 0;

  constructor(path: string) {
    this.path = path;
  }

  sign(envelope: Envelope, evidence: readonly Evidence[], statement?: SignedStatement): Promise<SignedEnvelope> {
    const bytes = Buffer.from(envelopeBytes(envelope));
    const said = { evidence: [...evidence], ...(statement && { statement }) };
    return this.signed(bytes, { kind: 'command', envelope: bytes.toString('base64'), ...said });
  }

  signInput(order: InputOrder): Promise<SignedEnvelope> {
    const bytes = Buffer.from(inputOrderBytes(order));
    return this.signed(bytes, { kind: 'input', order: bytes.toString('base64') });
  }

  /** Resolves when the signer is there and its database answers. */
  async ping(): Promise<void> {
    const answer = await this.ask({ kind: 'ping' });
    if (!answer.ok) throw new Error(`The signer is there and cannot sign: ${answer.message}`);
  }

  close(): void {
    this.socket?.destroy();
  }

  private async signed(bytes: Buffer, request: Without<Request, 'id'>): Promise<SignedEnvelope> {
    const answer = await this.ask(request);
    if (!answer.ok) {
      if (answer.code === 'UNAVAILABLE') throw new Error(`The signer cannot sign now: ${answer.message}`);
      throw new SignerRefusal(answer.code, answer.message);
    }
    if (answer.signature === null) throw new Error('The signer answered without a signature.');
    const hash = createHash('sha256').update(bytes).digest('hex');
    return { bytes, signature: Buffer.from(answer.signature, 'base64'), hash };
  }

  private ask(request: Without<Request, 'id'>): Promise<Answer> {
    const id = ++this.lastId;
    return new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(
        () => over(() => reject(new Error(`The signer did not answer within ${PATIENCE_MS / 1_000} s.`))),
        PATIENCE_MS,
      );
      const over = (then: () => void) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        then();
      };
      this.waiting.set(id, {
        answer: (answer) => over(() => resolve(answer)),
        fail: (why) => over(() => reject(why)),
      });
      this.connection().write(`${JSON.stringify({ ...request, id })}\n`);
    });
  }

  private connection(): Socket {
    if (this.socket !== null) return this.socket;
    const socket = connect(this.path);
    this.socket = socket;
    let why: Error | undefined;
    socket.on('error', (error) => (why = error));
    socket.on('close', () => {
      if (this.socket === socket) this.socket = null;
      const words = `The signer is away (${this.path}${why === undefined ? '' : `: ${why.message}`}). Start it; what waits is tried again.`;
      for (const { fail } of [...this.waiting.values()]) fail(new Error(words, { cause: why }));
    });
    readLines(socket, (line) => {
      try {
        const answer = zAnswer.parse(JSON.parse(line));
        this.waiting.get(answer.id)?.answer(answer);
      } catch (error) {
        // Not a signer, or not one of this version: whoever waits must not wait for ever.
        socket.destroy(error as Error);
      }
    });
    return socket;
  }
}
