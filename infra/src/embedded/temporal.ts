import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { diskFull, hasNoSpace, saysDiskIsFull } from '../disk.ts';
import { PartFailure } from '../part-failure.ts';
import { supervise, type Supervised } from '../process.ts';
import { freePort, portIsFree } from './ports.ts';
import { prepareTemporalFile } from './temporal-file.ts';

/** How to start the Temporal dev server. */
export interface TemporalOptions {
  /** The `temporal` program, see findTemporalBinary. */
  binary: string;
  namespace: string;
  /** Where its state is kept; without it everything is gone when it stops. */
  dbFile?: string;
  /** Its own words go here. */
  logFile: string;
  /** Default: any free port. */
  port?: number;
  /** How long closed workflows stay readable, in days. Default 90 (the dev server's own is one day). */
  retentionDays?: number;
  /** Start it again when it dies, on the same port. Default false. */
  restart?: boolean;
  onUnexpectedEnd?: (end: string, againInMs: number | null) => void;
  onStart?: (pid: number) => void;
}

/** A running Temporal server, reachable from this machine only. */
export interface RunningTemporal {
  /** host:port of the gRPC front end. */
  address: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts the Temporal dev server and waits until its namespace answers. */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const file = options.dbFile ? prepareTemporalFile(options.dbFile) : null;
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    if (!(await portIsFree(port))) {
      if (options.port === undefined) continue;
      throw new PartFailure(
        'Temporal',
        `port ${port} is taken by another program`,
        'stop that program, or choose another port',
      );
    }
    const before = existsSync(options.logFile) ? statSync(options.logFile).size : 0;
    const said = (): string =>
      existsSync(options.logFile) ? readFileSync(options.logFile).subarray(before).toString() : '';
    const server = supervise({
      name: 'temporal',
      command: options.binary,
      args: serverArguments(options, port),
      output: { file: options.logFile },
      stopTimeoutMs: 10_000,
      onUnexpectedEnd: options.onUnexpectedEnd,
      onStart: options.onStart,
    });
    const address = `127.0.0.1:${port}`;
    const outcome = await answers(server, address, options);
    if (outcome === 'ready') file?.complete();
    if (outcome === 'ready' && options.restart) server.keepUp();
    if (outcome === 'ready') return { address, pid: server.pid() ?? -1, stop: () => server.stop() };
    await server.stop();
    // The server takes further ports of its own choosing, which another process may snatch away just as ours.
    if (attempt < 4 && /address already in use/i.test(said())) continue;
    throw failure(outcome, said(), options);
  }
}

function serverArguments(options: TemporalOptions, port: number): string[] {
  // The dev server's limits are for a single click at a time: 20 polls a second make every hop after a burst 50 ms slow.
  const dynamic = {
    'history.transferProcessorMaxPollRPS': 2_000,
    'history.timerProcessorMaxPollRPS': 2_000,
    'history.visibilityProcessorMaxPollRPS': 2_000,
    'matching.numTaskqueueReadPartitions': 1,
    'matching.numTaskqueueWritePartitions': 1,
    // A session's step is done by the worker that decided it, in the same answer, without the way through the task queue.
    'system.enableActivityEagerExecution': true,
  };
  const args = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)];
  args.push('--namespace', options.namespace, '--log-level', 'warn', '--log-format', 'json');
  if (options.dbFile) {
    args.push('--db-filename', options.dbFile);
    args.push('--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL');
  }
  for (const [key, value] of Object.entries(dynamic)) args.push('--dynamic-config-value', `${key}=${value}`);
  return args;
}

/** Ready means: the namespace can be described and keeps its history as long as we want. */
async function answers(server: Supervised, address: string, options: TemporalOptions): Promise<'ready' | string> {
  const state: { end: string | null } = { end: null };
  void server.ended.then((end) => (state.end = end));
  const began = Date.now();
  const deadline = began + 60_000;
  let last = '';
  while (Date.now() < deadline) {
    if (state.end !== null) return state.end;
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      try {
        // A server that cannot write takes calls and never answers them.
        await connection.withDeadline(Date.now() + 3_000, () =>
          keepHistory(connection, options.namespace, options.retentionDays ?? 90),
        );
        return 'ready';
      } finally {
        await connection.close();
      }
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    // It lives on without being able to write, and no waiting helps.
    if (Date.now() - began > 3_000 && isFull(options)) return 'cannot write';
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return `did not answer within 60 seconds (${last})`;
}

async function keepHistory(connection: Connection, namespace: string, days: number): Promise<void> {
  const seconds = days * 86_400;
  const described = await connection.workflowService.describeNamespace({ namespace });
  if (Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0) === seconds) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: { seconds: seconds as never } },
  });
}

function failure(outcome: string, said: string, options: TemporalOptions): PartFailure {
  // On a full disk the log is empty, too.
  if (options.dbFile && (saysDiskIsFull(said) || isFull(options))) return diskFull('Temporal', dirname(options.dbFile));
  const tail = said
    .trim()
    .split('\n')
    .slice(-6)
    .map((line) => `    ${line.slice(0, 400)}`)
    .join('\n');
  return new PartFailure('Temporal', `${outcome}${tail.trim() ? `:\n${tail}` : ''}`, `read ${options.logFile}`);
}

function isFull({ dbFile }: TemporalOptions): boolean {
  return dbFile !== undefined && hasNoSpace(dirname(dbFile));
}
