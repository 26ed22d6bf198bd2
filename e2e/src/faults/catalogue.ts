import type { FaultTest } from './row.ts';
import { killOne } from './t1-kill-one.ts';

/** Every fault test by its name. */
export const FAULTS: Record<string, FaultTest> = {
  T1: (context) => killOne(context),
};
