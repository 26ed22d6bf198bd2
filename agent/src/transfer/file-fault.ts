import { DomainError, isDomainError } from '@throughline/domain/errors';
import { dirname } from 'node:path';

/** What the file system said of a path, in words that say what to do. */
export function fileFault(error: unknown, path: string, who: string): Error {
  if (isDomainError(error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const [, words] = WORDS.find(([codes]) => codes.includes(code ?? '')) ?? [[], null];
  if (words === null) return error as Error;
  return new DomainError('INVALID_STATE', `${words(path, who)} (${code}).`, {}, { cause: message });
}

const WORDS: [string[], (path: string, who: string) => string][] = [
  [['ENOENT'], (path) => `${path} is not there, or its folder ${dirname(path)} does not exist. Correct the path`],
  [['ENOTDIR'], (path) => `A part of ${path} is not a folder. Correct the path`],
  [['EACCES', 'EPERM'], (path, who) => `${who} may not do this with ${path}. Choose another account or place`],
  [['EROFS'], (path) => `${path} lies on a disk that may only be read. Choose another place`],
  [['ENOSPC', 'EDQUOT'], (path) => `There is no room for ${path}. Make room on the disk, then send it again`],
  [['EEXIST'], (path) => `${path} is there already and stays as it is. To replace it, send it with that choice`],
  [['EISDIR', 'ENOTEMPTY'], (path) => `${path} is a folder. Add the file’s name to the path`],
  [['ELOOP'], (path) => `${path} is a link. Name the file that it leads to`],
  [['ENAMETOOLONG'], (path) => `The name ${path} is too long for this disk. Choose a shorter one`],
  [['ETXTBSY'], (path) => `${path} is a program that runs. End it first`],
];
