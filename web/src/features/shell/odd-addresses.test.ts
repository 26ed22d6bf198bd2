import { cleanup, waitFor } from '@testing-library/vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Component } from 'vue';
import { show } from '../../testing/render.ts';
import { globalId } from '../../testing/samples.ts';
import AuditPage from '../audit/AuditPage.vue';
import BoardPage from '../board/BoardPage.vue';
import EndpointListPage from '../endpoints/EndpointListPage.vue';
import QueuePage from '../queue/QueuePage.vue';
import SearchPage from '../search/SearchPage.vue';
import SessionListPage from '../session/SessionListPage.vue';

/* Addresses are anybody's to change: what makes no sense in one is as if it were not there, and is never asked for. */

const LONG = 'x'.repeat(10_000);
const SCRIPT = '<script>window.ran=true</script>';
const none = { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };
const answers = {
  Board: {
    board: {
      ...{ online: 0, offline: 0, pending: 0, overLimit: 0, nearLimit: 0, at: new Date().toISOString() },
      ...{ waiting: [], completed: { totalCount: 0 }, groups: [] },
    },
  },
  BoardChoices: { clientGroups: [], assignable: [] },
  SavedViews: { savedViews: [] },
  SearchChoices: { clients: [], assignable: [], endpoints: { edges: [] } },
  Clients: { clients: [] },
  SessionList: { sessions: none },
  Endpoints: { endpoints: none },
  AuditEvents: { auditEvents: none },
  Queue: { queue: [] },
  SearchTranscripts: { searchTranscripts: { hits: [], total: 0, backend: 'postgres', catchingUp: false } },
};
const PAGES: Record<string, { page: Component; asks: string; fields: string[]; always?: Record<string, string> }> = {
  '/board': {
    ...{ page: BoardPage, asks: 'Board' },
    fields: ['group', 'device', 'pending', 'technician', 'priority', 'sla', 'view', 'hide', 'open', 'nobody'],
  },
  '/sessions': {
    ...{ page: SessionListPage, asks: 'SessionList' },
    fields: ['status', 'client', 'from', 'until', 'clock', 'standing', 'assignee', 'nobody'],
  },
  '/endpoints': { page: EndpointListPage, asks: 'Endpoints', fields: ['client', 'retired'] },
  '/search': {
    ...{ page: SearchPage, asks: 'SearchTranscripts', always: { q: 'dns' } },
    fields: ['client', 'technician', 'mine'],
  },
  '/audit': { page: AuditPage, asks: 'AuditEvents', fields: ['from', 'until'] },
  '/queue': { page: QueuePage, asks: 'Queue', fields: ['q', 'open', 'sla'] },
};
const ODD: Record<string, readonly string[]> = {
  'an unknown value': ['nonsense'],
  'a name of every object': ['constructor'],
  'several values': ['online', 'active'],
  'script text': [SCRIPT],
  '10,000 characters': [LONG],
  'an id of another kind': [globalId('Session', 1)],
  'a year that is none': ['+275760-09-13'],
};

async function opened(path: string, query: URLSearchParams) {
  const { page, asks } = PAGES[path]!;
  const view = await show(page, { path: `${path}?${query.toString()}`, answers });
  const found = await waitFor(() => {
    const all = view.asked.filter(({ name }) => name === asks);
    expect(all).not.toEqual([]);
    return all;
  });
  await waitFor(() => expect(document.querySelector('.empty')).not.toBeNull());
  return { ...view, variables: found.map((each) => each.variables) };
}

describe('an address with nonsense in it', () => {
  const problems: unknown[] = [];
  beforeEach(() => {
    vi.stubGlobal('fetch', () => new Promise(() => undefined));
    for (const how of ['error', 'warn'] as const)
      vi.spyOn(console, how).mockImplementation((what) => problems.push(what));
  });
  afterEach(() => (cleanup(), vi.unstubAllGlobals(), vi.restoreAllMocks(), (problems.length = 0)));

  for (const [path, { fields, always = {} }] of Object.entries(PAGES))
    it.each(Object.entries(ODD))(`F076 ${path} asks as if nothing were there: %s in each field`, async (_, values) => {
      const buttons = () => [...document.querySelectorAll('button')].map((each) => each.textContent);
      const { variables: plain } = await opened(path, new URLSearchParams(always));
      const shown = buttons();
      cleanup();
      const odd = new URLSearchParams(always);
      for (const field of fields) for (const value of values) odd.append(field, value);
      const { variables } = await opened(path, odd);
      expect(variables).toEqual(plain);
      // No chip shows it as chosen either, and there is nothing to clear.
      await waitFor(() => expect(buttons()).toEqual(shown));
      expect(problems).toEqual([]);
    });

  it.each([
    ['/board', 'q', 200, (v: Record<string, unknown>) => (v['filter'] as { search: string }).search],
    ['/endpoints', 'q', 200, (v: Record<string, unknown>) => v['search']],
    ['/search', 'q', 500, (v: Record<string, unknown>) => v['query']],
    ['/search', 'as', 200, (v: Record<string, unknown>) => (v['filter'] as { effectiveUser: string }).effectiveUser],
    ['/audit', 'q', 200, (v: Record<string, unknown>) => v['search']],
  ] as const)('F076 %s cuts the words of %s to the %i that its field holds', async (path, field, most, wordsOf) => {
    const { variables, container } = await opened(path, new URLSearchParams({ [field]: LONG }));
    expect(variables.map(wordsOf)).toEqual([LONG.slice(0, most)]);
    expect([...container.querySelectorAll('input')].map((each) => each.value)).toContain(LONG.slice(0, most));
  });

  it('F076 takes script text for words, and shows them as such', async () => {
    const { variables, container } = await opened('/search', new URLSearchParams({ q: SCRIPT }));
    expect(variables).toMatchObject([{ query: SCRIPT }]);
    expect([...container.querySelectorAll('input')].map(({ value }) => value)).toContain(SCRIPT);
    expect(container.querySelector('script')).toBeNull();
  });

  it('F076 says that a client or a group of an address is not known here', async () => {
    const { findByRole } = await opened('/board', new URLSearchParams({ group: globalId('ClientGroup', 7) }));
    expect(await findByRole('button', { name: 'Group: Unknown' })).toBeTruthy();
    cleanup();
    const list = await opened('/sessions', new URLSearchParams({ client: globalId('Client', 7) }));
    expect(list.variables).toMatchObject([{ clientId: globalId('Client', 7) }]);
    expect(await list.findByRole('button', { name: 'Client: Unknown' })).toBeTruthy();
  });
});
