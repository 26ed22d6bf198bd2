import { afterAll, describe, expect, it } from 'vitest';
import { POINTS } from './faults/journal-points.ts';
import { randomOf } from './faults/random.ts';
import { type FaultTest, createContext } from './faults/row.ts';
import { forgedOrders } from './faults/s3-envelopes.ts';
import { copiedIdentities, revokedRuntimes } from './faults/s5-identity.ts';
import { Site } from './faults/site.ts';
import { killOne } from './faults/t1-kill-one.ts';
import { killTwo } from './faults/t2-kill-two.ts';
import { badNetwork } from './faults/t3-network.ts';
import { dieAtJournal } from './faults/t4-journal.ts';
import { protocolAgainstModel } from './faults/t5-protocol.ts';
import { storeAgainstModel } from './faults/t5-store.ts';
import { doneAgain } from './faults/t6-redelivery.ts';
import { fullDisks } from './faults/t8-full.ts';
import { racedDecisions } from './faults/t9-decisions.ts';
import { racedCancels } from './faults/t10-races.ts';
import { exactBytes } from './faults/t12-bytes.ts';
import { lateMarks } from './faults/t13-late-marks.ts';
import { temporalAway } from './faults/t13-temporal-away.ts';
import { tableOf } from './faults/table.ts';

/*
 * The short form of `npm run faults`: the same tests, few times each, so that it stays within minutes. FAULTS_SEED
 * repeats a run; docs/FAULTS.md has what the long form found.
 */
const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000_000);
let shared: Promise<Site> | null = null;

const SHORT: [title: string, times: number, test: FaultTest][] = [
  ['T5 F026 the real sender and the model of the store agree, whatever the wire does', 3_000, protocolAgainstModel],
  [
    'S3 F053 forged, expired, replayed, misdirected and edited orders are refused, each for its reason',
    2_600,
    forgedOrders,
  ],
  ['T4 F015 runtime or runner dies at a durable write, and the state table holds', 1, atSomePoints],
  ['T1 F015 kill -9 of each part in the middle of a command', 8, (context) => killOne(context)],
  ['T2 F015 two parts killed at once', 2, killTwo],
  ['T3 F016 cut, reset, slow and half-open networks', 4, (context) => badNetwork(context, { silence: false })],
  ['T5 F026 append_output and the model of the store agree', 3_000, storeAgainstModel],
  ['T6 F015 reset, continue-as-new, orders sent again, activities retried: executions 1', 5, doneAgain],
  ['T8 F016 no room on the disk, and long output offline', 1, (context) => fullDisks(context, 20 * 1024 ** 2)],
  [
    'T9 F048 F057 answers (of named approvers too), withdrawals, reassignments and the end of the wait raced: one decision each',
    60,
    racedDecisions,
  ],
  ['T10 F023 cancel, dispatch and exit raced: one end each', 40, racedCancels],
  [
    'T12 F026 F027 long output and odd encodings are kept byte for byte, and the runtime stays small',
    1,
    (context) => exactBytes(context, { long: 64 * 1024 ** 2, odd: 2 * 1024 ** 2 }),
  ],
  ['T13 F080 an SLA mark whose worker is killed over it is late by 5 s at most', 1, lateMarks],
  [
    'T13 F080 SLA marks that fell due while Temporal was away come within 5 s of its return',
    4,
    (context) => temporalAway(context, 15_000),
  ],
  ['S5 F009 cloned and restored data folders are locked, a token works once', 1, copiedIdentities],
  ['S6 F009 a revoked runtime is cut off and runs nothing more', 1, revokedRuntimes],
];

/** All points take a minute or more; a third of them, another third with another seed. */
function atSomePoints(context: Parameters<FaultTest>[0]): Promise<void> {
  const random = randomOf(seed, 'which points');
  return dieAtJournal(
    context,
    POINTS.filter(() => random.next() < 0.33),
  );
}

describe.sequential('faults', () => {
  afterAll(async () => {
    await (await shared?.catch(() => null))?.close();
  }, 120_000);

  it.each(SHORT)(
    '%s',
    async (_title, times, test) => {
      const say = (line: string) => void process.stderr.write(`${line}\n`);
      const { context, rows, finish } = createContext({ seed, times, say, site: () => (shared ??= Site.open()) });
      try {
        await test(context);
      } finally {
        await finish();
      }
      say(`${tableOf(rows)}\nseed ${seed}`);
      expect(
        rows.flatMap((row) => row.failures),
        `FAULTS_SEED=${seed} repeats it`,
      ).toEqual([]);
    },
    900_000,
  );
});
