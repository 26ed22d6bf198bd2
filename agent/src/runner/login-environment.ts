import { existsSync, readFileSync } from 'node:fs';
import type { Account } from '../accounts.ts';

const PLAIN_PATH = '/usr/local/bin:/usr/bin:/bin';
const PLAIN_ROOT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * What a fresh login of this account would start with, from the same files that login reads: login.defs, environment, locale. Nothing of
 * the service's own variables is in it. Profile files are not read: they may do anything, and would do it before the command.
 */
export function loginEnvironment(account: Account, read: (path: string) => string = textOf): Record<string, string> {
  const { name, uid, home, shell } = account;
  const defs = read('/etc/login.defs');
  const path = new RegExp(`^\\s*${uid === 0 ? 'ENV_SUPATH' : 'ENV_PATH'}\\s+(?:PATH=)?(\\S+)`, 'm').exec(defs)?.[1];
  const runtimeFolder = `/run/user/${uid}`;
  return {
    PATH: path ?? (uid === 0 ? PLAIN_ROOT_PATH : PLAIN_PATH),
    ...assignments(read('/etc/default/locale') || read('/etc/locale.conf')),
    ...assignments(read('/etc/environment')),
    HOME: home,
    USER: name,
    LOGNAME: name,
    SHELL: shell,
    // There while the account is signed in: what talks to its desktop and its own services goes through it.
    ...(existsSync(runtimeFolder) ? { XDG_RUNTIME_DIR: runtimeFolder } : {}),
  };
}

/** NAME=value lines, quotes taken off, as pam_env reads them. */
function assignments(text: string): Record<string, string> {
  const lines = text.split('\n').map((line) => /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*?)\s*$/.exec(line));
  return Object.fromEntries(
    lines.flatMap((line) => (line ? [[line[1], line[2]?.replace(/^(['"])(.*)\1$/, '$2') ?? '']] : [])),
  ) as Record<string, string>;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not every system has it.
    return '';
  }
}
