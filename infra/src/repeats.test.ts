import { expect, it } from 'vitest';
import { withoutRepeats } from './repeats.ts';

it('says the same line once a minute, and every other at once', () => {
  const said: string[] = [];
  let now = 0;
  const say = withoutRepeats(
    (line) => said.push(line),
    () => now,
  );
  for (; now < 90_000; now += 2_000) say('search indexing: failed');
  say('the api ended');
  expect(said).toEqual(['search indexing: failed', 'search indexing: failed', 'the api ended']);
});
