import { cleanup, fireEvent, waitFor } from '@testing-library/vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.ts';
import { sampleRow } from '../../testing/samples.ts';
import SessionListPage from './SessionListPage.vue';

/* Sessions page by page, while the board's news come in. */

let tell: () => void;
beforeEach(() =>
  vi.stubGlobal('fetch', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const boardEvents = { kind: 'session', sessionId: 'S', endpointId: null, at: '' };
        const line = `event: next\ndata: ${JSON.stringify({ data: { boardEvents } })}\n\n`;
        tell = () => controller.enqueue(new TextEncoder().encode(line));
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  }),
);
afterEach(() => (cleanup(), vi.unstubAllGlobals()));

const row = (n: number, title: string) => ({ node: sampleRow({ id: `S${n}`, number: 2000 + n, title }) });
const SearchChoices = { clients: [], assignable: [], endpoints: { edges: [] } };

describe('the list of sessions', () => {
  it('shows a page after the other, each session once, and begins again for another filter', async () => {
    const SessionList = ({ after, status }: Record<string, unknown>) => ({
      sessions: {
        totalCount: 3,
        pageInfo: { hasNextPage: after === null, endCursor: 'c2' },
        edges: after === null ? [row(1, `One ${status ?? ''}`), row(2, 'Two')] : [row(2, 'Two'), row(3, 'Three')],
      },
    });
    const { findByText, getByRole, queryByText, router, asked } = await show(SessionListPage, {
      path: '/sessions',
      answers: { SessionList, SearchChoices },
    });
    await findByText('2 of 3 shown');
    await fireEvent.click(getByRole('button', { name: 'Show more' }));
    await findByText('3 of 3 shown');
    expect(asked.filter((a) => a.name === 'SessionList').map((a) => a.variables['after'])).toEqual([null, 'c2']);

    await router.push('/sessions?status=active');
    await findByText(/One active/);
    expect(queryByText(/Three/)).toBeNull();
    // The other filter is never asked for a page of the first one.
    const of = asked.filter((a) => a.name === 'SessionList' && a.variables['status'] === 'active');
    expect(of.map((a) => a.variables['after'])).toEqual([null]);
  });

  it('takes no page of the filter before while another filter is read, and one while news are', async () => {
    let answer: (() => void) | null = null;
    let held = false;
    const SessionList = async ({ after, status }: Record<string, unknown>) => {
      if (held) await new Promise<void>((resolve) => (answer = resolve));
      return {
        sessions: {
          totalCount: 3,
          pageInfo: { hasNextPage: after === null, endCursor: `of ${status ?? 'all'}` },
          edges: [row(after === null ? 1 : 2, `Of ${status ?? 'all'} ${after ?? ''}`)],
        },
      };
    };
    const { findByText, getByRole, router, asked } = await show(SessionListPage, {
      path: '/sessions',
      answers: { SessionList, SearchChoices },
    });
    const lists = () => asked.filter((a) => a.name === 'SessionList').map((a) => a.variables['after']);
    const more = () => getByRole<HTMLButtonElement>('button', { name: 'Show more' });
    await findByText(/Of all/);
    held = true;
    await router.push('/sessions?status=active');
    await waitFor(() => expect(answer).not.toBeNull());
    expect(more().disabled).toBe(true);
    more().disabled = false;
    await fireEvent.click(more());
    held = false;
    answer!();
    await findByText(/Of active/);
    await waitFor(() => expect(more().disabled).toBe(false));
    expect(lists()).toEqual([null, null]);

    held = true;
    answer = null;
    tell();
    await waitFor(() => expect(answer).not.toBeNull());
    held = false;
    await fireEvent.click(more());
    await findByText(/Of active of active/);
    expect(lists()).toEqual([null, null, null, 'of active']);
  });

  it('F078 follows the news on its first page', async () => {
    let title = 'One';
    const SessionList = () => ({
      sessions: { totalCount: 1, pageInfo: { hasNextPage: false, endCursor: null }, edges: [row(1, title)] },
    });
    const { findByText, asked } = await show(SessionListPage, {
      path: '/sessions',
      answers: { SessionList, SearchChoices },
    });
    await findByText(/One/);
    title = 'Renamed';
    tell();
    await findByText(/Renamed/);
    await waitFor(() => expect(asked.filter((a) => a.name === 'SessionList')).toHaveLength(2));
  });
});
