import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, portAnswers } from '@throughline/infra/embedded/ports';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { BenchContext } from '../result.ts';

/** A throw-away OpenSSH server on this machine, with one connection already open (ControlMaster). */
export interface Ssh {
  /** Arguments for `ssh` that use the open connection. */
  args(command: string): string[];
}

const SSHD = '/usr/sbin/sshd';
/** As root sshd drops its privileges into this empty folder, which distributions make at boot. */
const PRIVILEGE_FOLDER = '/run/sshd';

/** Null where OpenSSH's server is not installed: the peer is then left out, in words. */
export async function startSshd({ atEnd }: BenchContext): Promise<Ssh | null> {
  if (!existsSync(SSHD)) return null;
  const folder = await mkdtemp(join(tmpdir(), 'throughline-sshd-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  if (process.getuid?.() === 0 && !existsSync(PRIVILEGE_FOLDER)) {
    mkdirSync(PRIVILEGE_FOLDER, { mode: 0o755 });
    atEnd(() => rmdirSync(PRIVILEGE_FOLDER));
  }
  const [host, person, config] = ['host', 'person', 'config'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const key of [host, person]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const port = await freePort();
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${host}`,
    `AuthorizedKeysFile ${person}.pub`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    // Started by sshd, bash reads the account's ~/.bashrc first, unless it is no first shell: that file is not what is measured.
    'SetEnv SHLVL=1',
  ];
  writeFileSync(config, `${settings.join('\n')}\n`);
  const server = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: 'ignore' });
  atEnd(() => ended(server));
  await waitFor('sshd to answer', () => portAnswers(port));
  const shared = ['-o', `ControlPath=${join(folder, 'control')}`, '-p', String(port)];
  const address = `${userInfo().username}@127.0.0.1`;
  const trust = [
    '-i',
    person,
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-o',
    'LogLevel=ERROR',
  ];
  const master = spawn('ssh', ['-F', 'none', '-M', '-N', ...trust, ...shared, address], { stdio: 'ignore' });
  atEnd(() => ended(master));
  await waitFor('the ssh connection to be open', () => existsSync(join(folder, 'control')));
  return { args: (command) => ['-F', 'none', ...shared, address, command] };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}
