import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, renameSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import type { CommandExit } from '@throughline/domain/agent-protocol';
import { STREAM, type StreamNumber } from '@throughline/domain/output-frame';
import { asAccount } from '../as-account.ts';
import { ownAccount } from '../accounts.ts';
import { syncFolder } from '../data-folder.ts';
import { onceThereIsRoom } from '../disk.ts';
import { appendTo } from '../ndjson.ts';
import { transferProgram } from '../own-program.ts';
import type { RunOrder } from '../run-order.ts';
import { shellArguments } from '../shells.ts';
import { AGENT_VERSION } from '../version.ts';
import type { CommandCgroup } from './command-cgroup.ts';
import { commandFiles } from './command-folder.ts';
import { CommandInput } from './command-input.ts';
import { EndWatch, type LadderTimes } from './end-watch.ts';
import { childEnvironment, maskedEnvironment } from './environment.ts';
import { resolveFirstWord } from './first-word.ts';
import { FrameMaker } from './frame-maker.ts';
import type { RunnerRecord } from './journal.ts';
import { withLoginSurroundings } from './login-surroundings.ts';
import { OutputLimit } from './output-limit.ts';
import { ProcessTree } from './process-tree.ts';
import { MaskedStream } from './masked-stream.ts';
import { SecretMask } from './secret-mask.ts';
import { writeScriptFile } from './script-file.ts';
import { DISK_RESERVE_BYTES, type SpoolFull, SpoolWriter } from './spool-writer.ts';
import { openStdio } from './stdio.ts';

export interface RunLimits extends LadderTimes {
  /** How long pipes may stay open after the child has gone. */
  pipeWaitMs: number;
  spoolQuotaBytes?: number;
}
export const RUN_LIMITS: RunLimits = { killAfterMs: 10_000, cancelKillAfterMs: 3_000, pipeWaitMs: 5_000 };

/**
 * Runs one command to its end. Order of writes: claim (rename) → STARTED on the disk → spawn → output → EXIT on the
 * disk. Throws before the spawn when another runner holds the command. `poke` tells the runtime that there is news.
 */
export async function runCommand(
  order: RunOrder,
  prepared: string,
  folder: string,
  poke: () => void,
  limits = RUN_LIMITS,
  cgroup: CommandCgroup | null = null,
): Promise<void> {
  // Fails when the folder exists: two runners never hold one command.
  renameSync(prepared, folder);
  const files = commandFiles(folder);
  // A transfer changes to the account by itself, for the file alone: the way to the server is the runtime's own.
  const environment = childEnvironment(order.file ? { ...order, account: null } : order, process.env);
  const script = order.file ? null : writeScriptFile(order, folder);
  const argv = order.file ? transferLine(order, folder) : commandLine(order, script?.path ?? null);
  const journal = appendTo<RunnerRecord>(openSync(files.journal, 'a', 0o600));
  const startedAt = Date.now();
  journal.append({ type: 'started', at: startedAt, start: describeStart(order, environment) });
  // The journal's name is on the disk since the folder was prepared.
  syncFolder(dirname(folder));

  let captured: Capture | null = null;
  const spool = new SpoolWriter(files, limits.spoolQuotaBytes);
  const frames = new FrameMaker(order.commandId, (frame) => {
    spool.append(frame);
    poke();
    // Here too, because the last bytes before a silence are written by a timer, and no more may come.
    captured?.hold();
  });
  const stdio = openStdio(files, order.input);
  const began = performance.now();
  // What Node itself has to say has no place on a transfer's stderr.
  const env = order.file ? { ...environment, NODE_NO_WARNINGS: '1' } : environment;
  const child = withLoginSurroundings(() =>
    spawn(argv.file, argv.args, { cwd: order.cwd, env, stdio: stdio.fds, detached: true }),
  );
  stdio.closeChildEnds();
  const ended = endOf(child);
  const limit = new OutputLimit(order, (remark) => {
    frames.remark(remark);
    stopping.stop('limit');
  });
  const masked = new Map<string, number>();
  const record = (stream: StreamNumber) =>
    new MaskedStream(new SecretMask(masked), (bytes) => {
      const kept = limit.take(bytes);
      if (kept.length > 0) frames.push(stream, kept);
    });
  const streams = [record(STREAM.stdout), record(STREAM.stderr)] as const;
  captured = capture([stdio.stdout, stdio.stderr], streams, frames, spool);
  const input = stdio.stdin
    ? new CommandInput({
        ...{ files, child: stdio.stdin, journal, poke },
        secrets: (secrets) => streams.forEach(({ mask }) => mask.know(secrets)),
      })
    : null;
  if (child.pid) journal.append({ type: 'spawned', at: Date.now(), pid: child.pid });
  poke();

  const tree = new ProcessTree({
    commandId: order.commandId,
    leader: child.pid ?? null,
    cgroup,
    pipes: [files.stdout, files.stderr],
  });
  const { timeoutMs } = order;
  const stopping = new EndWatch({ tree, cancelFile: files.cancel, timeoutMs, began, times: limits });
  child.once('exit', () => stopping.childEnded());
  const { exitCode, signal, failure } = await ended;
  if (failure) frames.remark(`The command could not be started: ${failure}`);
  const pipeLeaked = failure ? false : !(await withinTime(captured, limits.pipeWaitMs));
  if (failure || pipeLeaked) {
    stdio.stdout.destroy();
    stdio.stderr.destroy();
  }
  captured.end();
  if (pipeLeaked)
    frames.remark('A process left behind by the command kept its output open; later output of it is not recorded.');
  const survivors = await stopping.done();
  input?.close();
  for (const stream of streams) stream.end();
  for (const [name, count] of masked)
    frames.remark(
      `The value of {{secret:${name}}} stood in the output ${count === 1 ? 'once' : `${count} times`} and was masked there.`,
    );
  const leftOut = limit.remark();
  if (leftOut) frames.remark(leftOut);
  if (survivors.length > 0)
    frames.remark(`Processes of the command could not be ended: ${survivors.slice(0, 20).join(', ')}.`);
  frames.flush();
  await spool.close();
  const exit: CommandExit = {
    exitCode,
    signal,
    timedOut: stopping.reason === 'timeout',
    cancelled: stopping.reason === 'cancel',
    startedAt,
    finishedAt: Date.now(),
    ...frames.result,
    pipeLeaked,
    askedForInput: input?.asked ?? stdio.askedForInput(),
    outputLimited: limit.isReached,
    powershell: script?.result() ?? null,
  };
  await onceThereIsRoom(() => journal.append({ type: 'exit', exit }));
  journal.close();
  script?.remove();
  poke();
}

