import { cleanup, waitFor } from '@testing-library/vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleRow } from '../../testing/samples.ts';
import { show } from '../../testing/render.ts';
import { BoardNews } from './board-news.ts';
import BoardPage from './BoardPage.vue';

/* A board that is open, and what it asks for when it is told of changes. */

const endpoint = (n: number) => ({ id: `E${n}`, name: `WS-0${n}`, online: true, lastSeenAt: null, simulated: false });
const row = (n: number, title = `Printer ${n}`) => ({
  endpoint: endpoint(n),
  session: sampleRow({ id: `S${n}`, number: 2040 + n, title, endpoint: endpoint(n), assignee: null }),
});
const client = { id: 'K', name: 'Brightline Print', group: { id: 'G', name: 'Print' } };
const counts = () => ({ online: 2, offline: 0, overLimit: 0, nearLimit: 0, at: new Date().toISOString() });
const board = (rows: object[]) => ({
  board: {
    ...counts(),
    pending: 0,
    waiting: [],
    completed: { totalCount: 0 },
    groups: rows.length === 0 ? [] : [{ client, online: 2, offline: 0, pending: 0, rows }],
  },
});
const changes = (endpointIds: string[], rows: object[], more = {}) => ({
  boardChanges: {
    ...counts(),
    endpointIds,
    waiting: [],
    completedCount: null,
    parts: rows.length === 0 ? [] : [{ client, rows }],
    ...more,
  },
});

let tell: (event: { sessionId?: string; endpointId?: string }) => void;
beforeEach(() => {
  vi.stubGlobal('fetch', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        tell = ({ sessionId = null, endpointId = null }: { sessionId?: string | null; endpointId?: string | null }) => {
          const boardEvents = { kind: 'session', sessionId, endpointId, at: new Date().toISOString() };
          controller.enqueue(
            new TextEncoder().encode(`event: next\ndata: ${JSON.stringify({ data: { boardEvents } })}\n\n`),
          );
        };
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
});
afterEach(() => (cleanup(), vi.unstubAllGlobals()));
const BoardChoices = { clientGroups: [], assignable: [] };

describe('the board, told of changes', () => {
  it('F078 asks for what changed, under its filter, and shows it in place', async () => {
    const BoardChanges = vi.fn(() => changes(['E2', 'E3'], [row(2, 'Toner 2'), row(3)], { online: 3 }));
    const { findByText, getAllByRole, getByText, queryByText, asked } = await show(BoardPage, {
      path: '/board?q=ws',
      answers: { Board: board([row(1), row(2)]), BoardChoices, BoardChanges },
    });
    await findByText('Printer 2');
    tell({ sessionId: 'S2' });
    tell({ endpointId: 'E3' });
    tell({ sessionId: 'S2' });
    await findByText('Toner 2');
    expect(queryByText('Printer 2')).toBeNull();
    expect(getAllByRole('rowheader').flatMap((head) => head.textContent?.match(/WS-0\d/)?.[0] ?? [])).toEqual([
      'WS-01',
      'WS-02',
      'WS-03',
    ]);
    expect(getByText('3', { selector: 'b' }).parentElement?.textContent).toMatch(/3 online/);
    expect(BoardChanges).toHaveBeenCalledExactlyOnceWith({
      filter: { search: 'ws' },
      sessionIds: ['S2'],
      endpointIds: ['E3'],
    });
    expect(asked.filter(({ name }) => name === 'Board')).toHaveLength(1);
  });

  it('F078 a row that fits no more goes, with its client', async () => {
    const { findByText } = await show(BoardPage, {
      path: '/board?pending=1',
      answers: { Board: board([row(2)]), BoardChoices, BoardChanges: () => changes(['E2'], []) },
    });
    await findByText('Printer 2');
    tell({ sessionId: 'S2' });
    await findByText('No row fits this filter');
  });

  it('F078 reads all of it again where nothing is named, where much is, and where asking failed', async () => {
    let reads = 0;
    const Board = () => board([row(1, `Read ${(reads += 1)}`)]);
    const BoardChanges = vi.fn(() => new Error('down'));
    const { findByText } = await show(BoardPage, { path: '/board', answers: { Board, BoardChoices, BoardChanges } });
    await findByText('Read 1');
    tell({});
    await findByText('Read 2', {}, { timeout: 5_000 });
    for (let n = 0; n < 101; n += 1) tell({ sessionId: `S${n}` });
    await findByText('Read 3', {}, { timeout: 5_000 });
    expect(BoardChanges).not.toHaveBeenCalled();
    tell({ sessionId: 'S1' });
    await findByText('Read 4', {}, { timeout: 5_000 });
    expect(BoardChanges).toHaveBeenCalledOnce();
  }, 20_000);

  it('F076 F078 an answer for another filter is not shown, and what it was for is asked for again', async () => {
    const Board = ({ filter }: Record<string, unknown>) =>
      board([row(1, (filter as { search?: string }).search === undefined ? 'Everything' : 'Filtered')]);
    let held: ((response: object) => void) | undefined;
    const asked: unknown[] = [];
    const BoardChanges = ({ filter }: Record<string, unknown>) => {
      asked.push(filter);
      return asked.length === 1
        ? new Promise((resolve) => (held = resolve))
        : changes(['E1'], [row(1, 'Changed, filtered')]);
    };
    const { findByText, queryByText, router } = await show(BoardPage, {
      path: '/board',
      answers: { Board, BoardChoices, BoardChanges },
    });
    await findByText('Everything');
    tell({ sessionId: 'S1' });
    await waitFor(() => expect(asked).toEqual([{}]), { timeout: 5_000 });
    await router.replace('/board?q=ws');
    await findByText('Filtered');
    held!(changes(['E1'], [row(1, 'Changed, not filtered')]));
    await findByText('Changed, filtered', {}, { timeout: 5_000 });
    expect(queryByText('Changed, not filtered')).toBeNull();
    expect(asked).toEqual([{}, { search: 'ws' }]);
  }, 20_000);
});

describe('the news of an open board', () => {
  it('F078 keeps each name once, and gives it away once', () => {
    const news = new BoardNews();
    expect(news.take()).toBeNull();
    for (const sessionId of ['a', 'b', 'a']) news.add({ sessionId, endpointId: 'e' });
    expect(news.take()).toEqual({ sessionIds: new Set(['a', 'b']), endpointIds: new Set(['e']) });
    expect(news.take()).toBeNull();
    news.add({ sessionId: 'a', endpointId: null });
    news.addAll();
    expect(news.take()).toBe('all');
    expect(news.take()).toBeNull();
  });
});
