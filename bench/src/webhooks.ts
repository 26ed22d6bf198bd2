import { randomBytes } from 'node:crypto';
import { sendTicket, ticketBody } from '@throughline/e2e/harness/psa-server';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { CLIENT_NAME, ENDPOINT_NAME, type House, made, openHouse } from './lab/house.ts';
import type { BenchContext, BenchResult } from './result.ts';
import { percentile } from './stats.ts';

const PER_SECOND = 20;
const SECONDS = 30;
/** Every tenth delivery is sent a second time. */
const REPEAT_EVERY = 10;
const MOST_MS = 180_000;

/** A storm of tickets: how fast each is safely kept, and when the last of their sessions is open. */
export async function webhooks(context: BenchContext): Promise<BenchResult> {
  const house = await openHouse(context);
  const secret = randomBytes(24).toString('base64url');
  const connection = { name: 'Bench PSA', slug: 'bench-psa', scheme: 'hmac-sha256', secret };
  await made(
    house.admin.act('createPsaConnection', 'CreatePsaConnectionInput', connection, '... on PsaConnection { id }'),
  );
  const url = `${house.product.url}/webhooks/psa/bench-psa`;
  await deliver(url, secret, 0); // the first one pays for connections and prepared statements

  context.say(`${PER_SECOND} tickets a second for ${SECONDS} s`);
  const count = PER_SECOND * SECONDS;
  const answers: Promise<number>[] = [];
  const began = performance.now();
  for (let i = 1; i <= count; i += 1) {
    // By the clock and not after each answer, so that a slow answer does not thin out the storm.
    const wait = began + (i * 1000) / PER_SECOND - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    answers.push(deliver(url, secret, i));
    if (i % REPEAT_EVERY === 0) answers.push(deliver(url, secret, i));
  }
  const sent = performance.now();
  const openAtLast = await openSessions(house);
  const latencies = await Promise.all(answers);
  context.say('all sent; waiting for the sessions');
  await waitFor('every ticket to be a session', async () => (await openSessions(house)) >= count + 1, MOST_MS);
  const drained = performance.now() - sent;
  const titles = await allTitles(house);
  const twice = titles.length - new Set(titles).size;
  const missing = count + 1 - new Set(titles).size;
  return {
    name: 'webhooks',
    measures: [
      { what: '202 latency, p50', value: percentile(latencies, 50), unit: 'ms' },
      { what: '202 latency, p99', value: percentile(latencies, 99), unit: 'ms', goal: 100 },
      { what: 'last ticket to last session open', value: drained / 1000, unit: 's', goal: 10 },
      { what: 'sessions open when the last ticket was sent', value: openAtLast - 1, unit: `of ${count}` },
      { what: 'tickets opened twice', value: twice, unit: '', goal: 0 },
      { what: 'tickets without a session', value: missing, unit: '', goal: 0 },
    ],
    notes: [`${count} tickets, ${count / REPEAT_EVERY} of them delivered twice at once, each delivery with its own id`],
  };
}

async function deliver(url: string, secret: string, ticket: number): Promise<number> {
  const body = ticketBody({
    id: 1000 + ticket,
    summary: `Ticket ${1000 + ticket}`,
    client: CLIENT_NAME,
    device: ENDPOINT_NAME,
  });
  const began = performance.now();
  const answer = await sendTicket(url, secret, randomBytes(8).toString('hex'), body);
  const took = performance.now() - began;
  const text = await answer.text();
  if (answer.status !== 202) throw new Error(`ticket ${1000 + ticket} was answered ${answer.status}: ${text}`);
  return took;
}

async function openSessions({ senior }: House): Promise<number> {
  const { sessions } = await senior.gql<{ sessions: { totalCount: number } }>('{ sessions(first: 1) { totalCount } }');
  return sessions.totalCount;
}

interface Page {
  sessions: { edges: { node: { title: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}
async function allTitles({ senior }: House): Promise<string[]> {
  const titles: string[] = [];
  for (let after: string | null = null; ;) {
    const { sessions }: Page = await senior.gql<Page>(
      'query($after: String) { sessions(first: 100, after: $after) { edges { node { title } } pageInfo { hasNextPage endCursor } } }',
      { after },
    );
    titles.push(...sessions.edges.map(({ node }) => node.title));
    if (!sessions.pageInfo.hasNextPage) return titles;
    after = sessions.pageInfo.endCursor;
  }
}
