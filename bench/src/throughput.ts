import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { completed, propose } from './lab/command.ts';
import { type House, openHouse } from './lab/house.ts';
import { openActiveSession } from './lab/session.ts';
import { type Ssh, startSshd } from './peers/sshd.ts';
import type { BenchContext, BenchResult } from './result.ts';
import { median } from './stats.ts';

const BYTES = 256 * 1024 ** 2;
const ROUNDS = 3;
const MOST_MS = 120_000;

/** One command's long output, from its start until every byte is stored, read back, and judged equal to what the endpoint signed. */
export async function throughput(context: BenchContext): Promise<BenchResult> {
  const house = await openHouse(context);
  const sessionId = await openActiveSession(house);
  const ssh = await startSshd(context);
  const file = await sameBytes(context);
  const sha256 = await hashOf(content());
  const rounds = [];
  const peers: number[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    context.say(`round ${i + 1} of ${ROUNDS}`);
    rounds.push(await round(house, sessionId, sha256));
    if (ssh !== null) peers.push(await sshCat(ssh, file));
  }
  const rate = (ms: readonly number[]) => BYTES / 1_000_000 / (median(ms) / 1000);
  return {
    name: 'throughput',
    measures: [
      {
        what: 'start to stored and settled',
        value: rate(rounds.map((r) => r.settled)),
        unit: 'MB/s',
        goal: 20,
        least: true,
      },
      { what: '  until the endpoint’s runner had it all', value: rate(rounds.map((r) => r.written)), unit: 'MB/s' },
      { what: '  until the last byte was stored', value: rate(rounds.map((r) => r.stored)), unit: 'MB/s' },
      { what: 'read back over HTTP', value: rate(rounds.map((r) => r.download)), unit: 'MB/s' },
      ...(ssh === null ? [] : [{ what: 'peer: ssh cat to /dev/null', value: rate(peers), unit: 'MB/s' }]),
    ],
    notes: [
      `${BYTES} bytes, median of ${ROUNDS} rounds, SHA-256 checked`,
      ...(ssh === null ? ['peer left out: no sshd on this machine'] : []),
    ],
  };
}

/** Durations in ms from the endpoint's start of the command. */
async function round({ senior }: House, sessionId: string, sha256: string) {
  const id = await propose(senior, sessionId, `seq -f %063.0f ${BYTES / 64}`);
  const facts = await completed(senior, id, MOST_MS);
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

/** What `seq -f %063.0f` writes: lines of 64 bytes, each different, so that nothing between can cheat by compressing. */
function* content(): Generator<string> {
  for (let line = 1; line <= BYTES / 64;) {
    let block = '';
    for (let end = Math.min(line + 1024, BYTES / 64 + 1); line < end; line += 1)
      block += `${String(line).padStart(63, '0')}\n`;
    yield block;
  }
}

async function hashOf(parts: Iterable<string> | Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of parts) hash.update(part as string | Buffer);
  return hash.digest('hex');
}

async function sameBytes({ atEnd }: BenchContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'throughline-bytes-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'bytes');
  await pipeline(Readable.from(content()), createWriteStream(file));
  return file;
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
