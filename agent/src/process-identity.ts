import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A process, told apart from a later one that was given the same pid. */
export const zProcessIdentity = z.strictObject({ pid: z.number().int(), startTime: z.string(), bootId: z.string() });
export type ProcessIdentity = z.infer<typeof zProcessIdentity>;

export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // No /proc (macOS, Windows): then pids are compared within one boot only as far as their start time tells.
    return 'unknown-boot';
  }
}

/** The process as it is now, or null when there is none. Zombies count as gone. */
export function processIdentity(pid: number): ProcessIdentity | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return process.platform === 'linux' || !answers(pid) ? null : { pid, startTime: '', bootId: bootId() };
  }
  // The command's name is in brackets and may hold anything, so count fields from the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return { pid, startTime: fields[19] ?? '', bootId: bootId() };
}

export function isAlive(known: ProcessIdentity): boolean {
  const now = processIdentity(known.pid);
  return now !== null && now.startTime === known.startTime && now.bootId === known.bootId;
}

function answers(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
