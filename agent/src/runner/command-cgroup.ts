import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processIdentity } from '../process-identity.ts';

const PREFIX = 'throughline-';

/**
 * One command's control group (cgroup v2): whatever the command starts is born in it and cannot leave without being root, however often
 * it forks, changes its session or clears its environment. The runner moves itself in while it waits for an order, because a first move
 * can take the kernel 100 ms and more, and the child inherits the place: no wrapper, no gap. It moves out only when it has to.
 */
export class CommandCgroup {
  readonly path: string;
  readonly #parent: string;

  private constructor(parent: string, path: string) {
    this.#parent = parent;
    this.path = path;
  }

  /** Makes a group below this process's own and moves this process in; null where that is not allowed or not there. */
  static enter(parent = ownCgroup()): CommandCgroup | null {
    if (parent === null) return null;
    sweepEmpty(parent);
    const path = join(parent, `${PREFIX}${process.pid}-${Date.now().toString(36)}`);
    try {
      mkdirSync(path);
      writeFileSync(join(path, 'cgroup.procs'), String(process.pid));
      // Older kernels (before 5.14) cannot end a group in one step; process-tree.ts then goes by its members.
      return new CommandCgroup(parent, path);
    } catch {
      // Not ours to write (not root, not delegated), or a kernel that will not: the other ways of finding processes are left.
      removeEmpty(path);
      return null;
    }
  }

  /** The group a runner left behind, as its folder tells. */
  static at(path: string): CommandCgroup | null {
    return existsSync(join(path, 'cgroup.procs')) ? new CommandCgroup(join(path, '..'), path) : null;
  }

  /** Members, without this process. */
  processes(): number[] {
    return this.#members().filter((pid) => pid !== process.pid);
  }

  /** Ends every member at one stroke, also those that are forking just now. This process gets out first. */
  async kill(): Promise<void> {
    if (this.#members().includes(process.pid)) await writeFile(join(this.#parent, 'cgroup.procs'), String(process.pid));
    if (existsSync(join(this.path, 'cgroup.kill'))) await writeFile(join(this.path, 'cgroup.kill'), '1');
  }

  /** Moves this process out and removes the group; one in which the command left something running stays until that ends. */
  leave(): void {
    try {
      writeFileSync(join(this.#parent, 'cgroup.procs'), String(process.pid));
    } catch {
      // The parent went away with its service: nothing to tidy.
      return;
    }
    removeEmpty(this.path);
  }

  #members(): number[] {
    try {
      const lines = readFileSync(join(this.path, 'cgroup.procs'), 'utf8').split('\n');
      return lines.filter(Boolean).map(Number);
    } catch {
      // Removed with its last member.
      return [];
    }
  }
}

/** This process's own group in the one v2 hierarchy, as a folder; null without one. */
export function ownCgroup(read: (path: string) => string = (path) => readFileSync(path, 'utf8')): string | null {
  try {
    const place = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup'))?.[1];
    const mount = read('/proc/self/mountinfo')
      .split('\n')
      .find((line) => line.includes(' - cgroup2 '))
      ?.split(' ');
    const [root, at] = [mount?.[3], mount?.[4]];
    if (place === undefined || root === undefined || at === undefined || place.startsWith('/..')) return null;
    if (root === '/') return join(at, place);
    return place === root || place.startsWith(`${root}/`) ? join(at, place.slice(root.length)) : null;
  } catch {
    // No /proc: not Linux.
    return null;
  }
}

/** Groups whose runner is gone and whose last process has ended since. */
function sweepEmpty(parent: string): void {
  const names = existsSync(parent) ? readdirSync(parent).filter((name) => name.startsWith(PREFIX)) : [];
  for (const name of names) {
    const pid = Number(name.slice(PREFIX.length).split('-')[0]);
    if (processIdentity(pid) === null) removeEmpty(join(parent, name));
  }
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Still in use, or never made: a later sweep looks again.
  }
}
