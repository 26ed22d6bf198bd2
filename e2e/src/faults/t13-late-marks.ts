import pg from 'pg';
import { patiently } from './patience.ts';
import { ONE_MARK, promiseMark, resolutionMarks } from './promised-mark.ts';
import { type FaultContext, type Row, rounds } from './row.ts';
import { type Site, localId } from './site.ts';
import { spread } from './table.ts';
import { type TemporalDesk, openTemporal } from './temporal.ts';

/** How late a mark may be, after it was due or after there is a worker again. */
const LATE_MS = 5_000;
/** From the new promise to its first mark; more, should the machine be too slow to halt the worker within that. */
const AHEAD_MS = 3_000;
const LONGEST_AHEAD_MS = 48_000;

/** T13: kill -9 of the worker in the moment an SLA mark is due, when Temporal has just given it something to do. */
export async function lateMarks(context: FaultContext): Promise<void> {
  const site = await context.site();
  const runtime = await site.endpoint();
  context.atEnd(() => runtime.stop());
  const temporal = await openTemporal(site);
  context.atEnd(() => temporal.close());
  for (const [name, killed] of [
    ['T13 killed over the step', overTheStep],
    ['T13 killed over the activity', overTheActivity],
  ] as const)
    await context.row(name, async (row) => {
      const late: number[] = [];
      await rounds(row, context.times(50), async (round) => {
        const anew = async () => ({ site, temporal, sessionId: await site.session(runtime) });
        late.push(await lateness(anew, killed, row, round));
        Object.assign(row.figures, spread('late', late));
      });
    });
}

interface Scene {
  site: Site;
  temporal: TemporalDesk;
  sessionId: string;
}

/** Kills the worker once it has been given work for the mark. False: the mark was due before that could be prepared, and nothing happened. */
type Kill = (scene: Scene, dueAt: number) => Promise<boolean>;

async function lateness(anew: () => Promise<Scene>, killed: Kill, row: Row, round: number): Promise<number> {
  for (let aheadMs = AHEAD_MS; aheadMs <= LONGEST_AHEAD_MS; aheadMs *= 2) {
    const scene = await anew();
    const before = new Set(await workers(scene.site));
    const dueAt = await promiseMark(scene, () => Date.now() + aheadMs, round);
    if (!(await killed(scene, dueAt))) continue;
    row.n++;
    return judge(scene, before, dueAt, row, round);
  }
  throw new Error('the machine is too slow: every mark was due before its worker could be halted');
}

async function judge(scene: Scene, before: Set<string>, dueAt: number, row: Row, round: number): Promise<number> {
  const { site, sessionId } = scene;
  const marks = () => resolutionMarks(site, sessionId);
  const whenSeen = async (what: string, probe: () => Promise<boolean>) => {
    await patiently(what, probe, 120_000);
    return Date.now();
  };
  const [markedAt, backAt] = await Promise.all([
    whenSeen('the mark', async () => (await marks()).length > 0),
    whenSeen('a worker again', async () => (await workers(site)).some((id) => !before.has(id))),
  ]);
  const late = markedAt - Math.max(dueAt, backAt);
  if (late > LATE_MS) row.failures.push(`round ${round}: ${late} ms late`);
  await site.product.ready();
  const found = await marks();
  if (found.join() !== ONE_MARK) row.failures.push(`round ${round}: marks ${found.join(', ')}`);
  return late;
}

/** Halted, it is given the step and does nothing with it. */
const overTheStep: Kill = async ({ site, temporal, sessionId }, dueAt) => {
  const pid = await site.product.pidOf('worker');
  process.kill(pid, 'SIGSTOP');
  if (Date.now() >= dueAt) {
    process.kill(pid, 'SIGCONT');
    return false;
  }
  await patiently('the halted worker to be given the step', async () => (await temporal.underWay(sessionId)).step);
  process.kill(pid, 'SIGKILL');
  return true;
};

/** The activity waits for its session's lock, which is free again once the worker is dead. */
const overTheActivity: Kill = async ({ site, temporal, sessionId }, dueAt) => {
  const pid = await site.product.pidOf('worker');
  const lock = new pg.Client({ connectionString: await site.product.databaseUrl() });
  await lock.connect();
  try {
    await lock.query('select pg_advisory_lock(hashtextextended($1, 0))', [localId(sessionId)]);
    if (Date.now() >= dueAt) return false;
    await patiently('the activity to be under way', async () => (await temporal.underWay(sessionId)).activity);
    process.kill(pid, 'SIGKILL');
    return true;
  } finally {
    await lock.end();
  }
};

/** The workers that have said of late that they run. */
const workers = async (site: Site): Promise<string[]> =>
  (await site.sql<{ id: string }>('select id from worker_heartbeat')).map(({ id }) => id);
