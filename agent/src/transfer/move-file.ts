import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { DomainError } from '@throughline/domain/errors';
import { type FileSum, type FileTransfer, PIECE_BYTES } from '@throughline/domain/file-transfer';
import { type Account, ownAccount } from '../accounts.ts';
import { syncFolder } from '../data-folder.ts';
import { fileFault } from './file-fault.ts';
import type { FileServer } from './file-server.ts';
import { checkPlace, putFile } from './put-file.ts';
import { withRightsOf } from './rights.ts';
import { checkRoom, takeFile } from './take-file.ts';

type Push = Extract<FileTransfer, { direction: 'to_endpoint' }>;

export interface Move<File extends FileTransfer = FileTransfer> {
  commandId: string;
  file: File;
  account: Account | null;
  /** Where the content lies in between, in the command's own folder. */
  copy: string;
  server: FileServer;
  stop: AbortSignal;
}

/** Moves the file and says what it was. The account's rights count for the file itself; server and copy are the runtime's. */
export async function moveFile(move: Move): Promise<FileSum> {
  const { file, account } = move;
  try {
    return file.direction === 'to_endpoint' ? await fromServer({ ...move, file }) : await toServer({ ...move, file });
  } catch (error) {
    throw fileFault(error, file.path, account?.name ?? ownAccount().name);
  }
}

async function fromServer({ commandId, file, account, copy, server, stop }: Move<Push>): Promise<FileSum> {
  await withRightsOf(account, () => checkPlace(file));
  checkRoom(copy, file.bytes);
  const content = openSync(copy, 'wx+', 0o600);
  try {
    let at = 0;
    const take = (piece: Buffer) => {
      if (at + piece.length > file.bytes) throw otherFile();
      keep(content, piece, at);
      at += piece.length;
    };
    await server.read(file.bytes, () => at, take);
    if (at < file.bytes) throw otherFile();
    await withRightsOf(account, () => putFile(content, file, commandId, stop));
  } finally {
    closeSync(content);
  }
  syncFolder(dirname(file.path));
  return { bytes: file.bytes, sha256: file.sha256 };
}

async function toServer({
  file,
  account,
  copy,
  server,
  stop,
}: Move<Extract<FileTransfer, { direction: 'from_endpoint' }>>): Promise<FileSum> {
  const sum = await takeFile(file, account, copy, stop);
  const content = openSync(copy, 'r');
  try {
    let standing = await server.offer(sum);
    for (let lost = 0; !standing.held;) {
      const piece = Buffer.alloc(Math.min(PIECE_BYTES, Math.max(0, sum.bytes - standing.offset)));
      for (let got = 0; got < piece.length;)
        got += readSync(content, piece, got, piece.length - got, standing.offset + got);
      const next = await server.bring(standing.offset, piece);
      if (!next.held && next.offset <= standing.offset && ++lost > 3) throw otherFile();
      standing = next;
    }
  } finally {
    closeSync(content);
  }
  return sum;
}

/** Said in words of its own: another try would not mend a disk, as it does a connection. */
function keep(content: number, piece: Buffer, at: number): void {
  try {
    for (let done = 0; done < piece.length;) done += writeSync(content, piece, done, piece.length - done, at + done);
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new DomainError(
      'INVALID_STATE',
      `This computer’s disk did not take the copy of the file (${code}). Nothing was changed. Make room, then send it again.`,
      {},
      { cause },
    );
  }
}

const otherFile = (): DomainError =>
  new DomainError(
    'CONFLICT',
    'The server’s file and the one that was approved differ. Nothing was changed. Send it again.',
  );
