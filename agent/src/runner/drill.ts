import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { zRunOrder } from '../run-order.ts';
import { prepareFolder } from './prepared-folder.ts';
import { RUN_LIMITS, runCommand } from './run-command.ts';

const SHELL = '/bin/sh';

/** Where a process has its drill: named like what waits, and thrown away like it if the process dies. */
const places = (commands: string) => {
  const prepared = join(commands, `.ready-${process.pid}.drill`);
  return { prepared, folder: `${prepared}-run` };
};

/** Takes away what a drill that does not come to its end has lying about. */
export function clearDrill(commands: string): void {
  for (const path of Object.values(places(commands))) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * A waiting runner runs a command that does nothing, from the order to its journalled end, in a folder of its own that is thrown away. The
 * order that comes then finds everything compiled and loaded, which took it some 10 ms before its process ran. Nobody is told of it.
 */
export async function drill(commands: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { prepared, folder } = places(commands);
  try {
    prepareFolder(prepared);
    await runCommand(noOrder(), prepared, folder, () => undefined, { ...RUN_LIMITS, pipeWaitMs: 1_000 });
  } finally {
    clearDrill(commands);
  }
}

/** As it would come from the runtime, so that reading one is practised too. */
const noOrder = () =>
  zRunOrder.parse({
    commandId: randomUUID(),
    sessionId: 'drill',
    technician: 'drill',
    risk: 'read_only',
    runAs: { kind: 'runtime' },
    shell: 'sh',
    shellPath: SHELL,
    shellVersion: '',
    script: 'echo',
    cwd: '/',
    account: null,
    timeoutMs: 10_000,
    notAfter: 0,
  });
