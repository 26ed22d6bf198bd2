import { spawn } from 'node:child_process';
import { type CommandFacts, completed, propose } from './lab/command.ts';
import { type House, openHouse } from './lab/house.ts';
import { openActiveSession } from './lab/session.ts';
import { subscribe } from './lab/subscribe.ts';
import { type Ssh, startSshd } from './peers/sshd.ts';
import type { BenchContext, BenchResult, Measure } from './result.ts';
import { median, percentile } from './stats.ts';

/** A desk at work: by then its processes have compiled what they run, and its connections have planned what they ask. */
const WARM_UP = 40;
/** The first of those, for whoever has just started it. */
const FIRST = 10;
const SAMPLES = 60;
/** A person reads before typing on; the endpoint prepares its next runner meanwhile. */
const PAUSE_MS = 1_000;
const AT_ONCE_SAMPLES = 15;
/** The moment at which the process runs, by its own clock: seconds since the epoch with six decimals, a variable of bash. */
const ECHO = 'echo $EPOCHREALTIME';

interface Sample {
  /** Milliseconds from sending the mutation. */
  firstByte: number;
  answered: number;
  /** The same way by the times the product keeps, and by the process's own clock. */
  proposed: number;
  dispatched: number;
  started: number;
  runs: number;
  written: number;
}

interface Output {
  commandOutput: { bytes: string; at: string };
}
const OUTPUT = 'subscription($id: ID!) { commandOutput(commandId: $id, after: 0) { bytes at } }';

/** From a technician's click to the first byte of the command's output in the browser, in a session at work. */
export async function firstByte(context: BenchContext): Promise<BenchResult> {
  const house = await openHouse(context);
  const sessionId = await openActiveSession(house);
  const ssh = await startSshd(context);
  context.say(`${WARM_UP} commands to warm up`);
  const cold: number[] = [];
  for (let i = 0; i < WARM_UP; i += 1) cold.push((await sample(house, sessionId, ECHO, PAUSE_MS)).runs);
  context.say(`${SAMPLES} commands, a second apart`);
  const samples: Sample[] = [];
  const peers: number[] = [];
  for (let i = 0; i < SAMPLES; i += 1) {
    samples.push(await sample(house, sessionId, ECHO, PAUSE_MS));
    // Side by side with its peer, so that both meet the same load.
    if (ssh !== null) peers.push(await sshEcho(ssh));
  }
  context.say(`${AT_ONCE_SAMPLES} commands, each as soon as the one before is settled`);
  const atOnce: number[] = [];
  for (let i = 0; i < AT_ONCE_SAMPLES; i += 1) atOnce.push((await sample(house, sessionId, ECHO, 0)).firstByte);
  const of = (key: keyof Sample) => samples.map((each) => each[key]);
  const leg = (what: string, key: keyof Sample): Measure => ({
    what: `  of it, until ${what}, p50`,
    value: median(of(key)),
    unit: 'ms',
  });
  return {
    name: 'first-byte',
    measures: [
      { what: 'accept to first output byte, p50', value: median(of('firstByte')), unit: 'ms', goal: 120 },
      { what: 'accept to first output byte, p99', value: percentile(of('firstByte'), 99), unit: 'ms', goal: 500 },
      { what: 'accept to process started, p50', value: median(of('runs')), unit: 'ms', goal: 60 },
      { what: 'accept to process started, p95', value: percentile(of('runs'), 95), unit: 'ms' },
      { what: 'accept to process started, p99', value: percentile(of('runs'), 99), unit: 'ms', goal: 250 },
      { what: `  of the first ${FIRST} after the start, p50`, value: median(cold.slice(0, FIRST)), unit: 'ms' },
      leg('the api wrote the proposal down', 'proposed'),
      leg('the order is signed and in the outbox (Temporal, worker)', 'dispatched'),
      leg('the mutation is answered', 'answered'),
      leg('STARTED is on the endpoint’s disk (gateway, runtime, runner)', 'started'),
      leg('the process runs (spawn)', 'runs'),
      leg('the runner has the byte', 'written'),
      { what: 'without a pause between commands, p50', value: median(atOnce), unit: 'ms' },
      ...(ssh === null
        ? []
        : [
            { what: 'peer: ssh echo over an open connection, p50', value: median(peers), unit: 'ms' },
            { what: 'peer: ssh echo over an open connection, p99', value: percentile(peers, 99), unit: 'ms' },
          ]),
    ],
    notes: [
      `${SAMPLES} commands in sequence, ${PAUSE_MS} ms apart, after ${WARM_UP} others`,
      ...(ssh === null ? ['peer left out: no sshd on this machine'] : []),
    ],
  };
}

async function sample({ senior }: House, sessionId: string, script: string, pauseMs: number): Promise<Sample> {
  const clicked = Date.now();
  const began = performance.now();
  const id = await propose(senior, sessionId, script);
  const answered = performance.now() - began;
  const first = await firstOutput(subscribe<Output>(senior.http, OUTPUT, { id }));
  const firstByte = performance.now() - began;
  const text = Buffer.from(first.bytes, 'base64').toString();
  if (!/^\d+\.\d{6}\n$/.test(text)) throw new Error(`the output of ${script} was ${text}`);
  const facts = await completed(senior, id);
  if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  const runs = Number(text) * 1000 - clicked;
  return { firstByte, answered, ...legs(facts, clicked), runs, written: Date.parse(first.at) - clicked };
}

async function firstOutput(outputs: AsyncGenerator<Output>): Promise<Output['commandOutput']> {
  for await (const { commandOutput } of outputs) return commandOutput;
  throw new Error('the stream ended without output');
}

function legs(facts: CommandFacts, clicked: number): Pick<Sample, 'proposed' | 'dispatched' | 'started'> {
  const since = (iso: string | null) => (iso === null ? Number.NaN : Date.parse(iso) - clicked);
  return {
    proposed: since(facts.proposedAt),
    dispatched: since(facts.dispatchedAt),
    started: since(facts.endpointStartedAt),
  };
}

function sshEcho(ssh: Ssh): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn('ssh', ssh.args('echo sample'), { stdio: ['ignore', 'pipe', 'ignore'] });
    let took: number | null = null;
    child.stdout.once('data', () => (took = performance.now() - began));
    child.once('close', (code) => {
      if (took === null) reject(new Error(`ssh ended with ${code} and no output`));
      else resolve(took);
    });
  });
}
