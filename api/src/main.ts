import { createServer } from 'node:http';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { keysFolder, sealingKey } from '@throughline/store/keys';
import { createPool } from '@throughline/store/pool';
import { createSeal } from '@throughline/store/seal';
import { openSearch } from '@throughline/store/search/open-search';
import { watchParent } from '@throughline/store/watch-parent';
import { startPump } from '@throughline/store/work';
import { RECONNECT } from '@throughline/workflows/patience';
import { pino } from 'pino';
import { startAgentGateway } from './agent-gateway/gateway.ts';
import { createApp } from './app.ts';
import type { Deps } from './deps.ts';
import { type Env, readEnv } from './env.ts';
import { createGraphql } from './graphql/yoga.ts';
import { EventHub } from './live/event-hub.ts';
import { startLiveSockets } from './live/live-sockets.ts';
import { drainWebhooks } from './psa/intake.ts';
import { openTicketSession } from './psa/open-ticket-session.ts';
import { drainReports } from './report-pump.ts';
import { createRiskAssessor } from './risk/risk-parser.ts';
import { SecretDesk } from './sessions/secret-desk.ts';
import { Scrubber } from './snapshots/scrubber.ts';
import { SessionClient } from './temporal/session-client.ts';
import { takeUpgrades } from './upgrades.ts';

/** The api process: HTTP, GraphQL, the agents' gateway, webhooks in, reports out. Any number of them may run side by side. */
async function main(env: Env): Promise<void> {
  const log = pino({
    level: env.LOG_LEVEL,
    base: { part: 'api' },
    redact: ['req.headers.authorization', 'req.headers.cookie'],
  });
  const trouble = (what: string) => (err: Error) => log.warn({ err }, `${what}: failed, will try again`);
  const pool = createPool(env.DATABASE_URL, {
    name: 'throughline api',
    max: 20,
    onError: trouble('a database connection'),
  });
  const keys = await keysFolder(env.DATA_DIR);
  const connection = Connection.lazy({
    address: env.TEMPORAL_ADDRESS,
    ...(env.TEMPORAL_API_KEY === undefined ? {} : { apiKey: env.TEMPORAL_API_KEY }),
    ...(env.TEMPORAL_TLS === 'true' ? { tls: true } : {}),
    channelArgs: RECONNECT,
  });
  const hub = new EventHub(env.DATABASE_URL, trouble('listening for events'));
  const deps: Deps = {
    pool,
    hub,
    log,
    sessions: new SessionClient(new Client({ connection, namespace: env.TEMPORAL_NAMESPACE })),
    risk: await createRiskAssessor(),
    search: openSearch(pool, env),
    seal: createSeal(await sealingKey(keys)),
    secrets: new SecretDesk(),
    scrubber: new Scrubber(),
    publicUrl: env.PUBLIC_URL.replace(/\/$/, ''),
    mails: env.SMTP_URL !== undefined,
    webhookNetworks: env.WEBHOOK_NETWORKS,
    maxFileBytes: env.MAX_FILE_BYTES,
  };
  const graphql = createGraphql(deps);
  const gateway = startAgentGateway(deps);
  const live = startLiveSockets({ ...deps, graphql });
  const connected = { runtimes: gateway.connections, pages: live.connections };
  const commandKeyFile = join(keys, 'command-signing.pub');
  const server = createServer(createApp({ ...deps, graphql, connected, webDist: env.WEB_DIST, commandKeyFile }));
  takeUpgrades(server, { '/agent': gateway.upgrade, '/graphql': live.upgrade });
  const reports = startPump(() => drainReports(pool, deps.sessions), {
    everyMs: 1_000,
    trouble: trouble('reports to workflows'),
  });
  const webhooks = startPump(
    () => drainWebhooks({ pool, log, openSession: (place) => openTicketSession(deps, place) }),
    {
      everyMs: 1_000,
      trouble: trouble('webhook intake'),
    },
  );
  hub.on((event) => {
    if (event === 'gap' || event.k === 'report') reports.poke();
    if (event === 'gap' || event.k === 'webhook') webhooks.poke();
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${env.PORT} is taken. Stop what uses it, or set PORT.`, { cause: error })
          : error,
      ),
    );
    server.listen(env.PORT, env.HOST, resolve);
  });
  log.info({ address: server.address() }, 'api ready');

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await gateway.stop();
    live.stop();
    server.close();
    server.closeAllConnections();
    await Promise.all([reports.stop(), webhooks.stop()]);
    deps.scrubber.stop();
    await hub.stop();
    await connection.close();
    await pool.end();
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  watchParent(env.THROUGHLINE_SUPERVISED === '1', () => void stop());
}

main(readEnv()).catch((error: unknown) => {
  pino({ base: { part: 'api' } }).fatal({ err: error }, 'the api could not start');
  process.exitCode = 1;
  setTimeout(() => process.exit(1), 200);
});
