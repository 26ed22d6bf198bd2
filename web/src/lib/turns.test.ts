import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTurns } from './turns.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const joined = (turns: ReturnType<typeof createTurns>, count: number) => {
  const now = new Set<number>();
  const leave = Array.from({ length: count }, (_, i) =>
    turns.join(
      () => now.add(i),
      () => now.delete(i),
    ),
  );
  return { now: () => [...now].sort(), leave };
};

it('as many as there are places follow all the time', () => {
  const { now } = joined(createTurns(2, 2_000), 2);
  vi.advanceTimersByTime(60_000);
  expect(now()).toEqual([0, 1]);
});

it('more take turns, each about as long as the others, and never more at once than there are places', () => {
  const { now } = joined(createTurns(2, 2_000), 5);
  const turns = [0, 0, 0, 0, 0];
  for (let i = 0; i < 50; i += 1) {
    expect(now()).toHaveLength(2);
    for (const follower of now()) turns[follower] = (turns[follower] ?? 0) + 1;
    vi.advanceTimersByTime(2_000);
  }
  for (const taken of turns) expect(Math.abs(taken - 20)).toBeLessThanOrEqual(1);
});

it('who leaves makes room at once, whether it followed or waited', () => {
  const { now, leave } = joined(createTurns(1, 2_000), 3);
  leave[0]?.();
  expect(now()).toContain(1);
  leave[2]?.();
  vi.advanceTimersByTime(60_000);
  expect(now(), 'nobody waits any more').toContain(1);
});
