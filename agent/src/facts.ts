import { readFileSync } from 'node:fs';
import { arch, hostname, networkInterfaces, platform, release, totalmem } from 'node:os';
import type { EndpointFacts } from '@throughline/domain/agent-protocol';
import { ownAccount, signedInUsers } from './accounts.ts';
import { diskFreeBytes } from './disk.ts';
import { findShells } from './shells.ts';

/** What this computer is, as the first entry of a session's transcript will show it. */
export function endpointFacts(dataRoot: string, name?: string): EndpointFacts {
  const os = osRelease();
  return {
    hostname: name ?? hostname(),
    os: os.name,
    osVersion: os.version,
    arch: arch(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    users: signedInUsers().slice(0, 64),
    shells: findShells(),
    diskFreeBytes: diskFreeBytes(dataRoot),
    memoryBytes: totalmem(),
    addresses: addresses().slice(0, 64),
    runtimeUser: ownAccount().name,
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
