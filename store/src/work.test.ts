import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startPump } from './work.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const trouble = (error: Error): never => {
  throw error;
};

function counted(options: { everyMs: number; afterMs?: number }) {
  let drained = 0;
  const drain = async () => void (drained += 1);
  return { pump: startPump(drain, { ...options, trouble }), drained: () => drained };
}

it('a pump drains at its start, at every poke, and when its time is up', async () => {
  const { pump, drained } = counted({ everyMs: 1_000 });
  await vi.advanceTimersByTimeAsync(0);
  expect(drained()).toBe(1);
  pump.poke();
  await vi.advanceTimersByTimeAsync(0);
  expect(drained()).toBe(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(drained()).toBe(3);
  await pump.stop();
});

it('one that may wait answers several pokes by one look, so much later', async () => {
  const { pump, drained } = counted({ everyMs: 60_000, afterMs: 250 });
  await vi.advanceTimersByTimeAsync(0);
  for (let i = 0; i < 3; i += 1) pump.poke();
  await vi.advanceTimersByTimeAsync(249);
  expect(drained()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(drained()).toBe(2);
  pump.poke();
  await pump.stop();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(drained(), 'nothing begins after the stop').toBe(2);
});

it('a poke during a look makes one more look after it', async () => {
  let finish: () => void = () => undefined;
  let begun = 0;
  const pump = startPump(
    () => {
      begun += 1;
      return new Promise((resolve) => (finish = resolve));
    },
    { everyMs: 60_000, trouble },
  );
  pump.poke();
  pump.poke();
  expect(begun).toBe(1);
  finish();
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toBe(2);
  finish();
  await pump.stop();
});
