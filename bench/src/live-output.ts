import { spawn } from 'node:child_process';
import { propose } from './lab/command.ts';
import { type House, openHouse } from './lab/house.ts';
import { openActiveSession } from './lab/session.ts';
import { subscribe } from './lab/subscribe.ts';
import { type Ssh, startSshd } from './peers/sshd.ts';
import type { BenchContext, BenchResult } from './result.ts';
import { median, percentile } from './stats.ts';

const LINES = 200;
/** Each line is the moment at which the child wrote it, in seconds since the epoch with six decimals: bash's own variable. */
const SCRIPT = `for i in $(seq ${LINES}); do echo $EPOCHREALTIME; sleep 0.1; done`;

interface Output {
  commandOutput: { stream: number; bytes: string };
}
const OUTPUT = 'subscription($id: ID!) { commandOutput(commandId: $id, after: 0) { stream bytes } }';

/**
 * From a line that a running command writes to its arrival in the browser's subscription. The page is told after COMMIT, in the same
 * moment in which the runtime is sent its acknowledgement, so that this bounds "stored and acknowledged" as well.
 */
export async function liveOutput(context: BenchContext): Promise<BenchResult> {
  const house = await openHouse(context);
  const sessionId = await openActiveSession(house);
  const ssh = await startSshd(context);
  context.say(`${LINES} lines, ten a second`);
  const seen = await lines(house, sessionId);
  const peers = ssh === null ? [] : await sshLines(ssh);
  return {
    name: 'live-output',
    measures: [
      { what: 'written by the child to seen in the subscription, p50', value: median(seen), unit: 'ms', goal: 150 },
      { what: '  p95', value: percentile(seen, 95), unit: 'ms' },
      { what: '  p99, and so stored and acknowledged within', value: percentile(seen, 99), unit: 'ms', goal: 250 },
      ...(ssh === null
        ? []
        : [
            { what: 'peer: the same lines over ssh, p50', value: median(peers), unit: 'ms' },
            { what: 'peer: the same lines over ssh, p99', value: percentile(peers, 99), unit: 'ms' },
          ]),
    ],
    notes: [
      `${LINES} lines of one command, 100 ms apart`,
      ...(ssh === null ? ['peer left out: no sshd on this machine'] : []),
    ],
  };
}

async function lines({ senior }: House, sessionId: string): Promise<number[]> {
  const id = await propose(senior, sessionId, SCRIPT);
  const reader = new LineReader();
  for await (const { commandOutput } of subscribe<Output>(senior.http, OUTPUT, { id })) {
    reader.take(Buffer.from(commandOutput.bytes, 'base64').toString());
    if (reader.ages.length >= LINES) return reader.ages;
  }
  throw new Error(`the stream ended after ${reader.ages.length} of ${LINES} lines`);
}

function sshLines(ssh: Ssh): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const reader = new LineReader();
    const child = spawn('ssh', ssh.args(`bash -c '${SCRIPT}'`), { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.on('data', (bytes: Buffer) => reader.take(bytes.toString()));
    child.once('close', (code) =>
      code === 0 ? resolve(reader.ages) : reject(new Error(`ssh ended with ${code} after ${reader.ages.length} lines`)),
    );
  });
}

/** How old each line was, in ms, when it came. */
class LineReader {
  readonly ages: number[] = [];
  #open = '';

  take(text: string): void {
    const now = performance.timeOrigin + performance.now();
    const all = (this.#open + text).split('\n');
    this.#open = all.pop() ?? '';
    for (const line of all) this.ages.push(now - Number(line) * 1000);
  }
}
