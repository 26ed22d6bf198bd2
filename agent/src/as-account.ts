import { execFileSync } from 'node:child_process';
import { DomainError } from '@throughline/domain/errors';
import type { Account } from './accounts.ts';
import { which } from './shells.ts';

/** A command line that changes to an account for good (setpriv execs, so the pid is the command's own) and then runs `file`. */
export function asAccount(account: Account, file: string, args: string[]): { file: string; args: string[] } {
  const setpriv = which('setpriv', process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin');
  if (!setpriv) throw impossible(account, 'setpriv (util-linux) is not installed');
  const change = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--init-groups', '--'];
  return { file: setpriv, args: [...change, file, ...args] };
}

/** Whether commands can run as other accounts at all here. */
export const canChangeAccount = (): boolean =>
  process.getuid?.() === 0 && which('setpriv', process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin') !== null;

/** Proves before anything is promised that the change works and that the account may enter the folder. Fails closed. */
export function proveAccount(account: Account, cwd: string): void {
  if (process.getuid?.() !== 0) throw impossible(account, 'the runtime does not run as root');
  const { file, args } = asAccount(account, '/bin/sh', ['-c', 'cd -- "$0" && id -u', cwd]);
  let answer: string;
  try {
    answer = execFileSync(file, args, {
      encoding: 'utf8',
      timeout: 5_000,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (cause) {
    const said = String((cause as { stderr?: unknown }).stderr ?? '')
      .trim()
      .slice(0, 300);
    throw impossible(account, said || 'the change was refused', cause);
  }
  if (answer.trim() !== String(account.uid)) throw impossible(account, `the system answered uid ${answer.trim()}`);
}

const impossible = (account: Account, why: string, cause?: unknown): DomainError =>
  new DomainError(
    'POLICY_DENIED',
    `Context not honoured: the command cannot run as ${account.name}: ${why}. Nothing was run. Choose another account or working directory.`,
    {},
    { cause },
  );
