import { setTimeout as sleep } from 'node:timers/promises';

const STEP_MS = 40;
/** What one look takes at most where the machine has time for it. */
const CALM_LOOK_MS = 120;

/**
 * Waits until `check` holds, and fails once it did not for `ms`. Of a look that took long only what it takes on a quiet machine is counted:
 * a machine that is busy with other things makes looks slow and the product no slower than it may be.
 */
export async function calmly(ms: number, what: string, check: () => Promise<boolean>): Promise<void> {
  let counted = 0;
  for (;;) {
    const from = Date.now();
    if (await check()) return;
    await sleep(STEP_MS);
    counted += Math.min(Date.now() - from, CALM_LOOK_MS);
    if (counted > ms) throw new Error(`${what}: not within ${ms} ms`);
  }
}
