import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Socket } from 'node:net';
import { identify } from './process-identity.ts';

/**
 * The safety net under everything this process starts: a tiny helper process that notices when we are gone
 * (its stdin closes, whatever killed us) and stops what we left behind. See reaper.mjs.
 */
export const reaper = {
  /** Stop this process with `signal` if we die first. */
  watch(pid: number, signal: NodeJS.Signals): void {
    const startTime = identify(pid)?.startTime;
    if (startTime !== undefined) tell({ op: 'watch', pid, startTime, signal });
  },
  /** The process has ended; its number may soon belong to somebody else. */
  forget(pid: number): void {
    tell({ op: 'forget', pid });
  },
  /** Remove this temporary folder once we are gone, also after an orderly end. */
  removeAtEnd(path: string): void {
    tell({ op: 'remove', path });
  },
};

let helper: ChildProcess | null = null;

function tell(message: object): void {
  helper ??= start();
  helper.stdin?.write(`${JSON.stringify(message)}\n`);
}

function start(): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./reaper.mjs', import.meta.url))], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // not in our process group: a Ctrl+C or kill of the group must not take the net away
    cwd: '/',
    env: { PATH: process.env.PATH ?? '' },
  });
  // Losing the net is survivable (an orderly stop needs none), a crash over it is not.
  child.on('error', (error) => process.stderr.write(`clean-up helper: ${error.message}\n`));
  child.stdin?.on('error', () => {
    helper = null;
  });
  child.on('exit', () => {
    helper = null;
  });
  child.unref();
  (child.stdin as Socket).unref();
  return child;
}
