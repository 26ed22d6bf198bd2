import type { PlainDocument } from '@throughline/domain/snapshot';
import { afterEach, describe, expect, it } from 'vitest';
import { Scrubber } from './scrubber.ts';

const AT = '2026-11-27T14:23:00.000Z';
const plain: PlainDocument = {
  ...{ v: 1, title: 'Printer', client: 'Brightline Print', host: 'BRIT-NORTH-01', from: AT, until: AT },
  ...{ outcome: null, throughSeq: 1, entries: [] },
};
const job = { plain, known: [{ kind: 'client', value: 'Brightline Print' } as const], edits: [] };
const said = (asked: Promise<unknown>) =>
  asked.then(
    () => 'done',
    (error: unknown) => (error as Error).message,
  );
const BUSY = 'Many snapshots are being made just now. Try again in a minute.';

let scrubber: Scrubber;
afterEach(() => scrubber.stop());

// All are asked at once: the first is at work or about to be, the others stand behind it.
describe('the scrubber', () => {
  it('F110 scrubs in a process of its own, and one organisation does not take every place in the queue', async () => {
    scrubber = new Scrubber();
    const first = scrubber.scrub(job, { mspId: 'a' });
    await Promise.resolve();
    const asked = ['a', 'a', 'a', 'b', 'c', 'd'].map((mspId) => said(scrubber.scrub(job, { mspId })));
    expect((await first).document.client).toEqual([{ mark: 'client-1' }]);
    expect(await Promise.all(asked)).toEqual(['done', 'done', BUSY, 'done', 'done', BUSY]);
    expect(await said(scrubber.scrub(job, { mspId: 'a' }))).toBe('done');
  });

  it('F110 who has gone away keeps no place, and nothing is made for them', async () => {
    scrubber = new Scrubber();
    const first = scrubber.scrub(job, { mspId: 'a' });
    await Promise.resolve();
    const gone = new AbortController();
    const left = [1, 2].map(() => said(scrubber.scrub(job, { mspId: 'a', gone: gone.signal })));
    gone.abort();
    const next = said(scrubber.scrub(job, { mspId: 'a' }));
    await first;
    expect(await next).toBe('done');
    for (const each of await Promise.all(left)) expect(each).toContain('nobody waits for it any more');
  });
});
