import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { judge } from './judge.ts';
import { patiently } from './patience.ts';
import type { Random } from './random.ts';
import { type FaultContext, type Row, rounds } from './row.ts';
import type { FaultRuntime } from './runtime.ts';
import { type Site, localId } from './site.ts';
import { type TemporalDesk, openTemporal } from './temporal.ts';
import { type Workload, counted } from './workload.ts';

interface Bench {
  site: Site;
  runtime: FaultRuntime;
  sessionId: string;
  temporal: TemporalDesk;
}

/** What makes the server's side do something again while a command runs. */
type Again = (bench: Bench, commandId: string, random: Random) => Promise<void>;

/** T6: whatever the server does twice, the command runs once. */
export async function doneAgain(context: FaultContext): Promise<void> {
  const bench = await benchOf(context);
  const share = (of100: number) => Math.max(1, Math.round((context.times(100) * of100) / 100));
  await again(context, bench, 'T6 workflow reset', share(40), resetWith({ signals: true }), true);
  await again(context, bench, 'T6 order sent again', share(30), orderAgain);
  await again(context, bench, 'T6 continue-as-new', share(10), continueAsNew);
  await context.row('T6 activity retried', (row) => rounds(row, share(20), (round) => retried(bench, row, round)));
}

/** One and the same session set back again and again, with the signals that came meanwhile (Temporal's default) or without. */
export async function chainedResets(context: FaultContext): Promise<void> {
  for (const signals of [true, false]) {
    const bench = await benchOf(context);
    const name = `T6-chained ${signals ? 'with' : 'without'} signals`;
    await again(context, bench, name, Math.min(14, context.times(14)), resetWith({ signals }));
  }
}

async function benchOf(context: FaultContext): Promise<Bench> {
  const site = await context.site();
  const runtime = await site.endpoint();
  context.atEnd(() => runtime.stop());
  const temporal = await openTemporal(site);
  context.atEnd(() => temporal.close());
  return { site, runtime, sessionId: await site.session(runtime), temporal };
}

/** Rounds of one command each, in whose middle the server does something again. `anew`: a session of its own for each. */
function again(
  context: FaultContext,
  bench: Bench,
  name: string,
  times: number,
  what: Again,
  anew = false,
): Promise<void> {
  const { site, runtime } = bench;
  return context.row(name, (row, random) =>
    rounds(row, times, async (round) => {
      const mine = anew ? { ...bench, sessionId: await site.session(runtime) } : bench;
      const { work, go } = held(site.lab);
      const id = await site.propose(mine.sessionId, work.script);
      await waitFor('the command to begin', work.begun, 120_000);
      await what(mine, localId(id), random);
      writeFileSync(go, '');
      await over(mine, row, id, work, `round ${round}`);
    }),
  );
}

async function over(
  { site, sessionId, temporal }: Bench,
  row: Row,
  id: string,
  work: Workload,
  repeat: string,
): Promise<void> {
  row.n++;
  await judge(site, row, id, work, { state: 'completed' }, repeat);
  await patiently('the workflow to know the end', async () => {
    const state = await temporal.state(sessionId);
    return state !== null && !(localId(id) in state.commands);
  });
  await temporal.replay(sessionId);
}

/** Back to a random earlier step: the workflow decides again, and asks for the same effects again. */
function resetWith({ signals }: { signals: boolean }): Again {
  return async ({ temporal, sessionId }, _commandId, random) => {
    const before = await temporal.runId(sessionId);
    await temporal.resetTo(sessionId, (steps) => random.between(1, steps - 1), signals);
    await patiently('the session to be there again', async () => {
      const state = await temporal.state(sessionId);
      return state?.status === 'active' && (await temporal.runId(sessionId)) !== before;
    });
  };
}

/** The gateway sends an order that was taken before, as after a lost answer. */
async function orderAgain({ site }: Bench, commandId: string, random: Random): Promise<void> {
  for (let again = random.between(1, 3); again > 0; again--) {
    const [order] = await site.sql<{ msp_id: string; session_id: string; runtime_id: string }>(
      'update command_outbox set accepted_at = null where command_id = $1 returning msp_id, session_id, runtime_id',
      [commandId],
    );
    if (order === undefined) throw new Error('there is no such order');
    const event = { k: 'outbox', m: order.msp_id, s: order.session_id, r: order.runtime_id, c: commandId };
    await site.sql('select pg_notify($1, $2)', ['throughline', JSON.stringify(event)]);
    await patiently('the order to be accepted again', async () => {
      const rows = await site.sql('select 1 from command_outbox where command_id = $1 and accepted_at is not null', [
        commandId,
      ]);
      return rows.length > 0;
    });
  }
}

/** Steps that change nothing much, until the workflow begins a new history. */
async function continueAsNew({ site, sessionId, temporal }: Bench): Promise<void> {
  const before = await temporal.runId(sessionId);
  for (let step = 0; (await temporal.runId(sessionId)) === before; step++) {
    if (step > 400) throw new Error('the workflow never began a new history');
    const input = { sessionId, priority: step % 2 === 0 ? 'urgent' : 'normal', reason: 'to make history' };
    const answer = await site.dispatcher.act('setPriority', 'SetPriorityInput', input, '... on Session { id }');
    if (answer.code !== undefined) throw new Error(`${answer.code}: ${answer.message}`);
  }
}

/** The dispatching activity waits for a lock, loses its database connection twice, and is tried again each time. */
async function retried(bench: Bench, row: Row, round: number): Promise<void> {
  const { site, runtime, sessionId } = bench;
  const { work, go } = held(site.lab);
  writeFileSync(go, '');
  runtime.approves = false;
  const id = await site.propose(sessionId, work.script);
  await patiently('the question to be asked', async () => {
    const rows = await site.sql(`select 1 from approval_request where command_id = $1 and state = 'waiting'`, [
      localId(id),
    ]);
    return rows.length > 0;
  });
  const lock = new pg.Client({ connectionString: await site.product.databaseUrl() });
  await lock.connect();
  try {
    await lock.query('select pg_advisory_lock(hashtextextended($1, 0))', [localId(sessionId)]);
    runtime.approves = true;
    for (let times = 0; times < 2; times++) {
      const cut = await patiently('the activity to wait', async () => {
        const rows = await site.sql<{ pid: number }>(
          `select pid from pg_stat_activity where wait_event_type = 'Lock' and wait_event = 'advisory'`,
        );
        return rows[0]?.pid;
      });
      await site.sql('select pg_terminate_backend($1)', [cut]);
    }
    row.figures.cuts = Number(row.figures.cuts ?? 0) + 2;
  } finally {
    await lock.end();
  }
  await over(bench, row, id, work, `round ${round}`);
}

/** A command that ends when the test says so. */
function held(lab: string): { work: Workload; go: string } {
  const go = join(lab, `go-${process.pid}-${performance.now()}`);
  if (existsSync(go)) throw new Error('two commands share a file');
  const work = counted(
    lab,
    `seq 1 500; until [ -e ${go} ]; do sleep 0.02; done; seq 501 1000`,
    NUMBERS,
    Buffer.alloc(0),
  );
  return { work, go };
}

const NUMBERS = Buffer.from(Array.from({ length: 1000 }, (_, i) => `${i + 1}\n`).join(''));
