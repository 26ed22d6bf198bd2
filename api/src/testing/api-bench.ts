import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createApplyEffects } from '@throughline/activities/apply-effects';
import { withHeartbeat } from '@throughline/activities/heartbeat';
import { WORKFLOWS_PATH } from '@throughline/activities/bundle';
import { drainNotes } from '@throughline/activities/psa-note-sender';
import { drainSearchQueue } from '@throughline/activities/search-indexer';
import { signerSocket } from '@throughline/activities/signer/protocol';
import { SignerClient } from '@throughline/activities/signer/signer-client';
import { startSigner } from '@throughline/activities/signer/signer-server';
import { type SessionId, workflowIdOf } from '@throughline/domain/ids';
import type { PolicyLevel } from '@throughline/domain/policy';
import type { PolicyDocument } from '@throughline/domain/policy/document';
import { createTestDatabase } from '@throughline/infra/testing/database';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { BEAT_MS } from '@throughline/workflows/patience';
import { commandKey } from '@throughline/store/command-key';
import { keysFolder } from '@throughline/store/keys';
import { policyHistory, savePolicy } from '@throughline/store/policy-store';
import { blockList } from '@throughline/store/outbound-address';
import { createPool } from '@throughline/store/pool';
import { createSeal } from '@throughline/store/seal';
import { openSearch } from '@throughline/store/search/open-search';
import { withTenant } from '@throughline/store/tenant';
import { startPump } from '@throughline/store/work';
import pg from 'pg';
import { pino } from 'pino';
import { inject } from 'vitest';
import '@throughline/infra/testing/provided';
import { startAgentGateway } from '../agent-gateway/gateway.ts';
import { createApp } from '../app.ts';
import type { Deps } from '../deps.ts';
import { createGraphql } from '../graphql/yoga.ts';
import { EventHub } from '../live/event-hub.ts';
import { startLiveSockets } from '../live/live-sockets.ts';
import { drainWebhooks } from '../psa/intake.ts';
import { openTicketSession } from '../psa/open-ticket-session.ts';
import { drainReports } from '../report-pump.ts';
import { createRiskAssessor } from '../risk/risk-parser.ts';
import { SecretDesk } from '../sessions/secret-desk.ts';
import { Scrubber } from '../snapshots/scrubber.ts';
import { SessionClient } from '../temporal/session-client.ts';
import { takeUpgrades } from '../upgrades.ts';
import { Desk, gid, rawId } from './desk.ts';
import { NORTHGATE, type Northgate, RIVERMARK, type Rivermark, type TestPerson, createOrganisation } from './people.ts';
import { ScriptedRuntime } from './scripted-runtime.ts';
import { SignerProcess } from './signer-process.ts';

/** The api as its process runs it, a worker beside it, on the run's real Postgres and Temporal; with two organisations signed in. */
export interface ApiBench {
  url: string;
  deps: Deps;
  /** Where it was asked for. */
  signer: SignerProcess | null;
  northgate: Northgate;
  rivermark: Rivermark;
  /** What the api logged, as lines of JSON. */
  logged: string[];
  /** All that Temporal keeps of a session, payloads read. */
  history(sessionId: string): Promise<string>;
  /** Sees and changes every row, for what only a fault or an attacker would do. */
  admin: pg.Client;
  rows<T extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<T[]>;
  desk(person: TestPerson | null): Desk;
  /** Lays down the next version of a policy in our organisation, as the settings do. Returns the version. */
  policy(level: PolicyLevel, id: string, document: PolicyDocument): Promise<number>;
  /** A new endpoint of a client, enrolled over HTTP; not yet connected. */
  enrol(clientId: string, hostname: string, mspId?: string): Promise<ScriptedRuntime>;
  /** A session without a ticket, started; returns its plain id. The person at the endpoint has not answered yet. */
  started(desk: Desk, runtime: ScriptedRuntime, title?: string): Promise<string>;
  /** The same with consent given. */
  active(desk: Desk, runtime: ScriptedRuntime, title?: string): Promise<string>;
  /** Proposes a command that only reads; returns its plain id. */
  command(desk: Desk, sessionId: string, script?: string): Promise<string>;
  indexSearch(): Promise<void>;
  sendNotes(): Promise<void>;
  close(): Promise<void>;
}

