/**
 * Runs `act` now, or, where it still runs, once more when it has ended: however often it is asked for. Reading again before an answer
 * has come would throw that answer away, and where answers take longer than news there would never be one.
 */
export function oneAtATime(act: () => unknown): () => Promise<void> {
  let running = false;
  let wanted = false;
  return async function run(): Promise<void> {
    if (running) {
      wanted = true;
      return;
    }
    running = true;
    try {
      await act();
    } finally {
      running = false;
    }
    if (wanted) {
      wanted = false;
      await run();
    }
  };
}
