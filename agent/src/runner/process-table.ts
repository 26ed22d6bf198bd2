import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** A line of /proc: enough to tell a process from a later one of the same number, and whose child it is. */
export interface TableRow {
  pid: number;
  parent: number;
  group: number;
  session: number;
  startTime: string;
}

/** Live processes (no zombies). Linux only; elsewhere empty. */
export function processTable(): TableRow[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => tableRow(Number(name)) ?? []);
}

function tableRow(pid: number): TableRow | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // Ended between the listing and the look.
    return null;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  const [parent, group, session] = fields.slice(1, 4).map(Number);
  return { pid, parent: parent ?? 0, group: group ?? 0, session: session ?? 0, startTime: fields[19] ?? '' };
}

/** Whether the process was started with this variable and value. */
export function hasVariable(pid: number, variable: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(variable);
  } catch {
    // Gone meanwhile, or another account's: not one of ours to signal.
    return false;
  }
}

/** Whether the process holds one of these files open. */
export function holdsOpen(pid: number, paths: readonly string[]): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => paths.includes(linkOf(`/proc/${pid}/fd/${fd}`)));
  } catch {
    // Gone meanwhile, or another account's.
    return false;
  }
}

/** The number of read(2), by which /proc tells that a process is in it. */
const READ: Partial<Record<NodeJS.Architecture, string>> = { x64: '0', arm64: '63' };

/** Whether some process is in a read of its standard input, and that is this pipe. Linux only; elsewhere never known. */
export function waitsForInput(pipe: string): boolean {
  return processTable().some(({ pid }) => {
    if (pid === process.pid || linkOf(`/proc/${pid}/fd/0`) !== pipe) return false;
    try {
      return readFileSync(`/proc/${pid}/syscall`, 'latin1').startsWith(`${READ[process.arch] ?? 'none'} 0x0 `);
    } catch {
      // Gone meanwhile, or a kernel that does not tell.
      return false;
    }
  });
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed meanwhile.
    return '';
  }
}
