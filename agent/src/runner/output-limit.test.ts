import { expect, it } from 'vitest';
import { OutputLimit } from './output-limit.ts';

const limitOf = (maxOutputBytes: number | null, limitedBy: 'order' | 'owner' | null = 'order') => {
  const said: string[] = [];
  return { said, limit: new OutputLimit({ maxOutputBytes, limitedBy }, (remark) => said.push(remark)) };
};

it('lets exactly the limit through, calls out once at the first byte beyond, and counts what is left out', () => {
  const { said, limit } = limitOf(10);
  expect(limit.take(Buffer.from('123456')).toString()).toBe('123456');
  expect(limit.take(Buffer.from('7890')).toString()).toBe('7890');
  // Full to the last byte is not over the limit.
  expect(limit.isReached).toBe(false);
  expect(limit.remark()).toBeNull();
  expect(limit.take(Buffer.from('ab'))).toHaveLength(0);
  expect(limit.take(Buffer.from('c'))).toHaveLength(0);
  expect(said).toEqual([expect.stringContaining('reached 10 bytes, set in the order')]);
  expect(limit.remark()).toContain('3 bytes beyond the limit');
});

it('cuts a piece in two at the limit, and has none where none is set', () => {
  const { said, limit } = limitOf(4, 'owner');
  expect(limit.take(Buffer.from('123456')).toString()).toBe('1234');
  expect(said[0]).toContain('set by the owner of this computer');
  const none = limitOf(null, null);
  expect(none.limit.take(Buffer.alloc(1_000_000))).toHaveLength(1_000_000);
  expect(none.said).toEqual([]);
});
