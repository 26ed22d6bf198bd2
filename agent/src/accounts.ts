import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
  shell: string;
}

/** The account of this name (getent, so that directory accounts count too), or null. */
export function findAccount(name: string): Account | null {
  if (name.startsWith('-') || /[:\s\0]/.test(name)) return null;
  let line: string;
  try {
    line = execFileSync('getent', ['passwd', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    // No getent (musl, macOS) or no such account: the file is the last word.
    line = passwdLine(name);
  }
  const [found, , uid, gid, , home, shell] = line.split(':');
  if (!found || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return null;
  return { name: found, uid: Number(uid), gid: Number(gid), home: home || '/', shell: shell || '/bin/sh' };
}

export function ownAccount(): Account {
  const own = userInfo();
  return { name: own.username, uid: own.uid, gid: own.gid, home: own.homedir, shell: own.shell ?? '/bin/sh' };
}

export interface SignedIn {
  /** At the computer's own screen. */
  seated: string[];
  /** Everybody, those at the screen first. */
  all: string[];
}

/** Who is signed in at this computer, and who of them sits at it. */
export const signedIn = (): SignedIn =>
  signedInOf(run('loginctl', ['list-sessions', '--no-legend', '--no-pager']), run('who', []));

/** The same, of what `loginctl list-sessions` and `who` say. */
export function signedInOf(list: string, who: string): SignedIn {
  const rows = list.split('\n').map((row) => row.trim().split(/\s+/));
  const names = (some: string[][], column: number) => some.map((row) => row[column] ?? '').filter(Boolean);
  const seated = unique(
    names(
      rows.filter((row) => row[3]?.startsWith('seat')),
      2,
    ),
  );
  const remote = who.split('\n').map((row) => row.split(/\s+/));
  return { seated, all: unique([...seated, ...names(rows, 2), ...names(remote, 0)]) };
}

/** People signed in at this computer, those at its own screen first. */
export const signedInUsers = (): string[] => signedIn().all;

/** The account that sits at the prompt page: who is signed in at the screen, else the runtime's own account. */
export const consoleUser = (): string => signedInUsers()[0] ?? ownAccount().name;

function run(command: string, args: string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', timeout: 2_000, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    // Not installed or no login manager: nobody is known to be signed in by this way.
    return '';
  }
}

const passwdLine = (name: string): string =>
  readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${name}:`)) ?? '';

const unique = (names: string[]): string[] => [...new Set(names)];
