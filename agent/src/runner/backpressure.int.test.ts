import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { STREAM } from '@throughline/domain/output-frame';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readNdjson } from '../ndjson.ts';
import type { RunOrder } from '../run-order.ts';
import { readSpool } from '../spool-format.ts';
import { until } from '../testing/until.ts';
import { commandFiles } from './command-folder.ts';
import { zRunnerRecord } from './journal.ts';
import { RUN_LIMITS, type RunLimits, runCommand } from './run-command.ts';
import { prepareFolder } from './prepared-folder.ts';

const quota = 1_000_000;
let root: string;
let folder: string;
let prepared: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'throughline-quota-'));
  prepared = join(root, '.ready');
  folder = join(root, randomUUID());
  mkdirSync(prepared);
  prepareFolder(prepared);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const size = () => statSync(commandFiles(folder).spool, { throwIfNoEntry: false })?.size ?? 0;
const runs = (script: string, limits: Partial<RunLimits> = {}) => {
  const order: RunOrder = {
    commandId: basename(folder),
    sessionId: 's',
    technician: 'Jun',
    risk: 'read_only',
    runAs: { kind: 'runtime' },
    shell: 'bash',
    account: null,
    shellPath: '/bin/bash',
    shellVersion: '5',
    script,
    cwd: '/',
    timeoutMs: 60_000,
    notAfter: 0,
    maxOutputBytes: null,
    input: false,
    limitedBy: null,
    executionPolicy: null,
    file: null,
  };
  return runCommand(order, prepared, folder, () => undefined, { ...RUN_LIMITS, spoolQuotaBytes: quota, ...limits });
};
const exitOf = () =>
  readNdjson(commandFiles(folder).journal, zRunnerRecord).records.find((record) => record.type === 'exit')?.exit;
const remarks = () =>
  readSpool(readFileSync(commandFiles(folder).spool))
    .filter(({ frame }) => frame.stream === STREAM.system)
    .map(({ frame }) => Buffer.from(frame.bytes).toString())
    .join('');

it('at the spool’s quota the child waits, nothing is dropped, and it goes on when the server has stored some', async () => {
  let over = false;
  const run = runs(`head -c 5000000 /dev/zero; : > ${join(root, 'written')}`).then(() => (over = true));
  await until(() => size() > quota);
  // Blocked: once what was read is written, two looks half a second apart see the same size and a child that is not through.
  let seen = 0;
  while (seen !== size()) {
    seen = size();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(size()).toBe(seen);
  expect(seen).toBeLessThan(quota + 3 * 65_536);
  expect(existsSync(join(root, 'written'))).toBe(false);
  expect(over).toBe(false);
  const acknowledging = setInterval(() => writeFileSync(commandFiles(folder).acked, String(size())), 20);
  await run;
  clearInterval(acknowledging);
  expect(exitOf()).toMatchObject({ exitCode: 0, stdout: { bytes: 5_000_000 } });
  expect(readFileSync(join(root, 'written'))).toHaveLength(0);
}, 30_000);

it('a child that ends just as its spool is full is over, and nothing is said behind its end', async () => {
  // Twice the quota at once and its end with it: reading stops, and there is nothing left to wait for.
  await runs(`head -c ${quota + 1} /dev/zero`, { pipeWaitMs: 300 }).finally(() => undefined);
  const exit = exitOf();
  expect(exit).toMatchObject({ exitCode: 0, pipeLeaked: false, stdout: { bytes: quota + 1 } });
  await new Promise((resolve) => setTimeout(resolve, 2_600));
  const frames = readSpool(readFileSync(commandFiles(folder).spool));
  expect(frames.at(-1)?.frame.seq).toBe(exit?.lastSeq);
}, 30_000);

it('a child that ends while nobody reads its pipes loses nothing, leaks nothing, and people are told of the wait', async () => {
  const go = join(root, 'go');
  const first = quota + 20_000;
  const script = `head -c ${first} /dev/zero; until [ -e ${go} ]; do sleep 0.02; done; printf last; : > ${join(root, 'written')}`;
  const run = runs(script, { pipeWaitMs: 300 });
  await until(() => size() > quota);
  writeFileSync(go, '');
  await until(() => existsSync(join(root, 'written')));
  await until(() => remarks().includes('The command waits'));
  writeFileSync(commandFiles(folder).acked, String(size()));
  await run;
  expect(exitOf()).toMatchObject({ exitCode: 0, pipeLeaked: false, stdout: { bytes: first + 4 } });
  expect(remarks()).toMatch(/^The command waits: too much[^\n]+\nThe command goes on after \d+ s\.\n$/);
}, 30_000);