/** `signerApart`: the signer as a process of its own, where a test is about that; else its server runs in here, which is quicker. */
export async function openApiBench(options: { signerApart?: boolean } = {}): Promise<ApiBench> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await build(undo, close, options.signerApart ?? false);
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  undo: (() => Promise<unknown>)[],
  close: () => Promise<void>,
  signerApart: boolean,
): Promise<ApiBench> {
  const database = await createTestDatabase();
  undo.push(() => database.drop());
  const folder = await mkdtemp(join(tmpdir(), 'throughline-api-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const trouble = (error: Error) => log.warn({ err: error }, 'trouble');
  const pool = createPool(database.appUrl, { name: 'test', max: 20, onError: trouble });
  undo.push(() => pool.end());
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  undo.push(() => admin.end());
  const keys = await keysFolder(folder);
  const { privateKey } = await commandKey(join(keys, 'command-signing.pem'));
  const socket = signerSocket(folder);
  const signerProcess = signerApart
    ? new SignerProcess({ DATABASE_URL: database.appUrl, DATA_DIR: folder, SIGNER_SOCKET: socket })
    : null;
  const signing = signerProcess ?? (await startSigner({ pool, privateKey, log }, socket));
  await signerProcess?.start();
  undo.push(() => signing.stop());
  const signer = new SignerClient(socket);
  undo.push(async () => signer.close());

  const taskQueue = `test-${randomUUID()}`;
  const [address, namespace] = [inject('temporalAddress'), inject('temporalNamespace')];
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const native = await NativeConnection.connect({ address });
  undo.push(() => native.close());
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    workflowsPath: WORKFLOWS_PATH,
    activities: { applyEffects: withHeartbeat(createApplyEffects({ pool, signer, mails: true })) },
    maxHeartbeatThrottleInterval: BEAT_MS,
  });
  const running = worker.run();
  undo.push(async () => {
    worker.shutdown();
    await running;
  });

  const connection = await Connection.connect({ address });
  undo.push(() => connection.close());
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const hub = new EventHub(database.appUrl, trouble);
  undo.push(() => hub.stop());
  const deps: Deps = {
    pool,
    hub,
    log,
    sessions: new SessionClient(new Client({ connection, namespace }), taskQueue),
    risk: await createRiskAssessor(),
    search: openSearch(pool, {}),
    seal: createSeal(randomBytes(32)),
    secrets: new SecretDesk(),
    scrubber: new Scrubber(),
    publicUrl: url,
    mails: true,
    webhookNetworks: blockList('127.0.0.0/8'),
    maxFileBytes: 8 * 1024 * 1024,
  };
  undo.push(async () => deps.scrubber.stop());
  await deps.search.prepare();
  const graphql = createGraphql(deps);
  const commandKeyFile = join(keys, 'command-signing.pub');
  const gateway = startAgentGateway(deps);
  const live = startLiveSockets({ ...deps, graphql });
  const connected = { runtimes: gateway.connections, pages: live.connections };
  server.on('request', createApp({ ...deps, graphql, connected, webDist: undefined, commandKeyFile }));
  takeUpgrades(server, { '/agent': gateway.upgrade, '/graphql': live.upgrade });
  const reports = startPump(() => drainReports(pool, deps.sessions), { everyMs: 1_000, trouble });
  const webhooks = startPump(
    () => drainWebhooks({ pool, log, openSession: (place) => openTicketSession(deps, place) }),
    { everyMs: 1_000, trouble },
  );
  hub.on((event) => {
    if (event === 'gap' || event.k === 'report') reports.poke();
    if (event === 'gap' || event.k === 'webhook') webhooks.poke();
  });
  undo.push(async () => {
    await gateway.stop();
    live.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await Promise.all([reports.stop(), webhooks.stop()]);
    await endOpenWorkflows(connection, namespace, taskQueue);
  });

  const northgate = await createOrganisation(pool, NORTHGATE);
  const rivermark = await createOrganisation(pool, RIVERMARK);
  const runtimes: ScriptedRuntime[] = [];
  undo.push(async () => runtimes.forEach((runtime) => runtime.socket?.terminate()));

  const bench: ApiBench = {
    url,
    deps,
    signer: signerProcess,
    northgate,
    rivermark,
    logged,
    async history(sessionId) {
      const { workflow } = new Client({ connection, namespace });
      const kept = await workflow.getHandle(workflowIdOf(sessionId as SessionId)).fetchHistory();
      return textOf(kept);
    },
    admin,
    rows: async <T extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
      (await admin.query<T>(sql, values)).rows,
    desk: (person) => new Desk(url, person),
    policy: (level, id, document) =>
      withTenant(pool, { mspId: northgate.mspId, clients: '*' }, async (tx) => {
        const expected = (await policyHistory(tx, northgate.mspId, { level, id }))[0]?.version ?? 0;
        await savePolicy(tx, northgate.mspId, { level, id }, { document, expected, by: null, note: '' });
        return expected + 1;
      }),
    async enrol(clientId, hostname, mspId = northgate.mspId) {
      const by = mspId === northgate.mspId ? northgate.people.ada : rivermark.people.rex;
      const { token } = await bench
        .desk(by)
        .must('createEnrollmentToken', { clientId: gid('Client', clientId) }, '... on EnrollmentToken { token }');
      const runtime = await ScriptedRuntime.enrol(url, token as string, hostname);
      runtimes.push(runtime);
      return runtime;
    },
    async started(desk, runtime, title = 'Certificate warning') {
      const endpointId = gid('Endpoint', runtime.identity.endpointId);
      const { id } = await desk.must('startSession', { endpointId, title, reason: 'to look into it' });
      return rawId(id as string);
    },
    async active(desk, runtime, title) {
      const sessionId = await bench.started(desk, runtime, title);
      await runtime.approves(sessionId);
      await waitFor('the consent in the store', async () => {
        const [session] = await bench.rows<{ status: string }>('select status from session where id = $1', [sessionId]);
        return session?.status === 'active';
      });
      return sessionId;
    },
    async command(desk, sessionId, script = 'uname -a') {
      const { id } = await desk.must('proposeCommand', { sessionId: gid('Session', sessionId), shell: 'bash', script });
      return rawId(id as string);
    },
    async indexSearch() {
      await drainSearchQueue(pool, deps.search, 'entries');
      await drainSearchQueue(pool, deps.search, 'outputs');
    },
    sendNotes: () => drainNotes(pool, deps.seal, url, log),
    close,
  };
  return bench;
}

/** Sessions a test left open would be waited for by nobody: other files share this Temporal server. */
async function endOpenWorkflows(connection: Connection, namespace: string, taskQueue: string): Promise<void> {
  const { workflow } = new Client({ connection, namespace });
  for await (const { workflowId } of workflow.list({
    query: `ExecutionStatus = 'Running' and TaskQueue = '${taskQueue}'`,
  }))
    await workflow
      .getHandle(workflowId)
      .terminate('the test is over')
      .catch((error: Error) => {
        if (error.name !== 'WorkflowNotFoundError') throw error; // Ended by itself meanwhile.
      });
}

/** All text in a value, bytes read as text: for looking whether something stands anywhere in it. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(textOf).join('\n');
}
