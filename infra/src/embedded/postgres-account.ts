import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The system account Postgres runs under when we are root (Postgres refuses to run as root). */
export interface PostgresAccount {
  name: string;
  uid: number;
  gid: number;
}

/**
 * Null when we are not root: Postgres then simply runs as we do. As root: the system's `postgres` user, else a
 * `throughline` system user (created when the system lets us), else `nobody`.
 */
export function postgresAccount(): PostgresAccount | null {
  if (process.getuid?.() !== 0) return null;
  const existing = accountNamed('postgres') ?? accountNamed('throughline');
  if (existing) return existing;
  spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', 'throughline']);
  const account = accountNamed('throughline') ?? accountNamed('nobody');
  if (account) return account;
  throw new Error('Postgres will not run as root, and neither a postgres, throughline nor nobody user exists.');
}

/** Whether the account can enter the folder and list it. Asked of the system rather than computed from modes. */
export function canEnter(account: PostgresAccount, folder: string): boolean {
  return passes(account, 'test -x "$1" && test -d "$1"', folder);
}

/** Whether the account can run this program (every folder above it included). */
export function canRun(account: PostgresAccount, program: string): boolean {
  return passes(account, 'test -x "$1" && test -r "$1"', program);
}

function passes(account: PostgresAccount, check: string, path: string): boolean {
  const { uid, gid } = account;
  return spawnSync('/bin/sh', ['-c', check, 'sh', path], { uid, gid, cwd: '/' }).status === 0;
}

function accountNamed(name: string): PostgresAccount | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  if (!line) return null;
  const [, , uid, gid] = line.split(':');
  return { name, uid: Number(uid), gid: Number(gid) };
}
