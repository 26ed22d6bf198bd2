import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { TASK_QUEUE } from '@throughline/workflows/messages';

/**
 * HEALTHCHECK of the worker's container: a worker on this very host must have polled its task queue in the last two
 * minutes. A living process that no longer polls is not healthy.
 */
const address = process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233';
const namespace = process.env.TEMPORAL_NAMESPACE ?? 'throughline';
const FRESH_MS = 120_000;

const connection = await Connection.connect({ address, connectTimeout: 4_000 });
try {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType: 1, // workflow tasks
  });
  const ours = (pollers ?? []).filter((poller) => poller.identity?.endsWith(`@${hostname()}`));
  const fresh = ours.some((poller) => Date.now() - Number(poller.lastAccessTime?.seconds ?? 0) * 1_000 < FRESH_MS);
  if (!fresh) {
    process.stderr.write(`No worker of ${hostname()} polls the queue "${TASK_QUEUE}".\n`);
    process.exitCode = 1;
  }
} finally {
  await connection.close();
}
