import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { checkpointKey, checkpointLog } from '@throughline/store/checkpoint-key';
import { writeCheckpoints } from '@throughline/store/checkpoint-store';
import { HEARTBEAT_EVERY_MS, beat, lastBeat } from '@throughline/store/heartbeat-store';
import { keysFolder, sealingKey } from '@throughline/store/keys';
import { listen } from '@throughline/store/notify';
import { clearOutboxes } from '@throughline/store/outbox-retention';
import { createPool } from '@throughline/store/pool';
import { createSeal } from '@throughline/store/seal';
import { clearSnapshots } from '@throughline/store/snapshot-retention';
import { openSearch } from '@throughline/store/search/open-search';
import { startPump } from '@throughline/store/work';
import { TASK_QUEUE } from '@throughline/workflows/messages';
import { BEAT_MS, RECONNECT, STICKY_TIMEOUT } from '@throughline/workflows/patience';
import { pino } from 'pino';
import { createApplyEffects } from './apply-effects.ts';
import { WORKFLOWS_PATH } from './bundle.ts';
import { type Env, readEnv } from './env.ts';
import { withHeartbeat } from './heartbeat.ts';
import { keepPolling } from './keep-polling.ts';
import { drainMail, mailTransport } from './mail-sender.ts';
import { drainNotes } from './psa-note-sender.ts';
import { drainSearchQueue } from './search-indexer.ts';
import { signerSocket } from './signer/protocol.ts';
import { SignerClient } from './signer/signer-client.ts';
import { drainWebhookMessages } from './webhook-sender.ts';
import { watchParent } from '@throughline/store/watch-parent';

/** Heads of sessions that changed are signed and put in a second place at least this often. */
const CHECKPOINT_MS = 60_000;
/** Search follows the record so much later, and not in the middle of the step that the entry tells of. */
const SEARCH_AFTER_MS = 250;
/** Temporal that has not answered within this is silent. */
const ANSWER_MS = 1_500;
/** A status code of gRPC's. */
const DEADLINE_EXCEEDED = 4;
/** How often what was sent long ago is looked for. */
const CLEAR_MS = 60 * 60_000;

