import { loadavg } from 'node:os';

/** Waits, at most `mostMs`, until little else runs on this machine. Returns the load it found in the end, to be told with the numbers. */
export async function waitForQuiet(say: (line: string) => void, mostMs: number, below = 1): Promise<number> {
  const until = Date.now() + mostMs;
  while (load() > below && Date.now() < until) {
    say(`waiting for a quiet machine (load ${load()}, wanted ${below})`);
    await new Promise((resolve) => setTimeout(resolve, 10_000));
  }
  return load();
}

/** Runnable processes on average over the last minute. */
export const load = (): number => Math.round((loadavg()[0] ?? 0) * 10) / 10;
