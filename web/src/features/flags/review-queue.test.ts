import { cleanup, fireEvent, waitFor } from '@testing-library/vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.ts';
import ReviewQueuePage from './ReviewQueuePage.vue';

/* A review queue that is longer than a page, and the board's news of it. */

const session = {
  ...{ id: 'S1', number: 1902, title: 'VPN', status: 'active', outcome: null },
  client: { id: 'K1', name: 'Harbor Dental' },
};
const flag = (n: number) => ({
  ...{
    id: `F${n}`,
    note: `Flag ${n}.`,
    by: { id: 'U1', name: 'Jun Park' },
    at: '2026-02-17T14:30:00.000Z',
    entrySeq: n,
  },
  ...{ state: 'new', seenByMe: false, seenBy: [], reviewCount: 0, review: null, canReview: true, session },
});
let open: ReturnType<typeof flag>[];
const ReviewQueue = ({ first, after }: Record<string, unknown>) => {
  const rest = open.filter(({ entrySeq }) => entrySeq > Number(after ?? 0));
  const nodes = rest.slice(0, Number(first));
  return {
    reviewQueue: {
      totalCount: open.length,
      pageInfo: { hasNextPage: rest.length > nodes.length, endCursor: String(nodes.at(-1)?.entrySeq ?? '') },
      edges: nodes.map((node) => ({ node })),
    },
  };
};
let tell: () => void;
beforeEach(() => {
  open = Array.from({ length: 120 }, (_, i) => flag(i + 1));
  vi.stubGlobal('fetch', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const boardEvents = { kind: 'flag', sessionId: 'S1', endpointId: null, at: '' };
        const line = `event: next\ndata: ${JSON.stringify({ data: { boardEvents } })}\n\n`;
        tell = () => controller.enqueue(new TextEncoder().encode(line));
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
});
afterEach(() => (cleanup(), vi.unstubAllGlobals()));
const close = (n: number) => {
  open = open.filter(({ entrySeq }) => entrySeq !== n);
  tell();
};

describe('F086 a review queue of several pages', () => {
  it('says how many are new only where all of them are there', async () => {
    const view = await show(ReviewQueuePage, { answers: { ReviewQueue } });
    await view.findByText('120 open');
    for (const shown of ['100 of 120 shown', undefined]) {
      await fireEvent.click(view.getByRole('button', { name: 'Show more' }));
      if (shown) await view.findByText(shown);
    }
    await view.findByText('120 open, 120 new');
  });

  it('follows the news after “Show more”: what was confirmed leaves every page, and what is left stays, each once', async () => {
    const view = await show(ReviewQueuePage, { answers: { ReviewQueue } });
    await view.findByText('120 open');
    await fireEvent.click(view.getByRole('button', { name: 'Show more' }));
    await view.findByText('100 of 120 shown');
    const notes = () => view.getAllByRole('listitem').map((row) => row.querySelector('.note')?.textContent);
    close(3);
    await waitFor(() => expect(notes()).toEqual(open.slice(0, 100).map(({ note }) => note)), { timeout: 5_000 });
    close(70);
    await waitFor(() => expect(notes()).toEqual(open.slice(0, 100).map(({ note }) => note)), { timeout: 5_000 });
    await view.findByText('118 open');
    open = open.slice(0, 20);
    tell();
    await view.findByText('20 open, 20 new', {}, { timeout: 5_000 });
    expect(notes()).toHaveLength(20);
  });
});
