import { cleanup, fireEvent, waitFor, within } from '@testing-library/vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.ts';
import { sampleApproval, sampleCommand, sampleEntry, sampleRow, sampleSession } from '../../testing/samples.ts';
import BoardPage from './BoardPage.vue';
// The board asks for it when it is wanted; here it is there already.
import './SessionDrawer.vue';

/* The board with a session in its drawer. */

const endpoint = (n: number) => ({ ...sampleRow().endpoint, id: `E${n}`, name: `WS-0${n}` });
const row = (n: number) => ({
  endpoint: endpoint(n),
  session: sampleRow({ id: `S${n}`, number: 2040 + n, title: `Printer ${n}`, endpoint: endpoint(n) }),
});
const client = { id: 'K', name: 'Brightline Print', group: { id: 'G', name: 'Print' } };
const Board = {
  board: {
    online: 3,
    offline: 0,
    pending: 0,
    overLimit: 0,
    nearLimit: 0,
    at: new Date().toISOString(),
    waiting: [],
    completed: { totalCount: 0 },
    groups: [
      {
        client,
        online: 3,
        offline: 0,
        pending: 0,
        rows: [row(1), { endpoint: endpoint(2), session: null }, row(3)],
      },
    ],
  },
};
const entries = [
  sampleEntry(1, 'opened', {}),
  sampleEntry(5, 'command_proposed', { commandId: 'C1', spec: { script: 'lpstat -t' } }),
];
const sessionPage = (over: Parameters<typeof sampleSession>[0] = {}) => ({
  SessionPage: ({ number }: Record<string, unknown>) => ({
    sessionByNumber:
      number === 2099
        ? null
        : {
            ...sampleSession({
              id: `S${Number(number) - 2040}`,
              number: Number(number),
              title: `Printer ${Number(number) - 2040}`,
              commands: [sampleCommand({ script: 'lpstat -t', state: 'waiting_approval', startedAt: null })],
              ...over,
            }),
            entries: {
              pageInfo: { hasNextPage: false, endCursor: null },
              edges: entries.map((node) => ({ node })),
            },
          },
  }),
});
const BoardChoices = {
  clientGroups: [],
  assignable: [{ id: 'U2', name: 'Theo Lind', role: 'technician', onShift: true, openSessions: 0 }],
};
const answers = (over: Parameters<typeof sessionPage>[0] = {}) => ({ Board, BoardChoices, ...sessionPage(over) });
const drawerOf = (number: number) => ({ name: `Session ${number}` });

