import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { readNdjson } from '../ndjson.ts';
import type { RunOrder } from '../run-order.ts';
import { until } from '../testing/until.ts';
import { commandFiles } from './command-folder.ts';
import { zRunnerRecord } from './journal.ts';
import { RUN_LIMITS, runCommand } from './run-command.ts';
import { prepareStdio } from './stdio.ts';

it('at the spool’s quota the child waits, nothing is dropped, and it goes on when the server has stored some', async () => {
  const root = mkdtempSync(join(tmpdir(), 'throughline-quota-'));
  const commandId = randomUUID();
  const prepared = join(root, '.ready');
  const folder = join(root, commandId);
  mkdirSync(prepared);
  prepareStdio(commandFiles(prepared));
  const files = commandFiles(folder);
  const size = () => (existsSync(files.spool) ? statSync(files.spool).size : 0);
  const quota = 1_000_000;
  try {
    const order: RunOrder = {
      commandId,
      sessionId: 's',
      technician: 'Jun',
      risk: 'read_only',
      runAs: { kind: 'runtime' },
      shell: 'bash',
      account: null,
      shellPath: '/bin/bash',
      shellVersion: '5',
      script: `head -c 5000000 /dev/zero; : > ${join(root, 'written')}`,
      cwd: '/',
      timeoutMs: 60_000,
      notAfter: 0,
    };
    let over = false;
    const run = runCommand(order, prepared, folder, () => undefined, { ...RUN_LIMITS, spoolQuotaBytes: quota }).then(
      () => (over = true),
    );
    await until(() => size() > quota);
    // Blocked: two looks half a second apart see the same size and a child that is not through.
    const seen = size();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(size()).toBe(seen);
    expect(seen).toBeLessThan(quota + 3 * 65_536);
    expect(existsSync(join(root, 'written'))).toBe(false);
    expect(over).toBe(false);
    const acknowledging = setInterval(() => writeFileSync(files.acked, String(size())), 20);
    await run;
    clearInterval(acknowledging);
    const exit = readNdjson(files.journal, zRunnerRecord).records.find((record) => record.type === 'exit');
    expect(exit?.exit).toMatchObject({ exitCode: 0, stdout: { bytes: 5_000_000 } });
    expect(readFileSync(join(root, 'written'))).toHaveLength(0);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 30_000);
