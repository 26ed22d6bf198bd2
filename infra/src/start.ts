import { join } from 'node:path';
import { ConfigError, readConfig, type StartConfig } from './config.ts';
import { openDataFolder, type DataFolder } from './data-folder.ts';
import { littleSpace } from './disk.ts';
import { portIsFree } from './embedded/ports.ts';
import { inPart } from './in-part.ts';
import { startOurProcess } from './our-process.ts';
import { PartFailure } from './part-failure.ts';
import { takeOver, type ProcessList } from './process-list.ts';
import { createScreen, type Screen } from './screen.ts';
import { setupLink } from './setup-link.ts';
import { signerReady } from './signer-ready.ts';
import { startStack, type Stack } from './stack.ts';
import { waitUntilReady } from './readiness.ts';
import { whoListens } from './who-listens.ts';

/** `npm start`: everything on this machine, until Ctrl+C. Any part that fails is named, and everything else is stopped. */
export async function start(): Promise<void> {
  const began = Date.now();
  const screen = createScreen(process.stdout);
  const stops: (() => Promise<void>)[] = [];
  const abort = new AbortController();
  let stopping: Promise<void> | null = null;
  const stopAll = (): Promise<void> => (stopping ??= stopInOrder(stops));
  const interrupted = onInterrupt(abort);

  try {
    const config = readConfig(process.env);
    const folder = openDataFolder(config.dataDir);
    const processes = await inPart('Start', folder.root, () =>
      takeOver(folder.processList, (line) => screen.part('start', line)),
    );
    await requirePort(config.port);
    const stack = await startStack({
      config,
      folder,
      processes,
      say: screen.part,
      onStop: (stop) => stops.push(stop),
      abort,
    });
    abort.signal.throwIfAborted();
    await inPart('Start', folder.root, () =>
      startOurs({ config, folder, processes, stack, screen, stops, interrupted }),
    );
    const setupUrl = await inPart('Database', folder.root, () => setupLink(stack.appUrl, config.publicUrl));
    const little = littleSpace(folder.root);
    if (little) screen.part('start', little);
    screen.ready({
      seconds: (Date.now() - began) / 1_000,
      url: config.publicUrl,
      setupUrl,
      dataDir: config.dataDir,
      search: stack.searchWords,
    });
    await interrupted;
  } catch (error) {
    if (!abort.signal.aborted || !(abort.signal.reason instanceof Interrupt)) {
      report(error);
      process.exitCode = 1;
    }
  }
  if (stops.length > 0) process.stdout.write('\n  Stopping…\n');
  await stopAll();
  if (abort.signal.reason instanceof Interrupt) process.stdout.write('  Everything has stopped.\n');
  process.exit();
}

interface Ours {
  config: StartConfig;
  folder: DataFolder;
  processes: ProcessList;
  stack: Stack;
  screen: Screen;
  stops: (() => Promise<void>)[];
  interrupted: Promise<void>;
}

/** Starts signer, worker and api side by side and waits until the api calls the whole product ready and the signer can sign. */
async function startOurs({ config, folder, processes, stack, screen, stops, interrupted }: Ours): Promise<void> {
  const shared: NodeJS.ProcessEnv = {
    ...process.env,
    DATA_DIR: folder.root,
    DATABASE_URL: stack.appUrl,
    TEMPORAL_ADDRESS: stack.temporalAddress,
    TEMPORAL_NAMESPACE: config.temporalNamespace,
    // Our own server speaks neither; what is set for others must not reach it.
    TEMPORAL_TLS: config.temporalAddress ? String(config.temporalTls) : undefined,
    TEMPORAL_API_KEY: config.temporalAddress ? config.temporalApiKey : undefined,
    MEILI_URL: stack.search?.url,
    MEILI_KEY: stack.search?.key,
    PUBLIC_URL: config.publicUrl,
    LOG_LEVEL: config.logLevel,
    PORT: String(config.port),
    WEB_DIST: stack.webDist ?? undefined,
    WORKFLOW_BUNDLE: stack.bundle ?? undefined,
    COMMAND_KEY_FILE: undefined,
    SIGNER_SOCKET: folder.signerSocket,
  };
  // The key that signs commands is the signer's alone: neither the process facing the network nor the worker learns where it is.
  // And what others sign in with is none of the signer's business.
  const signing = { COMMAND_KEY_FILE: join(folder.keys, 'command-signing.pem'), SMTP_URL: undefined };
  // Long outputs pass through the api in buffers that die at once, and V8 counts them as growth of the old generation until it has
  // looked. A small young generation looks often; the growth allowed before the whole heap is marked must be more than what is under
  // way meanwhile. Else it is marked for each few megabytes: three quarters of the api's processor time, measured.
  const nodeFlags = ['--max-semi-space-size=2', '--heap-growing-percent=200'];
  const parts = [
    { name: 'signer', program: 'activities/src/signer/main.ts', env: { ...shared, ...signing } },
    { name: 'worker', program: 'activities/src/worker.ts', env: shared },
    { name: 'api', program: 'api/src/main.ts', env: shared, nodeFlags },
  ].map((part) => {
    const started = startOurProcess({
      ...part,
      logFile: join(folder.logs, `${part.name}.log`),
      say: (line) => screen.part(part.name, line),
      onStart: (pid) => processes.add(part.name, pid),
    });
    stops.push(() => started.process.stop());
    return started;
  });
  const died = Promise.race(parts.map((part) => part.diedEarly));
  const gaveUp = interrupted.then(() => Promise.reject(new Interrupt()));
  const ready = waitUntilReady(`http://127.0.0.1:${config.port}/readyz`, screen, folder.root);
  await Promise.race([Promise.all([ready, signerReady(folder.signerSocket)]), died, gaveUp]);
  for (const part of parts) part.nowReady();
}

async function requirePort(port: number): Promise<void> {
  if ((await portIsFree(port, '0.0.0.0')) && (await portIsFree(port))) return;
  const who = whoListens(port);
  throw new PartFailure(
    'Port',
    port < 1024 && process.getuid?.() !== 0 && !who
      ? `${port} may only be used by root`
      : `${port} is taken by ${who ?? 'another program'}`,
    `stop that program, or choose another port: PORT=${port === 8080 ? 8090 : 8080} npm start`,
  );
}

/** Ctrl+C or a polite kill. Resolves at the first one; a second, a while later, gives up waiting. */
function onInterrupt(abort: AbortController): Promise<void> {
  return new Promise((resolve) => {
    let first = 0;
    const hear = (): void => {
      // npm passes on the Ctrl+C that the terminal has already given us: that is one, not two.
      if (first === 0) first = Date.now();
      else if (Date.now() - first > 1_500) process.exit(130);
      if (!abort.signal.aborted) abort.abort(new Interrupt());
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hear);
  });
}

class Interrupt extends Error {}

async function stopInOrder(stops: (() => Promise<void>)[]): Promise<void> {
  for (const stop of [...stops].reverse()) {
    try {
      await stop();
    } catch (error) {
      // The other parts must be stopped all the same.
      report(error);
      process.exitCode = 1;
    }
  }
}

function report(error: unknown): void {
  const known = error instanceof PartFailure || error instanceof ConfigError;
  const text = known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`\n${text}\n`);
}
