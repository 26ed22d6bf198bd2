import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { waitFor } from '@throughline/infra/testing/wait-for';
import pg from 'pg';
import { completed, propose } from './lab/command.ts';
import { type House, openHouse } from './lab/house.ts';
import { databaseAlone } from './lab/database-alone.ts';
import { openActiveSession } from './lab/session.ts';
import { type Ssh, startSshd } from './peers/sshd.ts';
import type { BenchContext, BenchResult } from './result.ts';
import { median } from './stats.ts';

const BYTES = 256 * 1024 ** 2;
const ROUNDS = 3;
const AT_ONCE = 8;
const EACH_BYTES = 64 * 1024 ** 2;
const MOST_MS = 120_000;
/** How late the end of a command may be noticed here. People hear of it by a subscription and ask nothing. */
const ASK_EVERY_MS = 200;

/**
 * Long output, from a command's start until every byte is stored, compared and judged equal to what the endpoint signed: one
 * command, then eight at once, by the runtime as it is installed. Beside it the same bytes over ssh, and the same rows into the same database by nobody else.
 */
export async function throughput(context: BenchContext): Promise<BenchResult> {
  const house = await openHouse(context);
  const sessionId = await openActiveSession(house);
  const ssh = await startSshd(context);
  const [long, short] = [await lines(context, BYTES), await lines(context, EACH_BYTES)];
  const rounds: Round[] = [];
  const together: number[] = [];
  const alone: { one: number; eight: number }[] = [];
  const searchable: number[] = [];
  const peers: number[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    context.say(`round ${i + 1} of ${ROUNDS}: one command`);
    rounds.push(await round(house, sessionId, long));
    searchable.push(await searched(house));
    context.say(`round ${i + 1} of ${ROUNDS}: ${AT_ONCE} at once`);
    together.push(await atOnce(house, sessionId, short));
    await searched(house);
    alone.push({
      one: await databaseAlone(house, sessionId, 1, BYTES),
      eight: await databaseAlone(house, sessionId, AT_ONCE, EACH_BYTES),
    });
    if (ssh !== null) peers.push(await sshCat(ssh, long.file));
  }
  const rate = (ms: readonly number[], bytes = BYTES) => bytes / 1_000_000 / (median(ms) / 1000);
  const one = rate(rounds.map((r) => r.settled));
  const eight = rate(together, AT_ONCE * EACH_BYTES);
  const database = {
    one: rate(alone.map((a) => a.one)),
    eight: rate(
      alone.map((a) => a.eight),
      AT_ONCE * EACH_BYTES,
    ),
  };
  return {
    name: 'throughput',
    measures: [
      { what: 'one command, start to stored and settled', value: one, unit: 'MB/s', goal: 40, least: true },
      { what: '  until the endpoint’s runner had it all', value: rate(rounds.map((r) => r.written)), unit: 'MB/s' },
      { what: '  until the last byte was stored', value: rate(rounds.map((r) => r.stored)), unit: 'MB/s' },
      { what: '  all of it searchable after', value: median(searchable) / 1000, unit: 's' },
      { what: 'the database alone, the same rows', value: database.one, unit: 'MB/s' },
      { what: '  the product’s share of it', value: (100 * one) / database.one, unit: '%', goal: 50, least: true },
      { what: `${AT_ONCE} commands at once, together`, value: eight, unit: 'MB/s', goal: 70, least: true },
      { what: `the database alone, ${AT_ONCE} at once`, value: database.eight, unit: 'MB/s' },
      { what: '  the product’s share of it', value: (100 * eight) / database.eight, unit: '%', goal: 50, least: true },
      { what: 'read back over HTTP', value: rate(rounds.map((r) => r.download)), unit: 'MB/s' },
      ...(ssh === null ? [] : [{ what: 'peer: ssh cat to /dev/null', value: rate(peers), unit: 'MB/s' }]),
    ],
    notes: [
      `${BYTES} bytes, and ${AT_ONCE} × ${EACH_BYTES}; median of ${ROUNDS} rounds, SHA-256 checked`,
      ...(ssh === null ? ['peer left out: no sshd on this machine'] : []),
    ],
  };
}

