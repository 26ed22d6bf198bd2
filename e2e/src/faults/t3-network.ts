import pg from 'pg';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { judge } from './judge.ts';
import { Link } from './link.ts';
import { patiently, pause } from './patience.ts';
import type { Random } from './random.ts';
import { type FaultContext, type Row, rounds } from './row.ts';
import { type Site, localId } from './site.ts';
import { spread } from './table.ts';
import { steadyOutput } from './workload.ts';

/** A bad network for a while; resolves when the way is free again. */
type Trouble = (link: Link, forMs: number) => Promise<void>;

const TROUBLES: Record<string, Trouble> = {
  async cut(link, forMs) {
    await link.cut();
    await pause(forMs);
    await link.restore();
  },
  async reset(link, forMs) {
    link.resetEvery(100);
    await pause(forMs);
    await link.restore();
  },
  async delay(link, forMs) {
    link.delayMs = 1_000;
    await pause(forMs);
    await link.restore();
  },
  /** Nothing comes through and nothing ends; then the network is back and has forgotten the old connections. */
  async 'half-open'(link, forMs) {
    link.goSilent();
    await pause(forMs);
    await link.restore();
    link.reset();
  },
};
const RESUME_WITHIN_MS = 2_000;
/** The runtime counts the gateway as gone after 30 s of silence; then it connects anew. */
const NOTICE_SILENCE_WITHIN_MS = 33_000;

/** T3: cut, reset, delayed and half-open networks between runtime and gateway. */
export async function badNetwork(
  context: FaultContext,
  options: { silence: boolean } = { silence: true },
): Promise<void> {
  const site = await context.site();
  const link = await Link.open(Number(new URL(site.product.url).port));
  context.atEnd(() => link.close());
  const runtime = await site.endpoint({ server: link.url });
  context.atEnd(() => runtime.stop());
  const sessionId = await site.session(runtime);
  const each = Math.max(1, Math.round(context.times(60) / Object.keys(TROUBLES).length));
  for (const [name, trouble] of Object.entries(TROUBLES))
    await context.row(`T3 ${name}`, async (row, random) => {
      const resumed: number[] = [];
      await rounds(row, each, async (round) => {
        const forMs = random.between(200, 5_000);
        const ms = await troubled({ site, link, sessionId, row, random, trouble, forMs, round });
        if (ms === null || name === 'delay') return;
        resumed.push(ms);
        if (ms > RESUME_WITHIN_MS)
          row.failures.push(
            `round ${round} (${forMs} ms of ${name}): output came again only ${Math.round(ms)} ms after the link was back`,
          );
      });
      Object.assign(row.figures, spread('resumed', resumed));
    });
  if (!options.silence) return;
  await context.row('T3 silence for ever', async (row, random) => {
    const noticed: number[] = [];
    await rounds(row, Math.max(1, Math.round(context.times(60) / 30)), async (round) => {
      const trouble: Trouble = async (silent) => {
        silent.goSilent();
        await pause(500);
        await silent.restore(); // new connections work at once, the old one stays dead and says nothing
      };
      const ms = await troubled({ site, link, sessionId, row, random, trouble, forMs: 500, round });
      if (ms === null) throw new Error('the command was over before the network went silent');
      noticed.push(ms);
      if (ms > NOTICE_SILENCE_WITHIN_MS)
        row.failures.push(`round ${round}: the dead connection was noticed after ${Math.round(ms)} ms`);
    });
    Object.assign(row.figures, spread('noticed', noticed));
  });
}

/** One command whose network goes bad in its middle. Resolves with the ms from the link's return to the next stored output, null when nothing was left to come. */
async function troubled(parts: {
  site: Site;
  link: Link;
  sessionId: string;
  row: Row;
  random: Random;
  trouble: Trouble;
  forMs: number;
  round: number;
}): Promise<number | null> {
  const { site, link, random, forMs, round } = parts;
  const work = steadyOutput(site.lab, random);
  const afterMs = random.between(0, work.lastsMs - 1_000);
  const id = await site.propose(parts.sessionId, work.script);
  await waitFor('the command to begin', work.begun, 120_000);
  await pause(afterMs);
  const stored = await follow(site, localId(id));
  try {
    await parts.trouble(link, forMs);
    const back = performance.now();
    const before = await stored.frames();
    const came = await patiently('output to come again', async () => {
      if ((await stored.frames()) > before) return 'more';
      return (await stored.isOver()) ? 'all was there' : null;
    });
    const ms = came === 'more' ? performance.now() - back : null;
    parts.row.n++;
    await judge(
      site,
      parts.row,
      id,
      work,
      { state: 'completed_with_errors' },
      `round ${round} (after ${afterMs} ms for ${forMs} ms)`,
    );
    return ms;
  } finally {
    await stored.end();
  }
}

/** How many frames Postgres holds of a command, over a connection kept open. */
async function follow(site: Site, commandId: string) {
  const client = new pg.Client({ connectionString: await site.product.databaseUrl() });
  await client.connect();
  return {
    async frames(): Promise<number> {
      const { rows } = await client.query<{ next: number }>(
        'select next_seq as next from output_head where command_id = $1',
        [commandId],
      );
      return rows[0]?.next ?? 0;
    },
    async isOver(): Promise<boolean> {
      const { rows } = await client.query('select 1 from command where id = $1 and finished_at is not null', [
        commandId,
      ]);
      return rows.length > 0;
    },
    end: () => client.end(),
  };
}
