import { setTimeout as sleep } from 'node:timers/promises';
import { publish } from '@throughline/store/notify';
import { withTenant } from '@throughline/store/tenant';
import type { FilledHouse } from './filled-house.ts';
import { subscribe } from './subscribe.ts';

/** When something was told of a session, by its plain id; in ms of `performance.now()`. What was told of all of them at once stands under ALL. */
type Times = Map<string, number[]>;

const ALL = '*';

export interface Subscribers {
  heard: Times[];
  events(): number;
  stop(): Promise<void>;
}

const BOARD_EVENTS = 'subscription BoardEvents { boardEvents { kind sessionId endpointId at } }';

/** One board subscription for each of these people, as the web app holds it. Resolves when all have their first event. */
export async function subscribeAll({ people }: FilledHouse, count: number): Promise<Subscribers> {
  let events = 0;
  const heard: Times[] = [];
  const streams = people
    .slice(0, count)
    .map(({ desk }) => subscribe<{ boardEvents: { sessionId: string | null } }>(desk.http, BOARD_EVENTS, {}));
  if (streams.length < count) throw new Error(`there are ${streams.length} people, not ${count}`);
  const first = await Promise.all(streams.map((stream) => stream.next()));
  if (first.some(({ done }) => done)) throw new Error('a subscription ended at once');
  const reading = streams.map(async (stream) => {
    const mine: Times = new Map();
    heard.push(mine);
    for await (const { boardEvents } of stream) {
      events += 1;
      const id = boardEvents.sessionId;
      note(mine, id === null ? ALL : (Buffer.from(id, 'base64').toString().split(':')[1] ?? ''), performance.now());
    }
  });
  return {
    heard,
    events: () => events,
    stop: async () => {
      // Not awaited: a stream that waits for its next event returns only with it.
      for (const stream of streams) void stream.return(undefined);
      await Promise.race([Promise.allSettled(reading), sleep(1_000)]);
    },
  };
}

/** Changes open sessions as the worker does, each in a transaction that ends with its event: so many a second, for so long. */
export async function storm({ pool, mspId }: FilledHouse, perSecond: number, seconds: number): Promise<Times> {
  const open = await pool.query<{ id: string }>(
    `select id from session where msp_id = $1 and status = 'active' order by id`,
    [mspId],
  );
  const sent: Times = new Map();
  const under: Promise<void>[] = [];
  const began = performance.now();
  for (let i = 0; i < perSecond * seconds; i += 1) {
    // By the clock and not after each commit, so that a slow database does not thin out the storm.
    const wait = began + (i * 1000) / perSecond - performance.now();
    if (wait > 1) await sleep(wait);
    const id = open.rows[(i * 7) % open.rows.length]?.id ?? '';
    under.push(
      withTenant(pool, { mspId, clients: '*' }, async (tx) => {
        await tx.query(
          `update session set waiting_on = case waiting_on when 'technician' then 'end_user' else 'technician' end where msp_id = $1 and id = $2`,
          [mspId, id],
        );
        await publish(tx, { k: 'session', m: mspId, s: id });
        note(sent, id, performance.now());
      }),
    );
  }
  await Promise.all(under);
  return sent;
}

/** From each event's COMMIT being asked for to the first news of its session after that, for one who listened. Never heard: left out. */
export function delays(sent: Times, heard: Times): { ms: number[]; lost: number } {
  const ms: number[] = [];
  let lost = 0;
  for (const [id, times] of sent) {
    const news = [...(heard.get(id) ?? []), ...(heard.get(ALL) ?? [])].sort((a, b) => a - b);
    let at = 0;
    for (const time of times) {
      while (at < news.length && (news[at] ?? 0) < time) at += 1;
      const found = news[at];
      if (found === undefined) lost += 1;
      else ms.push(found - time);
    }
  }
  return { ms, lost };
}

function note(times: Times, id: string, at: number): void {
  const list = times.get(id);
  if (list === undefined) times.set(id, [at]);
  else list.push(at);
}
