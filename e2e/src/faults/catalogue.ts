import type { FaultTest } from './row.ts';
import { VICTIMS, killOne } from './t1-kill-one.ts';
import { killTwo } from './t2-kill-two.ts';
import { badNetwork } from './t3-network.ts';
import { dieAtJournal } from './t4-journal.ts';
import { protocolAgainstModel } from './t5-protocol.ts';
import { storeAgainstModel } from './t5-store.ts';
import { chainedResets, doneAgain } from './t6-redelivery.ts';
import { forgedOrders } from './s3-envelopes.ts';
import { copiedIdentities, revokedRuntimes } from './s5-identity.ts';
import { racedDecisions } from './t9-decisions.ts';
import { racedCancels } from './t10-races.ts';
import { exactBytes } from './t12-bytes.ts';
import { lateMarks } from './t13-late-marks.ts';
import { temporalAway } from './t13-temporal-away.ts';
import { underSystemd } from './t14-systemd.ts';
import { fullDisks } from './t8-full.ts';

/** Every fault test by its name; those that `npm run faults` runs when none is named. */
export const FAULTS: Record<string, FaultTest> = {
  T1: (context) => killOne(context),
  T2: killTwo,
  T3: (context) => badNetwork(context),
  T4: (context) => dieAtJournal(context),
  T5: async (context) => {
    await protocolAgainstModel(context);
    await storeAgainstModel(context);
  },
  T6: doneAgain,
  T8: fullDisks,
  T9: racedDecisions,
  T10: racedCancels,
  T12: (context) => exactBytes(context),
  T13: async (context) => {
    await lateMarks(context);
    await temporalAway(context, 30_000);
  },
  T14: (context) => underSystemd(context),
  S3: forgedOrders,
  S5: copiedIdentities,
  S6: revokedRuntimes,
};

/** Parts of tests, to look closer: `T1-postgres` kills Postgres alone. */
export const PARTS: Record<string, FaultTest> = {
  ...Object.fromEntries(
    VICTIMS.map((victim): [string, FaultTest] => [`T1-${victim}`, (context) => killOne(context, [victim])]),
  ),
  'T6-chained': chainedResets,
  /** As long as the promise says; it takes that long, and costs next to nothing. */
  'T13-hour': (context) => temporalAway(context, 3_600_000),
  'T14-stop': (context) => underSystemd(context, ['stop']),
  'T14-machine': (context) => underSystemd(context, ['update', 'power', 'reboot']),
  'T14-update': (context) => underSystemd(context, ['update']),
  'T14-reboot': (context) => underSystemd(context, ['reboot']),
  'T14-power': (context) => underSystemd(context, ['power']),
  'T13-away': (context) => temporalAway(context, 30_000),
};
