import { describe, expect, it } from 'vitest';
import { type QueuePlace, inQueueOrder } from './queue-order.ts';

const place = (number: number, over: Partial<QueuePlace> = {}): QueuePlace => ({
  urgent: false,
  dueAt: 1000,
  openedAt: 100,
  number,
  ...over,
});
const sorted = (...places: QueuePlace[]) => [...places].sort(inQueueOrder).map((p) => p.number);

describe('F069 the order of a queue', () => {
  it('urgent stands on top, however new it is and however late it is due', () => {
    expect(sorted(place(1), place(2, { urgent: true, dueAt: 9000, openedAt: 900 }))).toEqual([2, 1]);
  });
  it('then what is due first, and a session without a limit comes after those with one', () => {
    expect(sorted(place(1, { dueAt: null }), place(2, { dueAt: 3000 }), place(3, { dueAt: 2000 }))).toEqual([3, 2, 1]);
  });
  it('then the oldest, and sessions opened at once by their number', () => {
    expect(sorted(place(3), place(2), place(1, { openedAt: 200 }))).toEqual([2, 3, 1]);
    expect(sorted(place(2, { dueAt: null }), place(1, { dueAt: null }))).toEqual([1, 2]);
  });
});