describe('the board’s drawer', () => {
  beforeEach(() => vi.stubGlobal('fetch', () => new Promise(() => undefined)));
  afterEach(() => (cleanup(), vi.unstubAllGlobals()));

  it('F077 F078 opens a session beside the board, in the address, and Back closes it', async () => {
    const { findByRole, queryByRole, router, asked } = await show(BoardPage, {
      path: '/board?q=ws',
      answers: answers(),
    });
    await fireEvent.click(await findByRole('link', { name: /2041\s*Printer 1/ }));
    const drawer = await findByRole('complementary', drawerOf(2041));
    await within(drawer).findAllByText('lpstat -t');
    expect(router.currentRoute.value.fullPath).toBe('/board?q=ws&open=2041');
    await waitFor(() => expect(document.activeElement).toBe(drawer));
    // The board was not read again for it, and is still there to work with.
    expect(asked.filter((a) => a.name === 'Board')).toHaveLength(1);
    expect(await findByRole('table')).toBeTruthy();
    router.back();
    await waitFor(() => expect(queryByRole('complementary', drawerOf(2041))).toBeNull());
  });

  it('F077 shows the record to read: nothing of a technician’s work is offered, even to a technician', async () => {
    const { findByRole } = await show(BoardPage, {
      path: '/board?open=2041',
      answers: answers({ approvals: [sampleApproval()] }),
    });
    const drawer = await findByRole('complementary', drawerOf(2041));
    await within(drawer).findAllByText('lpstat -t');
    expect(within(drawer).queryByRole('textbox')).toBeNull();
    const words = within(drawer)
      .getAllByRole('button')
      .map((b) => b.textContent);
    for (const act of ['Reassign', 'Priority', 'Escalate', 'Nudge', 'Contacted by phone'])
      expect(
        words.filter((w) => w?.includes(act)),
        act,
      ).toHaveLength(1);
    for (const act of ['Withdraw request', 'Cancel', 'Complete', 'Send']) expect(words.join()).not.toContain(act);
    expect(within(drawer).getByRole('link', { name: 'Open the whole session' }).getAttribute('href')).toBe('/s/2041');
  });

  it('U13 goes along with J and K past rows without a session, and Esc gives the focus back to the row', async () => {
    const { findByRole, queryByRole, router } = await show(BoardPage, { path: '/board', answers: answers() });
    await findByRole('table');
    for (const key of ['j', 'o']) await fireEvent.keyDown(document, { key });
    await findByRole('complementary', drawerOf(2041));
    await fireEvent.keyDown(document, { key: 'j' });
    await findByRole('complementary', drawerOf(2043));
    await fireEvent.keyDown(document, { key: 'k' });
    await findByRole('complementary', drawerOf(2041));
    await fireEvent.keyDown(document, { key: 'Escape' });
    await waitFor(() => expect(queryByRole('complementary', drawerOf(2041))).toBeNull());
    expect(router.currentRoute.value.fullPath).toBe('/board');
    await waitFor(() => expect(document.activeElement?.getAttribute('data-opens')).toBe('2041'));
  });

  it('F066 its acts are the board’s: reassigning the session that the drawer shows', async () => {
    const sent: unknown[] = [];
    const { findByRole, findByText } = await show(BoardPage, {
      path: '/board?open=2043',
      answers: {
        ...answers(),
        AssignSuggestions: { suggestAssignees: [] },
        ReassignSession: ({ input }: Record<string, unknown>) => {
          sent.push(input);
          return { reassignSession: { __typename: 'Session', ...row(3).session } };
        },
      },
    });
    const drawer = await findByRole('complementary', drawerOf(2043));
    await fireEvent.click(await within(drawer).findByRole('button', { name: /^Reassign/ }));
    const dialog = await findByRole('dialog', { name: 'Reassign 2043 Printer 3' });
    await fireEvent.click(await within(dialog).findByRole('radio', { name: /Theo Lind/ }));
    await fireEvent.update(within(dialog).getByLabelText('Reason, goes on the record'), 'Jun is ill');
    await fireEvent.submit(dialog.querySelector('form')!);
    await findByText('Session 2043 reassigned.');
    expect(sent).toMatchObject([{ sessionId: 'S3', userId: 'U2', reason: 'Jun is ill' }]);
  });

  it('F066 keys act on the session it shows, also where a click or the filter put the cursor elsewhere', async () => {
    const nudged: unknown[] = [];
    const { findByRole, findByText, getByRole, queryByRole } = await show(BoardPage, {
      path: '/board?open=2042',
      answers: {
        ...answers({ approvals: [sampleApproval({ id: 'A42' })] }),
        NudgeApproval: ({ input }: Record<string, unknown>) => {
          nudged.push(input);
          return { nudgeApproval: { __typename: 'ApprovalRequest', ...sampleApproval({ id: 'A42', nudges: 1 }) } };
        },
      },
    });
    const drawer = await findByRole('complementary', drawerOf(2042));
    await within(drawer).findByRole('button', { name: /^Priority/ });
    await fireEvent.click(getByRole('row', { name: /Printer 3/ }));
    await fireEvent.keyDown(document, { key: 'p' });
    const dialog = await findByRole('dialog', { name: /2042/ });
    await fireEvent.keyDown(dialog, { key: 'Escape' });
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(queryByRole('dialog')).toBeNull());
    await fireEvent.keyDown(document, { key: 'n' });
    await findByText(/session 2042, is asked again/);
    expect(nudged).toEqual([{ approvalId: 'A42' }]);
    await fireEvent.click(getByRole('checkbox', { name: 'Select WS-03' }));
    await fireEvent.keyDown(document, { key: 'p' });
    await findByRole('dialog', { name: /2043/ });
  });

  it('F053 F054 offers neither nudge nor call where no approver is left who could answer', async () => {
    const approvals = [sampleApproval({ id: 'A42', byApprover: true, approvers: [] })];
    const { findByRole } = await show(BoardPage, { path: '/board?open=2042', answers: answers({ approvals }) });
    const acts = within(
      await within(await findByRole('complementary', drawerOf(2042))).findByRole('group', {
        name: 'Acts on this session',
      }),
    );
    acts.getByText('No approver has a passkey any more: withdraw it.');
    acts.getByRole('button', { name: /^Priority/ });
    expect(acts.queryByRole('button', { name: /Nudge|Contacted/ })).toBeNull();
  });

  it('F066 a key pressed behind J is for the session that J leads to', async () => {
    const { findByRole, router } = await show(BoardPage, { path: '/board?open=2041', answers: answers() });
    const drawer = await findByRole('complementary', drawerOf(2041));
    await within(drawer).findByRole('button', { name: /^Priority/ });
    await fireEvent.keyDown(document, { key: 'j' });
    await fireEvent.keyDown(document, { key: 'p' });
    await findByRole('dialog', { name: /2043/ });
    await waitFor(() => expect(router.currentRoute.value.query).toEqual({ open: '2043' }));
  });

  it('U21 says in the same words as elsewhere that there is no such session', async () => {
    const { findByText, findByRole } = await show(BoardPage, { path: '/board?open=2099', answers: answers() });
    await findByText('There is no session 2099');
    await findByText('It does not exist, or you have no access to it.');
    expect(await findByRole('table')).toBeTruthy();
  });

  it('F082 a completed session opens with its summary above its record', async () => {
    const { findByRole } = await show(BoardPage, {
      path: '/board?view=completed&open=2041',
      answers: {
        ...answers({
          status: 'completed',
          outcome: 'resolved',
          note: 'Paper jam cleared',
          completedAt: '2026-05-19T13:10:00Z',
        }),
        BoardCompleted: {
          board: {
            completed: {
              totalCount: 1,
              pageInfo: { hasNextPage: false, endCursor: null },
              edges: [{ node: row(1).session }],
            },
          },
        },
      },
    });
    const drawer = await findByRole('complementary', drawerOf(2041));
    const summary = await within(drawer).findByRole('region', { name: 'Summary' });
    for (const words of ['Paper jam cleared', 'Took part', 'In all']) within(summary).getByText(words);
    await within(drawer).findAllByText('lpstat -t');
  });
});
