import { CommandCgroup } from './command-cgroup.ts';
import { COMMAND_TAG } from './environment.ts';
import { type TableRow, hasVariable, holdsOpen, processTable } from './process-table.ts';

/** How long the kernel may take to bury what was killed before the record says that something is left. */
const BURY_MS = 5_000;

export interface TreeParts {
  commandId: string;
  /** The child's pid while it lives; it leads a session and a process group of its own. */
  leader: number | null;
  cgroup: CommandCgroup | null;
  /** The command's own pipes: who holds one was started by it. */
  pipes: readonly string[];
}

/**
 * Everything one command has started and is still running. Found by the control group where there is one, and besides by session, tag,
 * open pipes and parentage: a process has to lose all of these, and be out of the group, to be overlooked.
 */
export class ProcessTree {
  leader: number | null;
  readonly #parts: TreeParts;
  /** pid → start time of those seen before: their children belong, also when the parent's own marks are gone. */
  readonly #seen = new Map<number, string>();

  constructor(parts: TreeParts) {
    this.#parts = parts;
    this.leader = parts.leader;
  }

  processes(): number[] {
    const table = processTable();
    const inGroup = new Set(this.#parts.cgroup?.processes() ?? []);
    const tag = `${COMMAND_TAG}=${this.#parts.commandId}`;
    const found = new Map<number, TableRow>();
    for (const row of table) {
      const { pid, startTime } = row;
      if (pid === process.pid) continue;
      if (
        inGroup.has(pid) ||
        this.#seen.get(pid) === startTime ||
        (this.leader !== null && (row.session === this.leader || row.group === this.leader)) ||
        hasVariable(pid, tag) ||
        holdsOpen(pid, this.#parts.pipes)
      )
        found.set(pid, row);
    }
    for (let grown = true; grown;) {
      grown = false;
      for (const row of table) {
        if (row.pid === process.pid || found.has(row.pid) || !found.has(row.parent)) continue;
        found.set(row.pid, row);
        grown = true;
      }
    }
    for (const [pid, { startTime }] of found) this.#seen.set(pid, startTime);
    return [...found.keys()];
  }

  signal(signal: NodeJS.Signals): void {
    // The group first and in one call: off Linux it is all there is.
    if (this.leader !== null) deliver(-this.leader, signal);
    for (const pid of this.processes()) deliver(pid, signal);
  }

  /** The end of the ladder. Resolves with what could not be ended, which is nothing unless the kernel holds a process fast. */
  async end(): Promise<number[]> {
    const until = performance.now() + BURY_MS;
    // Beside the rest, because getting out of the group first may take the kernel long on a busy machine.
    this.#parts.cgroup?.kill().catch(() => undefined); // Gone with its last member: then there is nobody to end.
    for (;;) {
      this.signal('SIGKILL');
      const left = this.processes();
      if (left.length === 0 || performance.now() > until) return left;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Live processes whose environment names this command. */
export function taggedProcesses(commandId: string): number[] {
  const tag = `${COMMAND_TAG}=${commandId}`;
  return processTable()
    .map((row) => row.pid)
    .filter((pid) => pid !== process.pid && hasVariable(pid, tag));
}

function deliver(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // Gone meanwhile, or a program that became another account's: who is left at the end is named in a remark.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
