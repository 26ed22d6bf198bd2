import { describe, expect, it } from 'vitest';
import { median, percentile } from './stats.ts';

describe('percentiles of samples', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);

  it('takes the nearest rank, whatever the order of the samples', () => {
    expect(percentile(hundred, 50)).toBe(50);
    expect(percentile(hundred, 99)).toBe(99);
    expect(percentile(hundred, 100)).toBe(100);
    expect(median([3, 1, 2])).toBe(2);
  });

  it('sorts as numbers, not as words', () => {
    expect(median([9, 10, 100])).toBe(10);
  });

  it('refuses to make a number of nothing', () => {
    expect(() => percentile([], 50)).toThrow('no samples');
  });
});
