import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { paced } from './paced.ts';

describe('turns at a pace', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('F078 gathers what comes at once, and begins one turn a second at most', async () => {
    const began: number[] = [];
    const { ask } = paced(async () => began.push(performance.now()), { gatherMs: 100, apartMs: 1000 });
    const start = performance.now();
    for (let ms = 0; ms < 3000; ms += 50) {
      ask();
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(began.map((at) => at - start)).toEqual([100, 1100, 2100]);
  });

  it('F078 lets a slow answer come, and takes one turn more for all that was asked meanwhile', async () => {
    const answers: (() => void)[] = [];
    const { ask, stop } = paced(() => new Promise<void>((resolve) => answers.push(resolve)), {
      gatherMs: 0,
      apartMs: 10,
    });
    for (let i = 0; i < 5; i += 1) {
      ask();
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(answers).toHaveLength(1);
    answers[0]!();
    await vi.advanceTimersByTimeAsync(10);
    expect(answers).toHaveLength(2);
    ask();
    stop();
    answers[1]!();
    await vi.advanceTimersByTimeAsync(5000);
    expect(answers).toHaveLength(2);
  });
});
