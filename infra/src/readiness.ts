import { diskFull, hasNoSpace } from './disk.ts';
import { PartFailure } from './part-failure.ts';
import type { Screen } from './screen.ts';

const PATIENCE_MS = 120_000;

/** After so long without readiness, a full disk is why, and not something that passes. */
const FULL_DISK_MS = 10_000;

/** Waits until `/readyz` answers 200. Says what is still missing every ten seconds, and in the end. `folder`: the data. */
export async function waitUntilReady(url: string, screen: Screen, folder: string): Promise<void> {
  const began = Date.now();
  let lastSaid = began;
  let last = 'it does not answer yet';
  while (Date.now() - began < PATIENCE_MS) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      if (response.ok) return;
      last = `it answers ${response.status}: ${(await response.text()).slice(0, 500)}`;
    } catch (error) {
      last =
        error instanceof Error && error.name === 'TimeoutError'
          ? 'it does not answer in 5 s'
          : 'it does not listen yet';
    }
    if (Date.now() - lastSaid > 10_000) {
      lastSaid = Date.now();
      screen.part('api', `not ready yet, ${last}`);
    }
    if (Date.now() - began > FULL_DISK_MS && hasNoSpace(folder)) throw diskFull('Start', folder, new Error(last));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new PartFailure('Start', `not ready after ${PATIENCE_MS / 1_000} s: ${last}`, 'read the logs in DATA_DIR/logs');
}
