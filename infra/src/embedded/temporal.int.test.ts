import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, expect, it } from 'vitest';
import { testFolder } from '../testing/services.ts';
import { findTemporalBinary } from './temporal-binary.ts';
import { startTemporal, type RunningTemporal } from './temporal.ts';

const running: RunningTemporal[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function start(folder: string, binary: string): Promise<RunningTemporal> {
  const server = await startTemporal({
    binary,
    namespace: 'desk',
    dbFile: join(folder, 'temporal.db'),
    logFile: join(folder, 'temporal.log'),
  });
  running.push(server);
  return server;
}

it('keeps open workflows over kill -9, and history for 90 days', async () => {
  const folder = testFolder();
  const binary = await findTemporalBinary();
  const first = await start(folder, binary);
  const before = await Connection.connect({ address: first.address });
  await new Client({ connection: before, namespace: 'desk' }).workflow.start('nobodyRunsThis', {
    taskQueue: 'none',
    workflowId: 'session-1',
  });
  await before.close();
  process.kill(first.pid, 'SIGKILL');

  const second = await start(folder, binary);
  const connection = await Connection.connect({ address: second.address });
  try {
    const found = await new Client({ connection, namespace: 'desk' }).workflow.getHandle('session-1').describe();
    expect(found.status.name).toBe('RUNNING');
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'desk' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 86_400);
  } finally {
    await connection.close();
  }
});

it('names the part, the reason and what to do when its program is not what it should be', async () => {
  const folder = testFolder();
  await expect(start(folder, '/bin/false')).rejects.toThrow(
    /^Temporal: ended with code 1\n {2}What to do: read .*temporal\.log$/,
  );
});
