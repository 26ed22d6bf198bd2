import type { ChildProcess } from 'node:child_process';
import { existsSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DataFolder } from './data-folder.ts';
import { readLocalPolicy } from './local-policy.ts';
import { forkRunner } from './own-program.ts';
import { isAlive, zProcessIdentity } from './process-identity.ts';
import type { RunOrder } from './run-order.ts';

export interface RunnerEvents {
  /** The runner wrote something. */
  news: () => void;
  /** The runner has ended, well or not. */
  gone: () => void;
}

/** Keeps one runner started and prepared, so that an order costs no process start of ours. */
export class RunnerPool {
  #next: ChildProcess | null = null;
  #refill: NodeJS.Timeout | null = null;
  #closed = false;
  readonly #folder: DataFolder;
  readonly #log: number;

  constructor(folder: DataFolder) {
    this.#folder = folder;
    this.#log = openSync(join(folder.root, 'runner.log'), 'a', 0o600);
    removeAbandoned(folder);
    this.#prepare();
  }

  /** Hands the order to a runner. Whether it started is told by the command's own folder, never by this call. */
  run(order: RunOrder, events: RunnerEvents): void {
    const runner = this.#next?.connected ? this.#next : this.#start();
    this.#next = null;
    runner.removeAllListeners('exit');
    runner.on('message', (message: { type?: string }) => message.type === 'news' && events.news());
    runner.once('exit', () => events.gone());
    // A failed send means that the runner died: `gone` tells.
    runner.send(order, () => undefined);
    runner.unref();
    // Nor may the channel hold up a runtime that stops while the command runs on.
    runner.channel?.unref();
    // Not at once: the command's own start comes first on a small machine.
    this.#refill ??= setTimeout(() => {
      this.#refill = null;
      this.#prepare();
    }, 250);
  }

  close(): void {
    this.#closed = true;
    if (this.#refill) clearTimeout(this.#refill);
    this.#next?.disconnect();
  }

  #prepare(): void {
    if (this.#closed || this.#next?.connected) return;
    const runner = this.#start();
    this.#next = runner;
    runner.once('exit', () => {
      if (this.#next === runner) this.#next = null;
    });
  }

  /** Where the computer's owner lets nothing run, that counts for what nobody ordered, too. */
  #mayDrill(): boolean {
    try {
      return !readLocalPolicy(this.#folder).killSwitch;
    } catch {
      // A file that cannot be understood allows nothing.
      return false;
    }
  }

  #start(): ChildProcess {
    const runner = forkRunner([this.#folder.commands, ...(this.#mayDrill() ? ['drill'] : [])], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', this.#log, this.#log, 'ipc'],
    });
    runner.on('error', () => undefined);
    runner.unref();
    return runner;
  }
}

/** Folders of runners that waited when the machine or the runtime went down. */
function removeAbandoned(folder: DataFolder): void {
  for (const name of readdirSync(folder.commands).filter((entry) => entry.startsWith('.ready-'))) {
    const path = join(folder.commands, name);
    if (!runnerLives(path)) rmSync(path, { recursive: true, force: true });
  }
}

/** Whether the runner that prepared this folder is still the same live process. */
export function runnerLives(commandFolder: string): boolean {
  const file = join(commandFolder, 'runner.json');
  if (!existsSync(file)) return false;
  try {
    return isAlive(zProcessIdentity.parse(JSON.parse(readFileSync(file, 'utf8'))));
  } catch {
    // Torn by a power cut: then the runner is gone with the machine.
    return false;
  }
}
