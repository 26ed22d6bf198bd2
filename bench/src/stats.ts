/** The value below which `p` percent of the samples lie (nearest rank). Throws on no samples: a rank of nothing is not 0. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)];
  if (found === undefined) throw new RangeError('no samples were taken');
  return found;
}

export const median = (samples: readonly number[]): number => percentile(samples, 50);