/** A file of text and what its bytes add up to. Lines of 64 bytes, each different, so that nothing between can cheat by compressing. */
interface Lines {
  file: string;
  bytes: number;
  sha256: string;
}

async function lines({ atEnd }: BenchContext, bytes: number): Promise<Lines> {
  const folder = await mkdtemp(join(tmpdir(), 'throughline-bytes-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'bytes');
  await pipeline(Readable.from(content(bytes)), createWriteStream(file));
  return { file, bytes, sha256: await hashOf(content(bytes)) };
}

/** Milliseconds from the first start to the last command's end as the product keeps it. */
async function atOnce({ senior }: House, sessionId: string, { file, bytes, sha256 }: Lines): Promise<number> {
  const ids = await Promise.all(Array.from({ length: AT_ONCE }, () => propose(senior, sessionId, `cat ${file}`)));
  const all = await Promise.all(ids.map((id) => completed(senior, id, MOST_MS, ASK_EVERY_MS)));
  for (const { stdout } of all)
    if (stdout.bytes !== bytes || stdout.sha256 !== sha256) throw new Error('what was stored differs from the file');
  const starts = all.map((facts) => Date.parse(facts.endpointStartedAt ?? ''));
  return Math.max(...all.map((facts) => Date.parse(facts.finishedAt ?? ''))) - Math.min(...starts);
}

/** Long outputs are made searchable behind their commands; a round that is measured must not share the machine with the one before. Returns ms. */
async function searched(house: House): Promise<number> {
  const began = performance.now();
  const client = new pg.Client({ connectionString: await house.product.databaseUrl() });
  await client.connect();
  try {
    await waitFor(
      'all output to be searchable',
      async () => (await client.query('select 1 from search_outbox where done_at is null limit 1')).rowCount === 0,
      10 * MOST_MS,
    );
  } finally {
    await client.end();
  }
  return performance.now() - began;
}

interface Round {
  settled: number;
  written: number;
  stored: number;
  download: number;
}

/** Durations in ms from the endpoint's start of the command. */
async function round({ senior }: House, sessionId: string, { file, sha256 }: Lines): Promise<Round> {
  const id = await propose(senior, sessionId, `cat ${file}`);
  const facts = await completed(senior, id, MOST_MS, ASK_EVERY_MS);
  const settled = Date.now();
  if (facts.stdout.bytes !== BYTES || facts.stdout.sha256 !== sha256)
    throw new Error(
      `stored were ${facts.stdout.bytes} bytes of SHA-256 ${facts.stdout.sha256}, not ${BYTES} of ${sha256}`,
    );
  const since = (iso: string | null) => Date.parse(iso ?? '') - Date.parse(facts.endpointStartedAt ?? '');
  const began = performance.now();
  const answer = await senior.http.get(`/api/commands/${encodeURIComponent(id)}/output/stdout?download=1`);
  if (answer.body === null || !answer.ok) throw new Error(`the download answered ${answer.status}`);
  if ((await hashOf(Readable.fromWeb(answer.body))) !== sha256)
    throw new Error('what was read back differs from what was written');
  return {
    settled: settled - Date.parse(facts.endpointStartedAt ?? ''),
    written: since(facts.endpointFinishedAt),
    stored: since(facts.finishedAt),
    download: performance.now() - began,
  };
}

function* content(bytes: number): Generator<string> {
  for (let line = 1; line <= bytes / 64;) {
    let block = '';
    for (let end = Math.min(line + 1024, bytes / 64 + 1); line < end; line += 1)
      block += `${String(line).padStart(63, '0')}\n`;
    yield block;
  }
}

async function hashOf(parts: Iterable<string> | Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of parts) hash.update(part as string | Buffer);
  return hash.digest('hex');
}

function sshCat(ssh: Ssh, file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn('ssh', ssh.args(`cat ${file}`), { stdio: 'ignore' });
    child.once('close', (code) =>
      code === 0 ? resolve(performance.now() - began) : reject(new Error(`ssh ended with ${code}`)),
    );
  });
}