function describeStart(order: RunOrder, environment: Record<string, string>) {
  const account = order.account ?? ownAccount();
  const path = environment.PATH ?? '';
  return {
    pid: 0,
    effectiveUser: `${account.name} (uid ${account.uid})`,
    cwd: order.cwd,
    ...(order.file
      ? { shellPath: process.execPath, shellVersion: `runtime ${AGENT_VERSION}, no shell`, resolvedPath: null }
      : {
          shellPath: order.shellPath,
          shellVersion: order.shellVersion,
          resolvedPath: resolveFirstWord(order.shell, order.script, path, order.cwd),
        }),
    path: path.slice(0, 32_768),
    environment: maskedEnvironment(environment),
    arch: process.arch,
    executionPolicy: order.executionPolicy,
  };
}

function commandLine(order: RunOrder, scriptFile: string | null): { file: string; args: string[] } {
  const args = shellArguments(order.shell, order.script, scriptFile);
  return order.account ? asAccount(order.account, order.shellPath, args) : { file: order.shellPath, args };
}

function transferLine(order: RunOrder, folder: string): { file: string; args: string[] } {
  writeFileSync(commandFiles(folder).order, JSON.stringify(order), { mode: 0o600 });
  return transferProgram(folder);
}

interface Ending {
  exitCode: number | null;
  signal: string | null;
  failure: string | null;
}

function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ exitCode: null, signal: null, failure: error.message }));
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal, failure: null }));
  });
}

interface Capture {
  /** Settles when both pipes are closed. */
  closed: Promise<void>;
  /** Reading has stopped, so pipes that stay open say nothing of the child. */
  held: () => boolean;
  /** Stops reading for as long as the spool is full. */
  hold: () => void;
  /** Nothing is read any more, and so nothing waits: a remark of that kind must not come behind EXIT. */
  end: () => void;
}

/** A hold shorter than this is everyday; a longer one is told. */
const TELL_HOLD_AFTER_MS = 2_000;
const LOOK_AGAIN_MS = 250;
const HELD: Record<SpoolFull, string> = {
  quota:
    'The command waits: too much of its output is not stored by the server yet. Nothing is lost; it goes on by itself.',
  disk: `The command waits: this computer’s disk has less than ${DISK_RESERVE_BYTES / 1024 ** 2} MiB free. Nothing is lost; it goes on when there is room.`,
};

/** Reads both pipes into frames; stops reading while the spool is full, so that the child waits, and says so. */
function capture(
  sockets: readonly Socket[],
  streams: readonly MaskedStream[],
  frames: FrameMaker,
  spool: SpoolWriter,
): Capture {
  let waiting: NodeJS.Timeout | null = null;
  let over = false;
  const hold = () => {
    if (over || waiting || !spool.full()) return;
    for (const socket of sockets) socket.pause();
    const since = performance.now();
    let told = false;
    waiting = setInterval(() => {
      const why = spool.full();
      if (why && !told && performance.now() - since >= TELL_HOLD_AFTER_MS) {
        told = true;
        frames.remark(HELD[why]);
      }
      if (why) return;
      if (waiting) clearInterval(waiting);
      waiting = null;
      if (told) frames.remark(`The command goes on after ${Math.round((performance.now() - since) / 1000)} s.`);
      // Unless the remark itself filled it again.
      if (!waiting) for (const socket of sockets) socket.resume();
    }, LOOK_AGAIN_MS);
  };
  const closed = sockets.map((socket, i) => {
    socket.on('data', (bytes: Buffer) => {
      streams[i]!.push(bytes);
      hold();
    });
    return new Promise<void>((resolve) => {
      socket.once('end', resolve);
      socket.once('error', () => resolve());
    });
  });
  const end = () => {
    over = true;
    if (waiting) clearInterval(waiting);
    waiting = null;
  };
  // An end is told also while reading is held, once nothing is left to read: then nothing waits any more.
  return { closed: Promise.all(closed).then(end), held: () => waiting !== null, hold, end };
}

/** Whether the pipes close within the time. Time in which nobody reads them does not count. */
async function withinTime({ closed, held }: Capture, ms: number): Promise<boolean> {
  let over = false;
  const done = closed.then(() => (over = true));
  for (let left = ms; left > 0 && !over;) {
    const began = performance.now();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([done, new Promise((resolve) => (timer = setTimeout(resolve, Math.min(left, LOOK_AGAIN_MS))))]);
    clearTimeout(timer);
    if (!held()) left -= performance.now() - began;
  }
  return over;
}
