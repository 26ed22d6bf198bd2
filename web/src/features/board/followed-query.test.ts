import { cleanup, fireEvent, waitFor } from '@testing-library/vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defineComponent, h, ref } from 'vue';
import { IncidentsDocument } from '../../graphql/generated/operations.ts';
import { show } from '../../testing/render.ts';
import { useFollowedQuery } from './use-followed-query.ts';

/* A list on a page that follows the board's news. */

const closed = ref(false);
const Page = defineComponent(() => {
  const { data } = useFollowedQuery(IncidentsDocument, () => ({ closed: closed.value }));
  return () => h('p', data.value?.incidents.map((i) => i.title).join());
});
const incidents = (title: string) => ({
  incidents: [{ id: title, title, openedAt: '', closedAt: null, openedBy: { id: 'U', name: 'Dana' }, sessions: [] }],
});

let tell: () => void;
let streams = 0;
let visibility: DocumentVisibilityState;
async function look(state: DocumentVisibilityState): Promise<void> {
  visibility = state;
  await fireEvent(document, new Event('visibilitychange'));
}
beforeEach(() => {
  closed.value = false;
  streams = 0;
  visibility = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
  vi.stubGlobal('fetch', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        streams += 1;
        const boardEvents = { kind: 'session', sessionId: 'S', endpointId: null, at: '' };
        const line = `event: next\ndata: ${JSON.stringify({ data: { boardEvents } })}\n\n`;
        tell = () => controller.enqueue(new TextEncoder().encode(line));
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
});
afterEach(() => (cleanup(), vi.useRealTimers(), vi.unstubAllGlobals(), vi.restoreAllMocks()));

describe('a list that follows the board’s news', () => {
  it('F078 reads once for many news, and shows what came', async () => {
    let title = 'Printers';
    const { findByText, asked } = await show(Page, { answers: { Incidents: () => incidents(title) } });
    await findByText('Printers');
    title = 'Printers and scanners';
    for (let n = 0; n < 20; n += 1) tell();
    await findByText('Printers and scanners');
    expect(asked).toHaveLength(2);
  });

  it('F078 goes on following where the page turned to something else while it was read', async () => {
    const answers: (() => void)[] = [];
    let held = false;
    const Incidents = async ({ closed: which }: Record<string, unknown>) => {
      if (held) await new Promise<void>((resolve) => answers.push(resolve));
      return incidents(`${which ? 'closed' : 'open'} ${asked.length}`);
    };
    const { findByText, asked } = await show(Page, { answers: { Incidents } });
    await findByText('open 1');
    held = true;
    tell();
    await waitFor(() => expect(answers).toHaveLength(1));
    closed.value = true;
    await waitFor(() => expect(answers).toHaveLength(2));
    held = false;
    for (const answer of answers) answer();
    await findByText(/^closed/);
    tell();
    await findByText('closed 4', {}, { timeout: 5_000 });
  });

  it('F078 hears them on one connection with whatever else on the page follows them', async () => {
    let title = 'Printers';
    const Two = defineComponent(() => () => [h(Page), h(Page)]);
    const { findAllByText } = await show(Two, { answers: { Incidents: () => incidents(title) } });
    expect(await findAllByText('Printers')).toHaveLength(2);
    title = 'Scanners';
    tell();
    await waitFor(async () => expect(await findAllByText('Scanners')).toHaveLength(2));
    expect(streams).toBe(1);
    cleanup();
    // The next page opens its own.
    const next = await show(Page, { answers: { Incidents: () => incidents(title) } });
    await next.findByText('Scanners');
    title = 'Plotters';
    tell();
    await next.findByText('Plotters');
    expect(streams).toBe(2);
  });

  it('F078 reads nothing while the page is hidden, and what it missed when it is seen', async () => {
    let title = 'Printers';
    const { findByText, asked } = await show(Page, { answers: { Incidents: () => incidents(title) } });
    await findByText('Printers');
    await look('hidden');
    title = 'Scanners';
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    tell();
    // Far over the time that news gather, in steps so that they are heard in between.
    for (let n = 0; n < 10; n += 1) await vi.advanceTimersByTimeAsync(500);
    vi.useRealTimers();
    expect(asked).toHaveLength(1);
    await look('visible');
    await findByText('Scanners');
    expect(asked).toHaveLength(2);
  });
});
