import type { FaultTest } from './row.ts';
import { killOne } from './t1-kill-one.ts';
import { killTwo } from './t2-kill-two.ts';
import { badNetwork } from './t3-network.ts';

/** Every fault test by its name. */
export const FAULTS: Record<string, FaultTest> = {
  T1: (context) => killOne(context),
  T2: killTwo,
  T3: (context) => badNetwork(context),
};
