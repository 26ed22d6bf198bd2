import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { DomainError } from '@throughline/domain/errors';
import type { FileSum, FileTransfer } from '@throughline/domain/file-transfer';
import type { Account } from '../accounts.ts';
import { diskFreeBytes } from '../disk.ts';
import { copyTo, realFolder, tooLarge } from './put-file.ts';
import { withRightsOf } from './rights.ts';

type Pull = Extract<FileTransfer, { direction: 'from_endpoint' }>;

/**
 * Copies the file into the command's own folder, opened with the account's rights. What is sent is that copy: one state of the file, however
 * long the sending takes and whatever is written to the file meanwhile.
 */
export async function takeFile(
  { path, maxBytes }: Pull,
  account: Account | null,
  copy: string,
  stop: AbortSignal,
): Promise<FileSum> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const from = await withRightsOf(account, () => {
    realFolder(path);
    // Neither through a link, nor waiting for the other end of a pipe.
    return fs.openSync(path, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
  });
  try {
    const found = fs.fstatSync(from);
    if (!found.isFile())
      throw new DomainError('INVALID_STATE', `${path} is not a file but a folder, device or pipe. Name a file.`);
    if (found.size > maxBytes) throw tooLarge(maxBytes);
    checkRoom(copy, found.size);
    const to = fs.openSync(copy, 'wx', 0o600);
    try {
      return await copyTo(from, to, stop, maxBytes);
    } finally {
      fs.closeSync(to);
    }
  } finally {
    fs.closeSync(from);
  }
}

/** A transfer keeps a copy in the runtime's own folder meanwhile; it must not fill the disk that the record of all commands lies on. */
export function checkRoom(copy: string, bytes: number): void {
  if (diskFreeBytes(dirname(copy)) - bytes < RESERVE_BYTES)
    throw new DomainError(
      'INVALID_STATE',
      'This computer’s disk has no room for a copy of the file. Make room, then send it again.',
    );
}
const RESERVE_BYTES = 200 * 1024 ** 2;
