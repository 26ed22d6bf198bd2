import { readFileSync } from 'node:fs';
import { arch, hostname, networkInterfaces, platform, release, totalmem, uptime } from 'node:os';
import type { EndpointFacts } from '@throughline/domain/agent-protocol';
import { ownAccount } from './accounts.ts';
import { canChangeAccount } from './as-account.ts';
import { diskFreeBytes } from './disk.ts';
import { ownTimeZone } from './env.ts';
import { peopleHere } from './people.ts';
import { findShellsSoon } from './shells.ts';
import { timeZone } from './time-zone.ts';

/**
 * What this computer is, as the first entry of a session's transcript will show it. Some of it other programs tell, which is waited for
 * beside everything else: meanwhile commands write, and a link that is back has their output to take.
 */
export async function endpointFacts(dataRoot: string, name?: string): Promise<EndpointFacts> {
  const os = osRelease();
  const [{ seated, all, locked }, shells] = await Promise.all([peopleHere(), findShellsSoon()]);
  const candidates = seated.length > 0 ? seated : all;
  return {
    hostname: name ?? hostname(),
    os: os.name,
    osVersion: os.version,
    arch: arch(),
    timeZone: timeZone(ownTimeZone),
    users: all.slice(0, 64),
    shells: shells.map(({ shell, path, version }) => ({ shell, path, version })),
    diskFreeBytes: diskFreeBytes(dataRoot),
    memoryBytes: totalmem(),
    addresses: addresses().slice(0, 64),
    runtimeUser: ownAccount().name,
    consoleUser: candidates.length === 1 ? (candidates[0] ?? null) : null,
    runAsOthers: canChangeAccount(),
    bootedAt: Date.now() - Math.round(uptime() * 1000),
    screenLocked: locked,
  };
}

function osRelease(): { name: string; version: string } {
  let text: string;
  try {
    text = readFileSync('/etc/os-release', 'utf8');
  } catch {
    return { name: platform(), version: release() };
  }
  const field = (key: string) => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1];
  return { name: field('NAME') ?? platform(), version: `${field('VERSION') ?? ''} (kernel ${release()})`.trim() };
}

const addresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((entry) => !entry.internal)
    .map((entry) => entry.address);
