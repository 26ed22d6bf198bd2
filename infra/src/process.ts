import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { reaper } from './reaper.ts';

/** What to run and how to treat it. */
export interface ProcessSpec {
  /** Shown to people: "postgres", "api". */
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Default SIGTERM. */
  stopSignal?: NodeJS.Signals;
  /** How long an orderly stop may take before SIGKILL, in ms. Default 10 000. */
  stopTimeoutMs?: number;
  /** Where both output streams go. A file survives our own death; a pipe would not. */
  output: { file: string } | { onLine: (line: string) => void };
  /** Keep its stdin open as long as we live, so that it can notice our death by itself. Default: stdin is empty. */
  holdStdin?: boolean;
  /** Called whenever it ends without being asked to. */
  onUnexpectedEnd?: (end: string, againInMs: number | null) => void;
  /** Called after each start with the new process id. */
  onStart?: (pid: number) => void;
}

/** A running child process, never left behind. */
export interface Supervised {
  readonly name: string;
  /** Of the present incarnation; undefined while it is down. */
  pid(): number | undefined;
  /** Resolves with a short description once it has ended for good (stopped, or dead without restart). */
  readonly ended: Promise<string>;
  /** From now on, start it again with a growing pause (0.5 s to 30 s) whenever it ends by itself. */
  keepUp(): void;
  /** Asks it to stop, insists after the timeout, resolves when it is gone. May be called many times. */
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A process that lived this long had begun its work: the next pause starts small. One that cannot start dies within seconds. */
const HEALTHY_AFTER_MS = 15_000;

/** Starts a process and keeps watch over it. See {@link ProcessSpec}. */
export function supervise(spec: ProcessSpec): Supervised {
  let child: ChildProcess | null = null;
  let stopping = false;
  let keptUp = false;
  let pauseMs = FIRST_PAUSE_MS;
  let again: NodeJS.Timeout | null = null;
  let settle: (end: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    settle = resolve;
  });

  const run = (): void => {
    again = null;
    const began = Date.now();
    const started = launch(spec);
    child = started;
    let over = false;
    const onEnd = (end: string): void => {
      if (over) return;
      over = true;
      if (started.pid !== undefined) reaper.forget(started.pid);
      child = null;
      if (stopping || !keptUp) {
        if (!stopping) spec.onUnexpectedEnd?.(end, null);
        settle(end);
        return;
      }
      if (Date.now() - began > HEALTHY_AFTER_MS) pauseMs = FIRST_PAUSE_MS;
      spec.onUnexpectedEnd?.(end, pauseMs);
      again = setTimeout(run, pauseMs);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    };
    started.once('error', (error) => onEnd(error.message));
    started.once('exit', (code, signal) => onEnd(signal ? `ended by ${signal}` : `ended with code ${code}`));
    if (started.pid !== undefined) {
      reaper.watch(started.pid, spec.stopSignal ?? 'SIGTERM');
      spec.onStart?.(started.pid);
    }
  };
  run();

  return {
    name: spec.name,
    pid: () => child?.pid,
    ended,
    keepUp() {
      keptUp = true;
    },
    async stop() {
      stopping = true;
      if (again) {
        clearTimeout(again);
        settle('stopped while waiting to start again');
      }
      const running = child;
      if (!running?.pid) return void (await ended);
      running.kill(spec.stopSignal ?? 'SIGTERM');
      running.stdin?.end(); // an open stdin would keep the child's event loop from running dry
      const insist = setTimeout(() => killGroup(running.pid), spec.stopTimeoutMs ?? 10_000);
      await ended;
      clearTimeout(insist);
    },
  };
}

function launch(spec: ProcessSpec): ChildProcess {
  const file = 'file' in spec.output ? openSync(spec.output.file, 'a', 0o600) : null;
  const child = spawn(spec.command, spec.args, {
    stdio: [spec.holdStdin ? 'pipe' : 'ignore', file ?? 'pipe', file ?? 'pipe'],
    // Its own process group: Ctrl+C reaches only us, and we stop the parts in order.
    detached: true,
    cwd: spec.cwd,
    env: spec.env ?? process.env,
    uid: spec.uid,
    gid: spec.gid,
  });
  if (file !== null) closeSync(file);
  if ('onLine' in spec.output) {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', spec.output.onLine);
    }
  }
  return child;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
