import { existsSync, statSync } from 'node:fs';
import { isDomainError } from '@throughline/domain/errors';
import { ownAccount } from './accounts.ts';
import type { DataFolder } from './data-folder.ts';
import { diskFreeBytes } from './disk.ts';
import { searchPath } from './env.ts';
import { loadIdentity } from './identity.ts';
import { runningInstance } from './instance-lock.ts';
import { readLocalPolicy } from './local-policy.ts';
import { ask, proxyName, roadTo } from './road.ts';
import { DISK_RESERVE_BYTES } from './runner/spool-writer.ts';
import { findShells, which } from './shells.ts';

interface Check {
  ok: boolean;
  text: string;
}

/** Looks for what would keep the runtime from working and says what to do about each. */
export async function doctor(folder: DataFolder): Promise<{ healthy: boolean; text: string }> {
  const checks = [
    attempt('Enrolment', () => `enrolled as ${loadIdentity(folder).endpointName}`),
    attempt('Key', () => privateOnly(folder.identity)),
    attempt('Owner’s policy', () => `consent ${readLocalPolicy(folder).consent}`),
    attempt(
      'Shells',
      () =>
        findShells()
          .map((shell) => `${shell.shell} ${shell.version}`)
          .join(', ') || fail('no shell found on PATH'),
    ),
    attempt('Pipes', () => which('mkfifo', searchPath) ?? fail('mkfifo is missing: install coreutils')),
    attempt('Run as others', () =>
      ownAccount().uid === 0 && which('setpriv', searchPath)
        ? 'possible (root, setpriv)'
        : 'not possible; such commands are refused',
    ),
    attempt('Disk', () => space(diskFreeBytes(folder.root))),
    attempt('Running', () => (runningInstance(folder) ? 'yes' : fail('no: start it with “run”, or as a service'))),
    await server(folder),
  ];
  return {
    healthy: checks.every((check) => check.ok),
    text: checks.map(({ ok, text }) => `${ok ? '✓' : '✗'} ${text}`).join('\n'),
  };
}

function attempt(what: string, look: () => string): Check {
  try {
    return { ok: true, text: `${what}: ${look()}` };
  } catch (error) {
    if (!isDomainError(error) && !(error instanceof Problem)) throw error;
    return { ok: false, text: `${what}: ${error.message}` };
  }
}

async function server(folder: DataFolder): Promise<Check> {
  if (!existsSync(folder.identity)) return { ok: false, text: 'Desk: unknown before enrolment' };
  const address = loadIdentity(folder).server;
  try {
    const health = `${address}/healthz`;
    const { status } = await ask(health, roadTo(health, folder), { method: 'GET', withinMs: 5_000 });
    const proxy = proxyName(health);
    return { ok: status < 500, text: `Desk: ${address} answers (HTTP ${status}${proxy ? `, through ${proxy}` : ''})` };
  } catch (error) {
    return {
      ok: false,
      text: `Desk: ${address} does not answer (${String(error)}). Check network, name, proxy and certificate; a private authority is given with enroll --ca or NODE_EXTRA_CA_CERTS.`,
    };
  }
}

class Problem extends Error {}

function fail(text: string): never {
  throw new Problem(text);
}

function privateOnly(path: string): string {
  if (!existsSync(path)) fail('there is none yet');
  const mode = statSync(path).mode & 0o077;
  return mode === 0 ? 'readable by this account only' : fail(`others can read it: chmod 600 ${path}`);
}

const space = (bytes: number): string => {
  const text = `${Math.round(bytes / 1024 ** 2)} MiB free`;
  return bytes > DISK_RESERVE_BYTES ? text : fail(`${text}: commands wait until there are 500 MiB`);
};
