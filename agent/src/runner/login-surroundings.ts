import { readFileSync, writeFileSync } from 'node:fs';

const SCORE = '/proc/self/oom_score_adj';

/**
 * Starts a process with what it inherits as a login has it, not as our service does: the service's files are its own alone (umask 077),
 * and it is spared when memory runs out. A command that writes a configuration means it to be read, and one that eats all memory is the
 * one to end. `start` must be done when it returns, as spawn() is.
 */
export function withLoginSurroundings<T>(start: () => T, files: Files = thisComputer): T {
  const mask = process.umask(loginUmask(files.read('/etc/login.defs')));
  const score = Number(files.read(SCORE) || 0);
  if (score < 0) files.write(SCORE, '0');
  try {
    return start();
  } finally {
    process.umask(mask);
    if (score < 0) files.write(SCORE, String(score));
  }
}

/** What login.defs gives a new login; 022 where it says nothing. */
export const loginUmask = (defs: string): number =>
  Number.parseInt(/^\s*UMASK\s+([0-7]{2,4})\b/m.exec(defs)?.[1] ?? '022', 8);

interface Files {
  read: (path: string) => string;
  write: (path: string, text: string) => void;
}

const thisComputer: Files = {
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      // Not every system has it.
      return '';
    }
  },
  write(path, text) {
    try {
      writeFileSync(path, text);
    } catch {
      // A lower score is root's to give: the runner then stays as easily ended as its command.
    }
  },
};
