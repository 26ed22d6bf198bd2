import { type ChildProcess, fork } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@throughline/infra/testing/wait-for';
import pg from 'pg';
import type { FleetOrder, FleetState } from './lab/fleet-agents.ts';
import { type House, openHouse } from './lab/house.ts';
import { cpuSeconds, tree } from './processes.ts';
import type { BenchContext, BenchResult } from './result.ts';
import { percentile } from './stats.ts';

const RUNTIMES = 5_000;
const IDLE_MS = 30_000;
const PROBE_EVERY_MS = 100;
const MOST_MS = 300_000;

/** Thousands of idle runtimes on one api process: what they cost, and how they come back after it was killed. */
export async function fleet(context: BenchContext): Promise<BenchResult> {
  const house = await openHouse(context);
  const before = apiOf(house);
  const order = await enrolAll(house);
  const { child, state } = startFleet(house, order);
  context.atEnd(() => void child.kill('SIGKILL'));
  const began = Date.now();
  context.say(`${RUNTIMES} runtimes connect`);
  await waitFor('all runtimes to be online', () => state().online === RUNTIMES, MOST_MS);
  const joined = Date.now() - began;

  context.say(`idle for ${IDLE_MS / 1000} s`);
  const cpuBefore = cpuSeconds(apiOf(house).pid);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const api = apiOf(house);
  const cpu = (cpuSeconds(api.pid) - cpuBefore) / (IDLE_MS / 1000);
  const online = await countOnline(house);
  if (online !== RUNTIMES + 1) throw new Error(`the product shows ${online} endpoints online, not ${RUNTIMES + 1}`);

  context.say('the api is killed and started again');
  await house.product.kill('api');
  const back = Date.now();
  const latencies: number[] = [];
  const probe = setInterval(() => void ask(house).then((ms) => latencies.push(ms)), PROBE_EVERY_MS);
  try {
    await waitFor('all runtimes to be back', () => state().online === RUNTIMES, MOST_MS);
  } finally {
    clearInterval(probe);
  }
  const storm = Date.now() - back;
  return {
    name: 'fleet',
    measures: [
      { what: `${RUNTIMES} runtimes online, the first time`, value: joined / 1000, unit: 's' },
      { what: 'idle: processor of the api', value: cpu * 100, unit: '% of a core' },
      { what: 'idle: memory of the api', value: api.mib, unit: 'MiB' },
      { what: '  for each runtime', value: ((api.mib - before.mib) * 1024) / RUNTIMES, unit: 'KiB', goal: 40 },
      { what: 'api killed: all back after it was ready', value: storm / 1000, unit: 's', goal: 60 },
      { what: '  a page asked meanwhile, p50', value: percentile(latencies, 50), unit: 'ms' },
      { what: '  a page asked meanwhile, p99', value: percentile(latencies, 99), unit: 'ms', goal: 1_000 },
    ],
    notes: [
      `the runtimes are simulated by one other process on this machine; ${latencies.length} pages asked in the storm`,
    ],
  };
}

/** Rows as enrolment makes them, all at once. */
async function enrolAll(house: House): Promise<FleetOrder> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const database = new pg.Client({ connectionString: await house.product.databaseUrl() });
  await database.connect();
  try {
    const { rows } = await database.query<{ id: string }>(
      `with made as (
         insert into endpoint (msp_id, id, client_id, name, runtime_id)
         select c.msp_id, gen_random_uuid(), c.id, 'FLEET-' || n, gen_random_uuid()
         from (select msp_id, id from client limit 1) c, generate_series(1, $1) n
         returning msp_id, id, runtime_id)
       insert into runtime (msp_id, id, endpoint_id, label, public_key)
       select msp_id, runtime_id, id, 'fleet', $2 from made returning id`,
      [RUNTIMES, publicKey.export({ type: 'spki', format: 'der' })],
    );
    return {
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      runtimeIds: rows.map((row) => row.id),
    };
  } finally {
    await database.end();
  }
}

function startFleet(house: House, order: FleetOrder): { child: ChildProcess; state: () => FleetState } {
  const program = fileURLToPath(new URL('./lab/fleet-agents.ts', import.meta.url));
  const address = `${house.product.url.replace('http', 'ws')}/agent`;
  const child = fork(program, [address], { execArgv: ['--import', import.meta.resolve('tsx')] });
  let state: FleetState = { online: 0, refused: 0 };
  child.on('message', (message) => (state = message as FleetState));
  child.send(order);
  return { child, state: () => state };
}

function apiOf(house: House): { pid: number; mib: number } {
  const api = tree(house.product.pid).find((process) => process.name === 'api');
  if (api === undefined) throw new Error('there is no api process');
  return api;
}

async function ask({ senior }: House): Promise<number> {
  const began = performance.now();
  await senior.gql('{ endpoints(first: 50) { edges { node { id name online lastSeenAt } } } }');
  return performance.now() - began;
}

async function countOnline(house: House): Promise<number> {
  const database = new pg.Client({ connectionString: await house.product.databaseUrl() });
  await database.connect();
  try {
    const { rows } = await database.query<{ count: number }>('select count(*)::int from endpoint where online');
    return rows[0]?.count ?? 0;
  } finally {
    await database.end();
  }
}
