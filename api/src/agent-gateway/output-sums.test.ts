import { createHash } from 'node:crypto';
import { type OutputFrame, STREAM, type StreamNumber } from '@throughline/domain/output-frame';
import { expect, it } from 'vitest';
import { OutputSums } from './output-sums.ts';

const frame = (seq: number, text: string, stream: StreamNumber = STREAM.stdout): OutputFrame => ({
  seq,
  stream,
  offset: 0,
  at: 0,
  bytes: Buffer.from(text),
});
const sumOf = (text: string) => ({ bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') });

it('F026 adds up each stream over several transactions, repeats and all', () => {
  const sums = new OutputSums();
  sums.stored('c', [frame(1, 'ab'), frame(2, 'ERR', STREAM.stderr)], 3);
  sums.stored('c', [frame(2, 'ERR', STREAM.stderr), frame(3, 'cd')], 4);
  expect(sums.upTo('c', 3)).toEqual({ stdout: sumOf('abcd'), stderr: sumOf('ERR') });
});

it('counts only what the store took', () => {
  const sums = new OutputSums();
  sums.stored('c', [frame(1, 'kept'), frame(2, 'not kept')], 2);
  expect(sums.upTo('c', 1)?.stdout).toEqual(sumOf('kept'));
  expect(sums.upTo('c', 2)).toBeNull();
});

it('knows nothing of output whose beginning another connection stored', () => {
  const sums = new OutputSums();
  sums.stored('c', [frame(5, 'late')], 6);
  expect(sums.upTo('c', 5)).toBeNull();
});

it('knows that no output is no output', () => {
  expect(new OutputSums().upTo('c', 0)).toEqual({ stdout: sumOf(''), stderr: sumOf('') });
});
