import { chmodSync, rmSync } from 'node:fs';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { withoutTenant } from '@throughline/store/tenant';
import { readLines } from './json-lines.ts';
import { type Answer, type Request, zRequest } from './protocol.ts';
import { type SigningDeps, signOrder } from './sign-order.ts';

/** Linux takes 107 bytes, macOS 103; a longer path is cut off without a word. */
const LONGEST_PATH = 103;

export interface RunningSigner {
  stop(): Promise<void>;
}

/** Listens on a socket that only our own account (and, with mode 0660, its group) may use, and answers one request a line. */
export async function startSigner(
  deps: SigningDeps,
  path: string,
  options: { mode?: 0o600 | 0o660 } = {},
): Promise<RunningSigner> {
  const file = process.platform !== 'win32';
  if (file && Buffer.byteLength(path) > LONGEST_PATH)
    throw new Error(
      `The socket's path ${path} is longer than ${LONGEST_PATH} bytes. Choose a shorter DATA_DIR, or SIGNER_SOCKET where the signer runs apart.`,
    );
  if (await answers(path)) throw new Error(`Another signer listens on ${path} already. Stop it first.`);
  if (file) rmSync(path, { force: true }); // left behind by one that was killed
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', (error) => deps.log.warn({ err: error }, 'a connection was lost'));
    readLines(socket, (line) => void answerLine(deps, socket, line));
  });
  await listen(server, path);
  if (file) chmodSync(path, options.mode ?? 0o600);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Closed to others from its first moment on: the mode is that of the process, not one set afterwards. */
function listen(server: Server, path: string): Promise<void> {
  const before = process.umask(0o177);
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve());
  }).finally(() => process.umask(before));
}

async function answerLine(deps: SigningDeps, socket: Socket, line: string): Promise<void> {
  let request: Request;
  try {
    request = zRequest.parse(JSON.parse(line));
  } catch {
    deps.log.warn({ code: 'MALFORMED' }, 'a request that is none; its connection is closed');
    socket.destroy();
    return;
  }
  const answer = request.kind === 'ping' ? await pong(deps, request.id) : await signOrder(deps, request);
  if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`);
}

async function pong({ pool, log }: SigningDeps, id: number): Promise<Answer> {
  try {
    await withoutTenant(pool, (tx) => tx.query('select 1'));
    return { id, ok: true, signature: null };
  } catch (error) {
    log.warn({ err: error }, 'the database does not answer');
    return { id, ok: false, code: 'UNAVAILABLE', message: 'its database does not answer.' };
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
