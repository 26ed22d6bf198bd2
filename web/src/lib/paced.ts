/** How long news gather before the first is acted on, and how far apart two turns begin at least; both in ms. */
interface Pace {
  gatherMs: number;
  apartMs: number;
}

/**
 * Runs `act` soon after it is asked for, once for all that is asked until then, and never twice at a time: however often it is asked for,
 * an answer under way is waited for. `stop` takes back what has not begun.
 */
export function paced(act: () => Promise<unknown>, { gatherMs, apartMs }: Pace) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let wanted = false;
  let began = -Infinity;

  function ask(): void {
    wanted = true;
    if (running || timer !== undefined) return;
    timer = setTimeout(() => void turn(), Math.max(gatherMs, began + apartMs - performance.now()));
  }
  async function turn(): Promise<void> {
    timer = undefined;
    running = true;
    wanted = false;
    began = performance.now();
    try {
      await act();
    } finally {
      running = false;
      if (wanted) ask();
    }
  }
  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
    wanted = false;
  }
  return { ask, stop };
}
