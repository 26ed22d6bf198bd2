import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DomainError } from '@throughline/domain/errors';
import type { FileTransfer } from '@throughline/domain/file-transfer';

type Push = Extract<FileTransfer, { direction: 'to_endpoint' }>;

/** Refuses early what would be refused at the end: before anything is downloaded, and again when the file is written. */
export function checkPlace({ path, overwrite }: Push): void {
  realFolder(path);
  const there = fs.lstatSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) throw errno('EISDIR');
  if (there && !overwrite) throw errno('EEXIST');
  if (there && !there.isFile() && !there.isSymbolicLink())
    throw new DomainError('INVALID_STATE', `${path} is not a plain file. It is left as it is; choose another name.`);
}

/** What was approved names one place: a link on the way there could lead to another. */
export function realFolder(path: string): void {
  const folder = dirname(path);
  const real = fs.realpathSync(folder);
  if (real !== folder)
    throw new DomainError(
      'INVALID_STATE',
      `${folder} is a link that leads to ${real}. Name ${join(real, basename(path))}.`,
    );
}

/**
 * Writes the content beside its place, checks it against what was approved, and only then gives it its name: whoever looks there sees the
 * old file or the new one, never a part. Leaves nothing behind when it fails.
 */
export async function putFile(content: number, file: Push, commandId: string, stop: AbortSignal): Promise<void> {
  checkPlace(file);
  const part = join(dirname(file.path), `.throughline-${commandId}.part`);
  const fd = fs.openSync(part, fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL, 0o600);
  try {
    try {
      const sum = await copyTo(content, fd, stop);
      if (sum.bytes !== file.bytes || sum.sha256 !== file.sha256)
        throw new DomainError(
          'CONFLICT',
          `What came is not the file that was approved: ${sum.bytes} bytes, sha256 ${sum.sha256}. It was thrown away. Send it again.`,
        );
      fs.fchmodSync(fd, modeFor(file));
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    if (file.overwrite) fs.renameSync(part, file.path);
    else nameOnce(part, file.path);
  } finally {
    fs.rmSync(part, { force: true });
  }
}

/** Copies from where a descriptor stands to its end. */
export async function copyTo(
  from: number,
  to: number,
  stop: AbortSignal,
  most = Infinity,
): Promise<{ bytes: number; sha256: string }> {
  const buffer = Buffer.alloc(1024 * 1024);
  const hash = createHash('sha256');
  let bytes = 0;
  for (;;) {
    // A turn of the loop each time, so that a request to stop is heard.
    await setImmediate();
    stop.throwIfAborted();
    const length = fs.readSync(from, buffer, 0, buffer.length, null);
    if (length === 0) return { bytes, sha256: hash.digest('hex') };
    bytes += length;
    if (bytes > most) throw tooLarge(most);
    hash.update(buffer.subarray(0, length));
    for (let at = 0; at < length;) at += fs.writeSync(to, buffer, at, length - at);
  }
}

export const tooLarge = (most: number): DomainError =>
  new DomainError(
    'TOO_LARGE',
    `The file is larger than the ${most} bytes allowed. Nothing was moved. Make it smaller, or bring it another way.`,
  );

/** A replaced file's rights to read and write it stay; a new one may be read by all and written by its owner. */
function modeFor({ path, overwrite }: Push): number {
  const there = overwrite ? fs.lstatSync(path, { throwIfNoEntry: false }) : undefined;
  return there?.isFile() ? there.mode & 0o777 : 0o644;
}

/** Gives the name unless somebody has it: a hard link does that in one step, and where a disk has none an empty file claims it first. */
function nameOnce(part: string, path: string): void {
  try {
    fs.linkSync(part, path);
  } catch (error) {
    if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    fs.closeSync(fs.openSync(path, 'wx'));
    fs.renameSync(part, path);
  }
}
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

const errno = (code: string): Error => Object.assign(new Error(code), { code });
