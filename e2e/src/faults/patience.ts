/** Like waitFor, for probes that fail while what they ask is down: errors count as "not yet", and the last one is told. */
export async function patiently<T>(
  what: string,
  probe: () => T | Promise<T>,
  withinMs = 60_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found) return found as NonNullable<Exclude<T, false>>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain for: ${what}`, { cause: last });
    await pause(25);
  }
}

/** A random moment is a length of time, not a condition; everything else waits for conditions. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
