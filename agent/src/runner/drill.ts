import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { zRunOrder } from '../run-order.ts';
import { prepareFolder } from './prepared-folder.ts';
import { RUN_LIMITS, runCommand } from './run-command.ts';

const SHELL = '/bin/sh';

/**
 * A waiting runner runs a command that does nothing, from the order to its journalled end, in a folder of its own that is thrown away. The
 * order that comes then finds everything compiled and loaded, which took it some 10 ms before its process ran. Nobody is told of it.
 */
export async function drill(commands: string): Promise<void> {
  if (process.platform === 'win32') return;
  // Named like what waits: if this process dies in it, it is thrown away with the rest.
  const prepared = join(commands, `.ready-${process.pid}.drill`);
  const folder = `${prepared}-run`;
  try {
    mkdirSync(prepared, { mode: 0o700 });
    prepareFolder(prepared);
    await runCommand(noOrder(), prepared, folder, () => undefined, { ...RUN_LIMITS, pipeWaitMs: 1_000 });
  } finally {
    for (const path of [prepared, folder]) rmSync(path, { recursive: true, force: true });
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
