import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { SESSIONS, says } from './login-tools.ts';

export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
  shell: string;
}

/** A directory that does not answer must not hold the runtime up for ever. */
const ASKING: ExecFileSyncOptionsWithStringEncoding = {
  encoding: 'utf8',
  timeout: 5_000,
  stdio: ['ignore', 'pipe', 'ignore'],
};

/** The account of this name (getent, so that directory accounts count too), or null: no such account, or its directory did not answer in time. */
export function findAccount(name: string): Account | null {
  if (name.startsWith('-') || /[:\s\0]/.test(name)) return null;
  let line: string;
  try {
    line = execFileSync('getent', ['passwd', name], ASKING).trim();
  } catch {
    // No getent (musl, macOS), no answer or no such account: the file is the last word.
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
export const signedIn = (): SignedIn => signedInOf(says('loginctl', SESSIONS), says('who', []));

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

const passwdLine = (name: string): string =>
  readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${name}:`)) ?? '';

const unique = (names: string[]): string[] => [...new Set(names)];