/** The worker process: runs sessions' workflows and their activities, feeds search, sends notes to PSAs, mail and outbound webhooks, and clears what was sent. */
async function main(env: Env): Promise<void> {
  const log = pino({ level: env.LOG_LEVEL, base: { part: 'worker' } });
  Runtime.install({ shutdownSignals: [] });
  const pool = createPool(env.DATABASE_URL, {
    name: 'throughline worker',
    max: 20,
    onError: (err) => log.warn({ err }, 'a database connection was lost; the pool opens another'),
  });
  const keys = await keysFolder(env.DATA_DIR);
  const signer = new SignerClient(env.SIGNER_SOCKET ?? signerSocket(env.DATA_DIR));
  const seal = createSeal(await sealingKey(keys));
  const search = openSearch(pool, env);

  const address = {
    address: env.TEMPORAL_ADDRESS,
    ...(env.TEMPORAL_API_KEY === undefined ? {} : { apiKey: env.TEMPORAL_API_KEY }),
    ...(env.TEMPORAL_TLS === 'true' ? { tls: true } : {}),
  };
  const activities = {
    applyEffects: withHeartbeat(createApplyEffects({ pool, signer, mails: env.SMTP_URL !== undefined })),
  };
  const open = async () => {
    const connection = await NativeConnection.connect(address);
    const worker = await Worker.create({
      connection,
      namespace: env.TEMPORAL_NAMESPACE,
      taskQueue: TASK_QUEUE,
      ...workflowSource(env),
      activities,
      maxHeartbeatThrottleInterval: BEAT_MS,
      maxConcurrentActivityTaskExecutions: 40,
      maxConcurrentWorkflowTaskExecutions: 40,
      maxCachedWorkflows: 1_000,
      stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
      shutdownGraceTime: '10s',
    });
    return { worker, connection };
  };
  // Without the SDK's own further tries: they would make a refused connection look like a slow answer.
  const lookout = Connection.lazy({ ...address, channelArgs: RECONNECT, interceptors: [] });
  const look = () =>
    lookout
      .withDeadline(Date.now() + ANSWER_MS, () => lookout.workflowService.getSystemInfo({}))
      .then(
        () => 'there' as const,
        (error: unknown) =>
          isGrpcServiceError(error) && Number(error.code) === DEADLINE_EXCEEDED
            ? ('silent' as const)
            : ('gone' as const),
      );
  const polling = await keepPolling({ open, look, log });

  const trouble = (what: string) => (err: Error) => log.warn({ err }, `${what}: failed, will try again`);
  let prepared: Promise<void> | undefined;
  async function prepareSearch(): Promise<void> {
    await search.prepare().catch((error: unknown) => {
      prepared = undefined; // The search server may come up later: ask again at the next turn.
      throw error;
    });
  }
  const searchPumps = (['entries', 'outputs'] as const).map((line) =>
    startPump(
      async () => {
        await (prepared ??= prepareSearch());
        await drainSearchQueue(pool, search, line);
      },
      { everyMs: 2_000, afterMs: SEARCH_AFTER_MS, trouble: trouble('search indexing') },
    ),
  );
  const notePump = startPump(() => drainNotes(pool, seal, env.PUBLIC_URL, log), {
    everyMs: 1_000,
    trouble: trouble('PSA notes'),
  });
  const publicUrl = env.PUBLIC_URL.replace(/\/$/, '');
  const transport = env.SMTP_URL === undefined ? null : mailTransport(env.SMTP_URL);
  const from = env.MAIL_FROM ?? `Throughline <throughline@${URL.parse(publicUrl)?.hostname ?? 'localhost'}>`;
  const mailPump = startPump(() => drainMail({ pool, transport, from, publicUrl, seal, log }), {
    everyMs: 2_000,
    trouble: trouble('mail'),
  });
  const outboundPump = startPump(
    () => drainWebhookMessages({ pool, seal, publicUrl, networks: env.WEBHOOK_NETWORKS, log }),
    { everyMs: 1_000, trouble: trouble('outbound webhooks') },
  );
  const signing = await checkpointKey(env.DATA_DIR);
  const checkpointPump = startPump(
    async () => void (await writeCheckpoints(pool, signing, checkpointLog(env.DATA_DIR))),
    {
      everyMs: CHECKPOINT_MS,
      trouble: trouble('checkpoints'),
    },
  );
  const clear = async () => {
    await clearOutboxes(pool);
    await clearSnapshots(pool);
  };
  const clearPump = startPump(clear, {
    everyMs: CLEAR_MS,
    trouble: trouble('clearing sent mail and messages, and snapshots that have run out'),
  });
  const workerId = randomUUID();
  const heartbeat = startPump(
    async () => {
      if (polling.runs()) await beat(pool, workerId, TASK_QUEUE);
    },
    { everyMs: HEARTBEAT_EVERY_MS, trouble: trouble('heartbeat') },
  );
  const listener = listen(env.DATABASE_URL, {
    event: (event) => {
      if (event.k === 'entry' || event.k === 'search') searchPumps.forEach((pump) => pump.poke());
      if (event.k === 'note') notePump.poke();
      if (event.k === 'mail') mailPump.poke();
      if (event.k === 'outbound') outboundPump.poke();
      // A session that ended is pinned at once, not at the next minute.
      if (event.k === 'session' && event.n === 1) checkpointPump.poke();
    },
    gap: () => {
      searchPumps.forEach((pump) => pump.poke());
      notePump.poke();
      mailPump.poke();
      outboundPump.poke();
    },
    trouble: trouble('listening for events'),
  });

  process.on('SIGTERM', polling.stop);
  process.on('SIGINT', polling.stop);
  watchParent(env.THROUGHLINE_SUPERVISED === '1', polling.stop);
  log.info({ queue: TASK_QUEUE, search: search.name }, 'worker ready');
  heartbeat.poke();
  await polling.ended;
  await Promise.all([
    listener.stop(),
    ...searchPumps.map((pump) => pump.stop()),
    notePump.stop(),
    mailPump.stop(),
    outboundPump.stop(),
    checkpointPump.stop(),
    clearPump.stop(),
    heartbeat.stop(),
  ]);
  transport?.close();
  signer.close();
  await lastBeat(pool, workerId).catch(trouble('saying goodbye'));
  await lookout.close();
  await pool.end();
}

/** The bundle built ahead where there is one (it must come from this very version), else bundled at start. */
function workflowSource(env: Env): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (env.WORKFLOW_BUNDLE !== undefined && existsSync(env.WORKFLOW_BUNDLE))
    return { workflowBundle: { codePath: env.WORKFLOW_BUNDLE } };
  return { workflowsPath: WORKFLOWS_PATH };
}

main(readEnv()).catch((error: unknown) => {
  pino({ base: { part: 'worker' } }).fatal({ err: error }, 'the worker could not go on');
  process.exitCode = 1;
  setTimeout(() => process.exit(1), 200);
});
