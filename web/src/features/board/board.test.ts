import { cleanup, fireEvent, waitFor, within } from '@testing-library/vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defineComponent, h, ref } from 'vue';
import { at, globalId, sampleApproval, sampleRow } from '../../testing/samples.ts';
import { show } from '../../testing/render.ts';
import { viewer } from '../signin/use-viewer.ts';
import BoardPage from './BoardPage.vue';
import ContactDialog from './ContactDialog.vue';

const endpoint = (n: number) => ({
  id: `E${n}`,
  name: `BRIT-WS-0${n}`,
  online: n !== 3,
  lastSeenAt: null,
  simulated: false,
});
const row = (n: number, over = {}) => ({
  endpoint: endpoint(n),
  session: sampleRow({
    id: `S${n}`,
    number: 2040 + n,
    title: `Printer ${n}`,
    endpoint: endpoint(n),
    assignee: null,
    ...over,
  }),
});
const waiting = {
  ...sampleApproval({ kind: 'session' }),
  command: null,
  session: {
    id: 'S1',
    number: 2041,
    requester: 'Ken Abe',
    endpoint: { id: 'E1', name: 'BRIT-WS-01' },
    client: { id: 'K', contactName: 'Ken Abe', contactPhone: '555-0102', contactEmail: null },
    clocks: [],
  },
};
const board = (rows: object[]) => ({
  board: {
    online: 2,
    offline: 1,
    pending: 1,
    overLimit: 0,
    nearLimit: 0,
    at: new Date().toISOString(),
    waiting: [waiting],
    completed: { totalCount: 0 },
    groups:
      rows.length === 0
        ? []
        : [
            {
              client: { id: 'K', name: 'Brightline Print', group: { id: 'G', name: 'Print' } },
              online: 2,
              offline: 1,
              pending: 1,
              rows,
            },
          ],
  },
});
const people = {
  BoardChoices: {
    clientGroups: [],
    assignable: ['Jun Park', 'Theo Lind', 'Sam Off'].map((name, n) => ({
      id: `U${n}`,
      name,
      role: 'technician',
      onShift: n < 2,
      openSessions: n,
    })),
  },
};
const rows = [row(1), row(2), { endpoint: endpoint(3), session: null }];

