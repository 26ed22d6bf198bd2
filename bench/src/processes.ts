import { readFileSync, readdirSync } from 'node:fs';

export interface Held {
  pid: number;
  name: string;
  /** Resident memory. */
  mib: number;
  /** Its share of memory held together with others (Postgres' processes share most of theirs): sums up without counting twice. */
  shareMib: number;
}

/** A process and all that came out of it, with the memory each holds now. Linux only: reads /proc. */
export function tree(root: number): Held[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = Number(/^PPid:\s+(\d+)/m.exec(proc(name, 'status'))?.[1] ?? -1);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: Held[] = [];
  for (const waiting = [root]; waiting.length > 0;) {
    const pid = waiting.pop() ?? 0;
    waiting.push(...(children.get(pid) ?? []));
    const mib = kib(proc(pid, 'status'), 'VmRSS') / 1024;
    if (mib > 0)
      found.push({ pid, name: nameOf(pid), mib, shareMib: kib(proc(pid, 'smaps_rollup'), 'Pss') / 1024 || mib });
  }
  return found;
}

/** Processor time of a process so far, with that of its children that have ended. Linux counts in hundredths of a second. */
export function cpuSeconds(pid: number): number {
  const stat = proc(pid, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime, stime, and cutime, cstime: a connection of Postgres that closed must not take its time away with it.
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / 100;
}

function nameOf(pid: number): string {
  const words = proc(pid, 'cmdline').split('\0').join(' ').trim();
  const part = /(?:api\/src\/main|activities\/src\/worker|activities\/src\/signer\/main|scripts\/start|reaper)\b/.exec(
    words,
  )?.[0];
  const names: Record<string, string> = {
    'api/src/main': 'api',
    'activities/src/worker': 'worker',
    'activities/src/signer/main': 'signer',
    'scripts/start': 'start',
  };
  if (part !== undefined) return names[part] ?? part;
  if (/temporal server/.test(words)) return 'temporal';
  if (/postgres/.test(words)) return 'postgres';
  return words.split(' ')[0]?.split('/').at(-1) ?? String(pid);
}

const kib = (text: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);

function proc(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // It ended while we looked.
  }
}
