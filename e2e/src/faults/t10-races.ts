import { FINAL_STATES } from './judge.ts';
import { patiently, pause } from './patience.ts';
import type { Random } from './random.ts';
import type { FaultContext } from './row.ts';
import { type Site, localId } from './site.ts';
import { openTemporal } from './temporal.ts';

const LANES = 6;

/** T10: a cancel races its command's dispatch, start and exit; each command gets one end, and everybody agrees on it. */
export async function racedCancels(context: FaultContext): Promise<void> {
  const site = await context.site();
  const temporal = await openTemporal(site);
  context.atEnd(() => temporal.close());
  const runtimes = [await site.endpoint(), await site.endpoint()];
  for (const runtime of runtimes) context.atEnd(() => runtime.stop());
  const sessions: string[] = [];
  for (let lane = 0; lane < LANES; lane++) sessions.push(await site.session(runtimes[lane % runtimes.length]!));
  await context.row('T10 cancel, dispatch, exit', async (row, random) => {
    const all: string[] = [];
    let left = context.times(1_000);
    const lane = async (sessionId: string) => {
      while (left-- > 0 && row.failures.length < 5)
        await race(site, sessionId, random).then(
          (id) => all.push(id),
          (error: Error) => row.failures.push(`after ${all.length}: ${error.message}`),
        );
    };
    await Promise.all(sessions.map(lane));
    row.n = all.length;
    const ids = all.map(localId);
    const open = async () => {
      const [found] = await site.sql<{ n: number }>(
        'select count(*)::int as n from command where id = any($1) and not (state = any($2))',
        [ids, FINAL_STATES],
      );
      return found?.n ?? -1;
    };
    await patiently('all commands to end', async () => (await open()) === 0, 120_000).catch(() => undefined);
    if ((await open()) !== 0) row.failures.push(`${await open()} commands have no end`);
    for (const fault of await disagreements(site, ids)) row.failures.push(fault);
    for (const sessionId of sessions) {
      const still = async () => Object.keys((await temporal.state(sessionId))?.commands ?? {});
      await patiently('the workflow to hold no command', async () => (await still()).length === 0, 30_000).catch(
        () => undefined,
      );
      if ((await still()).length > 0)
        row.failures.push(`the workflow of ${localId(sessionId)} still holds ${(await still()).join(', ')}`);
    }
    const states = await site.sql<{ state: string; n: number }>(
      'select state, count(*)::int as n from command where id = any($1) group by state order by state',
      [ids],
    );
    for (const { state, n } of states) row.figures[state] = n;
  });
}

/** One command that is over in a moment, and one or two requests to stop it at about the same time. */
async function race(site: Site, sessionId: string, random: Random): Promise<string> {
  const id = await site.propose(sessionId, `seq 1 ${random.between(1, 30_000)}`);
  const cancel = async (afterMs: number) => {
    await pause(afterMs);
    // "It has ended already" is as good an answer as any.
    await site.senior.act('cancelCommand', 'CancelCommandInput', { commandId: id }, '... on Command { id }');
  };
  const afterMs = random.between(0, 150);
  await Promise.all([cancel(afterMs), ...(random.next() < 0.3 ? [cancel(afterMs + random.between(0, 20))] : [])]);
  return id;
}

/** Row, record and outbox must tell of one and the same end. */
async function disagreements(site: Site, ids: string[]): Promise<string[]> {
  const rows = await site.sql<{ id: string; state: string; verdicts: string[]; settled: boolean | null }>(
    `select c.id, c.state,
       array(select convert_from(p.payload, 'UTF8')::jsonb->>'state' from transcript_entry e
         join transcript_payload p using (msp_id, session_id, seq)
         where e.session_id = c.session_id and e.kind = 'command_verdict' and convert_from(p.payload, 'UTF8')::jsonb->>'commandId' = c.id::text) as verdicts,
       (select o.settled_at is not null from command_outbox o where o.command_id = c.id) as settled
     from command c where c.id = any($1)`,
    [ids],
  );
  return rows.flatMap(({ id, state, verdicts, settled }) => {
    const faults = [];
    if (verdicts.length !== 1)
      faults.push(`command ${id} has ${verdicts.length} verdicts (${verdicts.join(', ')}), its row says ${state}`);
    else if (verdicts[0] !== state) faults.push(`command ${id} is ${state}, the record says ${verdicts[0]}`);
    if (settled === false) faults.push(`the order of command ${id} is not settled`);
    return faults;
  });
}