describe('the board', () => {
  beforeEach(() => vi.stubGlobal('fetch', () => new Promise(() => undefined)));
  afterEach(() => (cleanup(), vi.unstubAllGlobals(), (viewer.value = null)));

  it('F075 lists every endpoint once, grouped by client with its counts', async () => {
    const { findByRole, getByRole } = await show(BoardPage, { answers: { Board: board(rows), ...people } });
    const table = await findByRole('table');
    expect(
      within(table)
        .getAllByRole('rowheader')
        .map((h) => h.textContent?.match(/BRIT-WS-0\d/)?.[0])
        .filter(Boolean),
    ).toEqual(['BRIT-WS-01', 'BRIT-WS-02', 'BRIT-WS-03']);
    expect(getByRole('rowheader', { name: /Brightline Print/ }).textContent).toMatch(/2 online.*1 offline.*1 pending/);
  });
  it('F076 asks for exactly what the address says', async () => {
    const [group, technician] = [globalId('ClientGroup', 1), globalId('User', 1)];
    const { asked } = await show(BoardPage, {
      path: `/board?group=${group}&device=offline&pending=1&technician=${technician}&q=brit`,
      answers: { Board: board(rows), ...people },
    });
    await waitFor(() =>
      expect(asked.find((a) => a.name === 'Board')?.variables).toEqual({
        filter: { groupId: group, online: false, pendingOnly: true, assigneeId: technician, search: 'brit' },
      }),
    );
  });
  it('F076 asks for several priorities and SLA states of the address, and leaves out what it does not know', async () => {
    const { asked, findByRole, getByRole, router } = await show(BoardPage, {
      path: '/board?priority=low.urgent.__proto__&sla=breached.,warned.red',
      answers: { Board: board(rows), ...people },
    });
    const filters = () => asked.filter((a) => a.name === 'Board').map((a) => a.variables.filter);
    await findByRole('table');
    expect(filters()).toEqual([{ priorities: ['urgent'], slaStates: ['breached'] }]);
    expect(getByRole('button', { name: 'Priority: Urgent' }).classList).toContain('on');
    expect(getByRole('button', { name: 'SLA: Over limit' }).classList).toContain('on');
    await router.push('/board?priority=low&sla=%27%20or%201=1&sla=warned');
    await waitFor(() => expect(filters().slice(1)).toEqual([{}]));
    for (const name of ['Priority: Any', 'SLA: Any'])
      expect(getByRole('button', { name }).classList).not.toContain('on');
  });
  it('F076 U26 takes SLA states by keys, one after the other, into the address and a saved view', async () => {
    const query = 'sla=warned.breached';
    const { asked, findByRole, getByRole, router } = await show(BoardPage, {
      path: '/board?sla=nonsense',
      answers: { Board: board(rows), ...people, SavedViews: { savedViews: [{ name: 'Hot', query }] } },
    });
    await findByRole('table');
    await fireEvent.keyDown(getByRole('button', { name: 'SLA: Any' }), { key: 'Enter' });
    const menu = within(await findByRole('menu'));
    const path = () => router.currentRoute.value.fullPath;
    // The second before the address has changed for the first.
    for (const name of ['Over limit', 'Near limit'])
      await fireEvent.keyDown(menu.getByRole('menuitemcheckbox', { name }), { key: 'Enter' });
    await waitFor(() => expect(path()).toBe(`/board?${query}`));
    expect(menu.getByRole('menuitemcheckbox', { name: 'Near limit' }).getAttribute('aria-checked')).toBe('true');
    expect(getByRole('button', { name: 'SLA: 2 of 4 : Near limit, Over limit', hidden: true })).toBeTruthy();
    await waitFor(() =>
      expect(asked.findLast((a) => a.name === 'Board')?.variables).toEqual({
        filter: { slaStates: ['warned', 'breached'] },
      }),
    );
    await waitFor(() => expect(getByRole('button', { name: /View:/, hidden: true }).textContent).toContain('Hot'));
    await fireEvent.keyDown(menu.getByRole('menuitem', { name: 'Any' }), { key: 'Enter' });
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/board'));
  });
  it('F067 U13 assigns two selected sessions to two people by keys, one answer each, and tells what failed', async () => {
    const assigned: unknown[] = [];
    const AssignMany = ({ input }: Record<string, unknown>) => {
      assigned.push(input);
      return {
        assignMany: {
          __typename: 'AssignedMany',
          items: (input as { items: { sessionId: string }[] }).items.map(({ sessionId }) =>
            sessionId === 'S2' && assigned.length === 1
              ? { code: 'CONFLICT', message: 'Somebody was faster.', session: null }
              : { code: null, message: null, session: { id: sessionId, number: 1 } },
          ),
        },
      };
    };
    const { findByRole, findByText } = await show(BoardPage, {
      answers: { Board: board(rows), ...people, AssignMany },
    });
    await findByRole('table');
    for (const key of ['j', 'x', 'j', 'x', 'a']) await fireEvent.keyDown(document, { key });
    const dialog = await findByRole('dialog', { name: 'Assign 2 sessions' });
    const [, first, second] = await waitFor(() => {
      const found = within(dialog).getAllByRole('combobox');
      expect(within(found[1]!).getAllByRole('option').length).toBeGreaterThan(2);
      return found;
    });
    await fireEvent.update(first!, 'U0');
    await fireEvent.update(second!, 'U1');
    const form = within(dialog).getByRole('button', { name: 'Assign' }).closest('form')!;
    await fireEvent.submit(form);
    expect((await findByText('Somebody was faster.')).closest('li')?.textContent).toContain('BRIT-WS-02');
    expect(assigned).toMatchObject([
      {
        items: [
          { sessionId: 'S1', userId: 'U0' },
          { sessionId: 'S2', userId: 'U1' },
        ],
      },
    ]);
    // Again: only what is still to do.
    await fireEvent.submit(form);
    await findByText('2 assigned.');
    expect(assigned[1]).toMatchObject({ items: [{ sessionId: 'S2', userId: 'U1' }] });
  });
  it('F074 U13 takes every session in sight with one key, and asks once why they move', async () => {
    const of = { assignee: { id: 'U1', name: 'Theo Lind', role: 'technician' } };
    const answers = { Board: board([row(1, of), row(2, of), rows[2]!]), ...people };
    const { findByRole, getByRole } = await show(BoardPage, { answers });
    await findByRole('table');
    await fireEvent.keyDown(document, { key: '*' });
    expect(getByRole('toolbar', { name: '2 selected' })).toBeTruthy();
    expect((getByRole('checkbox', { name: 'Select all sessions in sight' }) as HTMLInputElement).checked).toBe(true);
    await fireEvent.keyDown(document, { key: 'r' });
    const dialog = await findByRole('dialog', { name: 'Reassign 2 sessions' });
    expect(within(dialog).getByLabelText('Reason, goes on the record')).toBeTruthy();
  });
  it('U52 fills in the suggestion with its reason, and warns of who is off shift', async () => {
    const AssignSuggestions = {
      suggestAssignees: [
        { session: { id: 'S1' }, endpoint: null, user: { id: 'U1', name: 'Theo Lind' }, reason: '1 open, knows them' },
        { session: { id: 'S2' }, endpoint: null, user: { id: 'U0', name: 'Jun Park' }, reason: 'Nothing open' },
      ],
    };
    const { findByRole, findByText } = await show(BoardPage, {
      answers: { Board: board(rows), ...people, AssignSuggestions },
    });
    await findByRole('table');
    for (const key of ['*', 'a']) await fireEvent.keyDown(document, { key });
    const dialog = await findByRole('dialog', { name: 'Assign 2 sessions' });
    const suggest = within(dialog).getByRole('button', { name: 'Suggest' }) as HTMLButtonElement;
    await waitFor(() => expect(suggest.disabled).toBe(false));
    await fireEvent.click(suggest);
    expect((await findByText('1 open, knows them')).closest('label')?.querySelector('select')?.value).toBe('U1');
    expect(within(dialog).queryByRole('status')).toBeNull();
    const [option] = within(dialog).getAllByRole('option', { name: 'Sam Off, off shift' });
    await fireEvent.update(within(dialog).getByLabelText('All to'), (option as HTMLOptionElement).value);
    await waitFor(() => expect(within(dialog).getByRole('status').textContent).toMatch(/Sam Off\s+is\s+off shift/));
  });
  it('U24 U26 leaves out columns and takes a saved view, all by the address', async () => {
    const query = 'device=offline&hide=sla.wait';
    const { findByRole, getByRole, router } = await show(BoardPage, {
      path: `/board?${query}`,
      answers: { Board: board(rows), ...people, SavedViews: { savedViews: [{ name: 'Night', query }] } },
    });
    expect([...(await findByRole('table')).classList].sort()).toEqual(['no-sla', 'no-wait', 't']);
    await waitFor(() => expect(getByRole('button', { name: /View:/ }).textContent).toContain('Night'));
    await router.push('/board');
    await waitFor(() => expect(getByRole('button', { name: /View:/ }).textContent).toContain('Unnamed'));
    expect([...getByRole('table').classList]).toEqual(['t']);
  });
  it('F052 F054 shows who is being waited for with the phone, and no way to approve', async () => {
    const { findByRole, queryByRole } = await show(BoardPage, { answers: { Board: board(rows), ...people } });
    const rail = await findByRole('complementary', { name: 'Pending approvals' });
    expect(within(rail).getByRole('link', { name: '555-0102' })).toBeTruthy();
    expect(within(rail).getByRole('button', { name: 'Nudge' })).toBeTruthy();
    expect(queryByRole('button', { name: /^approve/i })).toBeNull();
  });
  it('F053 F054 shows the approvers who are waited for, not the client’s contact; N reminds them, and a call names one of them', async () => {
    const answer = board(rows);
    const mara = { id: 'W1', name: 'Mara Voss', phone: '555-0177', email: 'mara@harbor.example' };
    const theirs = sampleApproval({
      id: waiting.id,
      byApprover: true,
      approvers: [mara, { id: 'W2', name: 'Rae Lund', phone: '', email: '' }],
    });
    answer.board.waiting = [{ ...waiting, ...theirs }];
    const sent: unknown[] = [];
    const takes = (name: string) => (variables: Record<string, unknown>) => {
      sent.push(variables.input);
      return { [name]: { __typename: 'ApprovalRequest', ...theirs, nudges: 1 } };
    };
    const answers = { NudgeApproval: takes('nudgeApproval'), RecordContact: takes('recordContact') };
    const { findByRole, findByText } = await show(BoardPage, { answers: { Board: answer, ...people, ...answers } });
    const rail = await findByRole('complementary', { name: 'Pending approvals' });
    expect(within(rail).getByText('A named approver decides, with a passkey.')).toBeTruthy();
    expect(within(rail).getByRole('link', { name: '555-0177' })).toBeTruthy();
    expect(within(rail).getByRole('link', { name: 'Write to Mara Voss' })).toBeTruthy();
    expect(within(rail).queryByRole('link', { name: '555-0102' })).toBeNull();
    for (const key of ['j', 'n']) await fireEvent.keyDown(document, { key });
    await findByText('Mara Voss, Rae Lund, session 2041, are asked again. Nudge 1.');
    await fireEvent.click(within(rail).getByRole('button', { name: 'Contacted by phone' }));
    const dialog = within(await findByRole('dialog', { name: 'Contacted an approver' }));
    await fireEvent.click(dialog.getByRole('radio', { name: 'Rae Lund' }));
    await fireEvent.click(dialog.getByRole('button', { name: 'Put on the record' }));
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent).toMatchObject([
      { approvalId: waiting.id },
      { approvalId: waiting.id, approverId: 'W2', how: 'phone' },
    ]);
  });
  it('F053 F054 with no approver left who could answer, N and C say so, and no dialog opens', async () => {
    const answer = board(rows);
    answer.board.waiting = [{ ...waiting, ...sampleApproval({ id: waiting.id, byApprover: true, approvers: [] }) }];
    const message = 'No approver has a passkey any more: withdraw it.';
    const NudgeApproval = { nudgeApproval: { __typename: 'UserError', code: 'INVALID_STATE', message, seconds: null } };
    const { findByRole, getByRole, queryByRole, asked } = await show(BoardPage, {
      answers: { Board: answer, ...people, NudgeApproval },
    });
    const rail = await findByRole('complementary', { name: 'Pending approvals' });
    within(rail).getByText(message);
    const said = () => getByRole('status').textContent;
    for (const key of ['j', 'c']) await fireEvent.keyDown(document, { key });
    expect(said()).toBe(message);
    expect(queryByRole('dialog')).toBeNull();
    await fireEvent.keyDown(document, { key: 'n' });
    await waitFor(() => expect(asked.some(({ name }) => name === 'NudgeApproval')).toBe(true));
    await waitFor(() => expect(said()).toBe(message));
  });
  it('F054 an approver who is revoked while the dialog is open is not put on the record as somebody else', async () => {
    const [mara, rae, ida] = ['Mara Voss', 'Rae Lund', 'Ida Holm'].map((name, n) => ({
      ...{ approverId: `W${n}`, name, phone: '', email: '' },
    }));
    const people = ref([mara!, rae!]);
    const sent: unknown[] = [];
    const RecordContact = ({ input }: Record<string, unknown>) => {
      sent.push(input);
      return { recordContact: { __typename: 'ApprovalRequest', ...sampleApproval() } };
    };
    const open = ref(false);
    const page = defineComponent(
      () => () =>
        h(ContactDialog, {
          ...{ open: open.value, approvalId: 'A1', people: people.value },
          'onUpdate:open': (now: boolean) => (open.value = now),
        }),
    );
    const { findByRole } = await show(page, { answers: { RecordContact } });
    open.value = true;
    const dialog = within(await findByRole('dialog', { name: 'Contacted an approver' }));
    const put = () => dialog.getByRole('button', { name: 'Put on the record' }) as HTMLButtonElement;
    await fireEvent.click(dialog.getByRole('radio', { name: 'Rae Lund' }));
    expect(put().disabled).toBe(false);
    for (const left of [[mara!, ida!], [mara!], []]) {
      people.value = left;
      await waitFor(() => expect(put().disabled).toBe(true));
      await fireEvent.submit(put().closest('form')!);
    }
    dialog.getByText('No approver has a passkey any more: withdraw it.');
    people.value = [mara!];
    await fireEvent.click(await dialog.findByRole('radio', { name: 'Mara Voss' }));
    await waitFor(() => expect(put().disabled).toBe(false));
    await fireEvent.click(put());
    await waitFor(() => expect(sent).toMatchObject([{ approvalId: 'A1', approverId: 'W0' }]));
  });
  it('F053 says that a nudge mails nobody where no mail server is set', async () => {
    viewer.value = { permissions: [], mailsNotifications: false } as unknown as typeof viewer.value;
    const answer = board(rows);
    const mara = { id: 'W1', name: 'Mara Voss', phone: '', email: 'mara@harbor.example' };
    const theirs = sampleApproval({ id: waiting.id, byApprover: true, approvers: [mara] });
    answer.board.waiting = [{ ...waiting, ...theirs }];
    const NudgeApproval = { nudgeApproval: { __typename: 'ApprovalRequest', ...theirs, nudges: 1 } };
    const { findByRole, findByText } = await show(BoardPage, { answers: { Board: answer, ...people, NudgeApproval } });
    await findByRole('complementary', { name: 'Pending approvals' });
    for (const key of ['j', 'n']) await fireEvent.keyDown(document, { key });
    await findByText(
      'Mara Voss, session 2041, is asked again. Nudge 1. No mail server is set, so only the approver’s own page says so.',
    );
  });
  it('U21 says what failed, what is safe, and offers to try again', async () => {
    let broken = true;
    const { findByRole, findByText } = await show(BoardPage, {
      answers: { Board: () => (broken ? new Error('down') : board(rows)), ...people },
    });
    const alert = await findByRole('alert');
    expect(alert.textContent).toContain('The board could not be read');
    expect(alert.textContent).toContain('go on running');
    broken = false;
    await fireEvent.click(within(alert).getByRole('button', { name: 'Try again' }));
    expect(await findByText('Printer 1')).toBeTruthy();
  });
  it('U21 says what will appear when it is empty', async () => {
    const { findByText } = await show(BoardPage, { answers: { Board: board([]), ...people } });
    expect(await findByText('No endpoint is enrolled yet')).toBeTruthy();
  });
  it('F053 counts down while a nudge would be refused', async () => {
    const soon = new Date(Date.now() + 20_000).toISOString();
    const answer = board(rows);
    answer.board.waiting = [{ ...waiting, nudges: 1, nudgeAllowedAt: soon, requestedAt: at(0) }];
    const { findByRole } = await show(BoardPage, { answers: { Board: answer, ...people } });
    expect(((await findByRole('button', { name: /Nudge in 0:/ })) as HTMLButtonElement).disabled).toBe(true);
  });
});
