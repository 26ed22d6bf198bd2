import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '@throughline/domain/bytes';
import type { GatewayMessage } from '@throughline/domain/agent-protocol';
import { TestEndpoint } from '@throughline/agent/testing/endpoint';
import { ownProgram } from '@throughline/agent/own-program';
import { FakeGateway, type StoredCommand } from '@throughline/agent/testing/fake-gateway';
import { compare } from './judge.ts';
import { POINTS, type Point } from './journal-points.ts';
import { pause } from './patience.ts';
import { type FaultContext, type Row, rounds } from './row.ts';
import { type Workload, counted } from './workload.ts';

const DIE_AT = new URL('./die-at.mjs', import.meta.url).href;
const ENDS_WITHIN_MS = 40_000;

/** T4: runtime or runner dies right before or after each durable write; the state table must hold. */
export async function dieAtJournal(context: FaultContext, points: readonly Point[] = POINTS): Promise<void> {
  const lab = mkdtempSync(join(tmpdir(), 'throughline-t4-'));
  context.atEnd(() => rmSync(lab, { recursive: true, force: true }));
  const gateway = await FakeGateway.start();
  context.atEnd(() => gateway.stop());
  const endpoint = new TestEndpoint(gateway);
  context.atEnd(() => endpoint.remove());
  const armed = join(lab, 'die-at');
  // From the sources: what makes it die is loaded before them.
  endpoint.program = ownProgram();
  endpoint.environment = { NODE_OPTIONS: `--import=${DIE_AT}`, THROUGHLINE_DIE_AT: armed };
  await endpoint.enroll();
  await endpoint.start();
  await endpoint.consent();
  const bench = { gateway, endpoint, armed };
  await context.row('T4 journal points', async (row, random) => {
    row.figures.points = points.length;
    await rounds(row, context.times(5), async (round) => {
      for (const point of points) {
        const lines = random.between(1, 3_000);
        const work = twoHalves(lab, lines);
        await die(bench, row, point, work, `round ${round}, died at “${point.deaths.join('”, then “')}”`);
      }
    });
  });
}

interface Bench {
  gateway: FakeGateway;
  endpoint: TestEndpoint;
  armed: string;
}

async function die(bench: Bench, row: Row, point: Point, work: Workload, repeat: string): Promise<void> {
  const { gateway, endpoint, armed } = bench;
  const message = gateway.envelope({
    ...(await endpoint.allowed({ script: work.script })),
    ...(point.by === 'order without consent' ? { approvals: [] } : {}),
  });
  const stored = gateway.command(message.commandId);
  const cancel: GatewayMessage = { type: 'cancel', commandId: message.commandId };
  const first: GatewayMessage[] = point.by === 'cancel before order' ? [cancel] : [];
  writeFileSync(armed, point.deaths.join('\n'));
  if (point.by === 'reconnect') {
    gateway.cut();
    await followUp(
      bench,
      () => !existsSync(armed),
      () => undefined,
    );
  }
  for (const each of [...first, message]) gateway.send(each);
  // As the real gateway does after each welcome: what was not taken comes again.
  await followUp(
    bench,
    () => stored.settled && !existsSync(armed),
    () => {
      if (stored.accepts > 0 || stored.refusal || stored.unknown) return;
      for (const each of [...first, message]) gateway.send(each);
    },
  );
  row.n++;
  const fail = (what: string) => row.failures.push(`${repeat}: ${what} (command ${message.commandId})`);
  if (existsSync(armed)) {
    fail('the point never came up');
    rmSync(armed);
  }
  if (!stored.settled) fail('it did not come to an end');
  // Settled, and ordered once more: it is told how it ended, and nothing runs.
  const before = work.executions();
  const last = gateway.envelope({ script: 'true' });
  const both = () => [message, last].forEach((each) => gateway.send(each));
  both();
  await followUp(bench, () => gateway.command(last.commandId).settled, both);
  // A child whose runner died right behind the spawn may get to its first step only now, on a busy machine: that is its one execution, not another.
  const late = point.outcome === 'unknown' && before === 0 ? 1 : 0;
  if (work.executions() > before + late) fail('it ran again after it was settled');
  look(row, stored, work, point, fail);
}

/** Starts the runtime again whenever it died, until the condition holds (or the time is up, which the caller sees). */
async function followUp({ gateway, endpoint }: Bench, over: () => boolean, joined: () => void): Promise<void> {
  const deadline = performance.now() + ENDS_WITHIN_MS;
  let hellos = gateway.hellos.length;
  while (!over() && performance.now() < deadline) {
    const child = endpoint.process;
    if (child && (child.exitCode !== null || child.signalCode !== null)) await endpoint.start();
    if (gateway.online && gateway.hellos.length > hellos) {
      hellos = gateway.hellos.length;
      joined();
    }
    await pause(5);
  }
}

function look(row: Row, stored: StoredCommand, work: Workload, { outcome }: Point, fail: (what: string) => void): void {
  const executions = work.executions();
  if (executions > 1) row.ranTwice++;
  const ended = stored.exit ? 'once' : stored.unknown ? 'unknown' : stored.refusal ? 'refused' : 'nothing';
  if (ended !== outcome.split(',')[0]) fail(`it ended as ${ended}, not ${outcome}`);
  const allowed = { once: [1], unknown: [0, 1], 'unknown, not run': [0], refused: [0] }[outcome];
  if (!allowed.includes(executions)) fail(`it ran ${executions} times`);
  for (const [stream, wanted, found] of [
    ['stdout', work.stdout, stored.stdout],
    ['stderr', work.stderr, stored.stderr],
  ] as const) {
    // Where the runner died, what it had kept is a beginning of the whole; nothing of it may be wrong or twice.
    const { lost, twice } = compare(stored.exit ? wanted : wanted.subarray(0, found.length), found);
    row.bytesLost += lost;
    row.bytesDuplicated += twice;
    if (outcome !== 'refused' && lost + twice > 0) fail(`${stream} differs: ${lost} bytes lost, ${twice} twice`);
  }
  if (stored.exit && toHex(stored.chain) !== stored.exit.chainHead) fail('the output chain differs');
}

function twoHalves(lab: string, lines: number): Workload {
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\n`).join('');
  const body = `seq 1 ${lines}; echo half >&2; sleep 0.15; seq ${lines + 1} ${2 * lines}`;
  return counted(lab, body, Buffer.from(numbers(1, 2 * lines)), Buffer.from('half\n'));
}
