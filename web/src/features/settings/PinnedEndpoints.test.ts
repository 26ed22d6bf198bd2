import { cleanup } from '@testing-library/vue';
import { afterEach, expect, it } from 'vitest';
import { show } from '../../testing/render.ts';
import EndpointPinned from '../endpoints/EndpointPinned.vue';
import PinnedEndpoints from './PinnedEndpoints.vue';

const approvers = [{ name: 'Mara Voss', fingerprint: 'aaaa bbbb' }];
const pinned = { pinned: { since: Date.UTC(2026, 0, 2), approvers } };
const some = (classes: string[]) => ({ pinned: { ...pinned.pinned, classes } });
afterEach(cleanup);

it('strong mode: a client’s endpoints that have nobody pinned yet come first, and are counted', async () => {
  const endpoints = [
    { id: '1', name: 'A-PINNED', strong: true, approverClasses: [], facts: pinned },
    { id: '2', name: 'B-OPEN', strong: true, approverClasses: [], facts: null },
    { id: '3', name: 'C-NOT-STRONG', strong: false, approverClasses: [], facts: {} },
  ];
  const { getAllByRole, getByRole } = await show(PinnedEndpoints, { props: { endpoints, total: 3 } });
  expect(getByRole('note').textContent).toContain('1 of 2 has no approvers pinned yet');
  const rows = getAllByRole('row').slice(1);
  expect(rows.map((row) => row.querySelector('th')?.textContent.trim())).toEqual(['B-OPEN', 'A-PINNED']);
  expect(rows[0]?.textContent).toContain('not pinned yet');
  expect(rows[1]?.textContent).toContain('1 approver: Mara Voss');
});

it('strong mode: nothing is said where no endpoint has or needs it', async () => {
  const endpoints = [{ id: '3', name: 'C', strong: false, approverClasses: [], facts: {} }];
  const { container } = await show(PinnedEndpoints, { props: { endpoints, total: 1 } });
  expect(container.textContent.trim()).toBe('');
});

it.each([
  [{ strong: true, approverClasses: [], facts: pinned }, 'Mara Voss', 'does not count'],
  [{ strong: true, approverClasses: [], facts: null }, 'an approver’s answer does not count', 'Mara Voss'],
  [
    { strong: true, approverClasses: [], facts: { pinned: { since: 0, approvers: [] } } },
    'no command can run',
    'Mara Voss',
  ],
  [
    { strong: false, approverClasses: [], facts: pinned },
    'No policy demands that; it is its owner’s own rule',
    'does not count',
  ],
  [{ strong: false, approverClasses: ['change'], facts: {} }, 'what needs an approver is refused here', 'Mara Voss'],
  [
    { strong: false, approverClasses: ['change'], facts: some(['change']) },
    'has to sign for: changes',
    'only the server',
  ],
  [
    { strong: false, approverClasses: ['change', 'destructive'], facts: some(['change']) },
    'only the server',
    'cannot run',
  ],
  [
    { strong: false, approverClasses: [], facts: some(['change']) },
    'For changes no policy demands that',
    'only the server',
  ],
])('F049 strong mode: an endpoint’s page says whose passkeys it has pinned %#', async (endpoint, says, saysNot) => {
  const { container } = await show(EndpointPinned, { props: { endpoint } });
  expect(container.textContent).toContain(says);
  expect(container.textContent).not.toContain(saysNot);
});
