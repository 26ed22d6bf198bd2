import { cleanup, waitFor } from '@testing-library/vue';
import { afterEach, describe, expect, it } from 'vitest';
import { show } from '../../testing/render.ts';
import { at, sampleRow, sampleSession } from '../../testing/samples.ts';
import EarlierSessions from './EarlierSessions.vue';

const earlier = (number: number, over: object = {}) => ({
  node: { ...sampleRow({ id: `S${number}`, number, title: `Trouble ${number}` }), snapshots: [], ...over },
});

describe('what was done on a computer before', () => {
  afterEach(cleanup);

  it('F107 is offered above Start session, and says where a snapshot is there to be read', async () => {
    const edges = [
      earlier(2050),
      earlier(2046, { status: 'unstarted' }),
      earlier(1998, {
        ...{ status: 'completed', outcome: 'resolved', completedAt: at(-1_440) },
        snapshots: [
          { id: 'N1', state: 'REVOKED' },
          { id: 'N2', state: 'PUBLISHED' },
        ],
      }),
      earlier(1900, { status: 'completed', outcome: 'denied', snapshots: [{ id: 'N3', state: 'DRAFT' }] }),
    ];
    const session = sampleSession({ number: 2046, status: 'unstarted' });
    const { findAllByRole } = await show(EarlierSessions, {
      props: { session },
      answers: { EarlierSessions: { endpoint: { id: 'E1', sessions: { edges } } } },
    });
    const lines = (await findAllByRole('listitem')).map((each) => each.textContent?.replace(/\s+/g, ' ').trim());
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^1998 Trouble 1998 Resolved .*· snapshot available$/);
    expect(lines[1]).toMatch(/^1900 Trouble 1900 Denied/);
    expect(lines[1]).not.toContain('snapshot');
  });

  it('F107 says nothing where there was nothing', async () => {
    const { container, asked } = await show(EarlierSessions, {
      props: { session: sampleSession() },
      answers: { EarlierSessions: { endpoint: { id: 'E1', sessions: { edges: [] } } } },
    });
    await waitFor(() => expect(asked).toHaveLength(1));
    expect(container.querySelector('section')).toBe(null);
  });
});
