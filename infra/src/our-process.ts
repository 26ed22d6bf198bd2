import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './config.ts';
import { logFile } from './log-file.ts';
import { PartFailure } from './part-failure.ts';
import { supervise, type Supervised } from './process.ts';
import { withoutRepeats } from './repeats.ts';

/** One of our own TypeScript processes: signer, worker or api. */
export interface OurProcess {
  name: string;
  /** Relative to the project's root. */
  program: string;
  env: NodeJS.ProcessEnv;
  /** Flags of Node itself. */
  nodeFlags?: readonly string[];
  logFile: string;
  /** Shows one line to the person at the screen. */
  say: (line: string) => void;
  onStart: (pid: number) => void;
}

/** A started process, and a promise that fails when it ends before it was once ready. */
export interface StartedProcess {
  process: Supervised;
  /** Rejects with a PartFailure at the first unexpected end before {@link StartedProcess.nowReady}. */
  diedEarly: Promise<never>;
  nowReady(): void;
}

/** Starts it, keeps its whole log in a file, shows warnings and errors (once), and once ready starts it again whenever it dies. */
export function startOurProcess(spec: OurProcess): StartedProcess {
  if (!existsSync(join(projectRoot, spec.program))) {
    throw new PartFailure(
      spec.name,
      `${spec.program} is missing from this checkout`,
      'get a complete copy of the project',
    );
  }
  const say = withoutRepeats(spec.say);
  const log = logFile(spec.logFile, (error) => say(`its log cannot be written (${error.message})`));
  const tail: string[] = [];
  let ready = false;
  let fail: (failure: PartFailure) => void = () => {};
  const diedEarly = new Promise<never>((_, reject) => {
    fail = reject;
  });
  diedEarly.catch(() => {}); // looked at by whoever waits for readiness; nobody may be waiting any more
  const started = supervise({
    name: spec.name,
    command: process.execPath,
    args: [...(spec.nodeFlags ?? []), '--import', 'tsx', spec.program],
    cwd: projectRoot,
    env: { ...spec.env, THROUGHLINE_SUPERVISED: '1' },
    holdStdin: true,
    stopTimeoutMs: 25_000, // longer than the worker's own grace for running activities
    onStart: spec.onStart,
    output: {
      onLine(line) {
        log.write(line);
        tail.push(line);
        if (tail.length > 15) tail.shift();
        const shown = forPeople(line);
        if (ready && shown) say(shown);
      },
    },
    onUnexpectedEnd(end, againInMs) {
      if (ready) return spec.say(`${end}; starting it again in ${(againInMs ?? 0) / 1_000} s (log: ${spec.logFile})`);
      const words = tail.map((line) => `    ${forPeople(line) ?? line}`).join('\n');
      fail(new PartFailure(spec.name, `it ${end} while starting:\n${words}`, `read ${spec.logFile}`));
    },
  });
  return {
    process: started,
    diedEarly,
    nowReady: () => {
      ready = true;
      started.keepUp();
    },
  };
}

/** Pino lines of level warn and above in short; lines that are not pino's as they are; null for the rest. */
function forPeople(line: string): string | null {
  if (!line.startsWith('{')) return line.trim() && !/^\S+ \[(INFO|DEBUG|TRACE)\]/.test(line) ? line : null; // Temporal's SDK
  try {
    const entry = JSON.parse(line) as { level?: number; msg?: string; err?: { message?: string } };
    if (typeof entry.level !== 'number' || entry.level < 40) return null;
    const kind = entry.level >= 50 ? 'error' : 'warning';
    return `${kind}: ${entry.msg ?? ''}${entry.err?.message ? ` (${entry.err.message})` : ''}`;
  } catch (error) {
    if (error instanceof SyntaxError) return line;
    throw error;
  }
}
