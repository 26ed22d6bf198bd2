import { expect, it } from 'vitest';
import { sampleEntry } from '../../testing/samples.ts';
import { notesBySeq } from './entry-notes.ts';

it('F058 messages on an entry are found by it, in order; others are not', () => {
  const first = sampleEntry(9, 'message', { text: 'a', onEntry: 5 });
  const second = sampleEntry(11, 'message', { text: 'b', onEntry: 5 });
  const loose = sampleEntry(10, 'message', { text: 'c', onEntry: null });
  expect([...notesBySeq([first, loose, second, sampleEntry(12, 'presence', {})])]).toEqual([[5, [first, second]]]);
});
