import { cleanup, fireEvent, within } from '@testing-library/vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.ts';
import { at } from '../../testing/samples.ts';
import PolicyPanel from './PolicyPanel.vue';

const nothing = {
  readOnly: null,
  change: null,
  destructive: null,
  otherIdentity: null,
  riskFloor: null,
  approvalTimeoutSeconds: null,
  nobodySignedIn: null,
  severalPeople: null,
  lockedScreen: null,
  quietHours: null,
};
const policy = (over: object = {}) => ({
  __typename: 'Policy',
  level: 'client_group',
  name: 'Dental',
  version: 2,
  withoutApprover: ['Harbor Dental'],
  document: { ...nothing, readOnly: 'run', change: 'ask', approvalTimeoutSeconds: 1800 },
  above: [],
  below: [],
  versions: [
    {
      version: 2,
      changes: ['Commands that can destroy data: ask first → not set here'],
      note: 'As agreed in May',
      madeBy: 'Ada Okafor',
      madeAt: at(0),
    },
    { version: 1, changes: [], note: '', madeBy: null, madeAt: at(-60) },
  ],
  ...over,
});
const lists = {
  clientGroups: [{ id: 'g1', name: 'Dental' }],
  clients: [{ id: 'c1', name: 'Harbor Dental' }],
  endpoints: { edges: [] },
};
const preview = {
  changes: ['Commands that change something: ask first → are refused'],
  judged: 214,
  more: false,
  asked: 0,
  refused: 31,
  eased: 0,
  commands: [
    {
      sessionNumber: 2046,
      risk: 'change',
      before: 'ask',
      after: 'refuse',
      rule: 'P-2',
      words: 'x',
      command: { id: 'k1', script: '<img src=x> systemctl restart vpn', proposedAt: at(0) },
    },
  ],
};
const panel = (answers: object = {}) =>
  show(PolicyPanel, {
    path: '/settings/policy?group=g1',
    answers: {
      Policy: { policy: policy() },
      PolicySubjects: lists,
      PreviewPolicy: { previewPolicy: preview },
      ...answers,
    },
  });

describe('Settings → Policy', () => {
  afterEach(cleanup);

  it('F133 shows what one level lays down, what it leaves open, and its history with who, when and what', async () => {
    const { findByLabelText, getByLabelText, getByRole, asked } = await panel();
    const chosen = async (label: string) => ((await findByLabelText(label)) as HTMLSelectElement).value;
    expect(await chosen('Commands that only read')).toBe('run');
    expect(await chosen('Commands that can destroy data')).toBe('');
    expect((getByLabelText(/A question waits/) as HTMLInputElement).value).toBe('30');
    expect(asked.find((a) => a.name === 'Policy')?.variables).toEqual({ groupId: 'g1' });
    const history = within(getByRole('region', { name: 'History' }));
    expect(history.getByText(/Ada Okafor/)).toBeTruthy();
    expect(history.getByText('As agreed in May')).toBeTruthy();
    expect(history.getByText('Commands that can destroy data: ask first → not set here')).toBeTruthy();
    expect(history.getByText(/came with the client group/)).toBeTruthy();
  });

  it('F041 offers no way to let anything but reading run unasked', async () => {
    const { findByLabelText, getByLabelText } = await panel();
    const offers = (select: HTMLElement) => [...select.querySelectorAll('option')].map((option) => option.value);
    expect(offers(await findByLabelText('Commands that only read'))).toEqual([
      '',
      'unattended',
      'run',
      'ask',
      'ask_approver',
      'refuse',
    ]);
    for (const label of [
      'Commands that change something',
      'Commands that can destroy data',
      'Commands under another account',
    ])
      expect(offers(getByLabelText(label))).toEqual(['', 'unattended', 'ask', 'ask_approver', 'refuse']);
  });

  it('F049 says whose clients have no approver yet, once a class is to ask one', async () => {
    const { findByLabelText, queryByText, findByText } = await panel();
    const change = await findByLabelText('Commands that change something');
    expect(queryByText(/No approver with a passkey yet/)).toBeNull();
    await fireEvent.update(change, 'ask_approver');
    expect((await findByText(/No approver with a passkey yet/)).textContent).toContain('Harbor Dental');
  });

  it('U34 says at once which level keeps “Run unattended” from having an effect, and nothing where none does', async () => {
    const group = { level: 'client_group', name: 'Dental', version: 1 };
    const org = { level: 'organisation', name: 'Northgate', version: 4 };
    const above = [
      { ...org, document: { ...nothing, readOnly: 'unattended', change: null } },
      { ...group, document: { ...nothing, readOnly: null, change: 'ask' } },
    ];
    const { findByLabelText, findByText, queryByText } = await panel({
      Policy: { policy: policy({ level: 'client', name: 'Harbor Dental', above }) },
    });
    const change = await findByLabelText('Commands that change something');
    expect(queryByText(/no effect yet/)).toBeNull();
    await fireEvent.update(change, 'unattended');
    const told = (await findByText(/no effect yet/)).textContent?.replaceAll(/\s+/g, ' ');
    expect(told).toContain('Client group Dental says “Ask first” (version 1); the strictest counts.');
    await fireEvent.update(await findByLabelText('Commands that only read'), 'unattended');
    await fireEvent.update(change, 'ask');
    expect(queryByText(/no effect yet/)).toBeNull();
  });

  it('F133 U34 names what lies within and is stricter, or without effect, as the choice changes', async () => {
    const of = (level: string, name: string, change: string) => ({
      ...{ level, name, version: 1 },
      document: { readOnly: null, change, destructive: null, otherIdentity: null },
    });
    const below = [
      of('client', 'Harbor Dental', 'refuse'),
      of('client', 'Cedar Law', 'ask'),
      of('endpoint', 'HARB-WS-01', 'ask_approver'),
      ...['A', 'B', 'C'].map((name) => of('endpoint', name, 'unattended')),
      of('endpoint', 'D', 'unattended'),
    ];
    const { findByLabelText, findByText, queryByText } = await panel({ Policy: { policy: policy({ below }) } });
    const change = await findByLabelText('Commands that change something');
    await findByText(
      'Stricter below, and counts there: Client Harbor Dental “Refuse”, Endpoint HARB-WS-01 “Ask a named approver”.',
    );
    await findByText(
      /Without effect below, as this is stricter: Endpoint A “Run unattended”, .* Endpoint C “Run unattended” and 1 more\./,
    );
    await fireEvent.update(change, 'refuse');
    expect(queryByText(/Stricter below/)).toBeNull();
    await findByText(/Without effect below, as this is stricter: Client Cedar Law “Ask first”/);
    await fireEvent.update(change, '');
    expect(queryByText(/(Stricter|effect) below/)).toBeNull();
  });

  it('F133 previews the draft on last month’s commands, and the preview goes when the draft changes', async () => {
    const { findByLabelText, getByRole, findByRole, queryByRole, container, asked } = await panel();
    await fireEvent.update(await findByLabelText('Commands that change something'), 'refuse');
    await fireEvent.click(getByRole('button', { name: 'Preview on last month' }));
    const shown = await findByRole('status', { name: 'Preview' });
    expect(shown.textContent).toMatch(/214 commands .* 31 more would have been refused/s);
    expect(within(shown).getByText('<img src=x> systemctl restart vpn')).toBeTruthy();
    expect(container.querySelector('img')).toBeNull();
    expect(asked.find((a) => a.name === 'PreviewPolicy')?.variables).toEqual({
      groupId: 'g1',
      document: { readOnly: 'run', change: 'refuse', approvalTimeoutSeconds: 1800 },
    });
    await fireEvent.update(await findByLabelText('Commands that change something'), 'ask');
    expect(queryByRole('status', { name: 'Preview' })).toBeNull();
  });

  it('F133 saves the next version of what was read, with quiet hours and a note, and says from when it counts', async () => {
    const saved = policy({ version: 3 });
    let now = policy();
    const { findByLabelText, getByLabelText, getByRole, findByText, asked } = await panel({
      Policy: () => ({ policy: now }),
      SetPolicy: () => ((now = saved), { setPolicy: saved }),
    });
    await fireEvent.click(await findByLabelText(/Quiet hours/));
    await fireEvent.update(getByLabelText('By the clock of'), 'Europe/Oslo');
    await fireEvent.click(getByLabelText('Fri'));
    await fireEvent.update(getByLabelText(/Why, for the history/), 'night shift');
    await fireEvent.click(getByRole('button', { name: 'Save version 3' }));
    await findByText('Version 3 counts for every command proposed from now on.');
    await vi.waitFor(() => expect(getByRole('button', { name: 'Save version 4' })).toBeTruthy());
    expect(asked.find((a) => a.name === 'SetPolicy')?.variables).toEqual({
      input: {
        groupId: 'g1',
        expectedVersion: 2,
        note: 'night shift',
        document: {
          readOnly: 'run',
          change: 'ask',
          approvalTimeoutSeconds: 1800,
          quietHours: { zone: 'Europe/Oslo', windows: [{ days: [1, 2, 3, 4], from: '18:00', to: '08:00' }] },
        },
      },
    });
  });

  it('F133 who was overtaken is told so in place, keeps the draft, and can reload', async () => {
    const { findByLabelText, getByRole, findByRole, asked } = await panel({
      SetPolicy: { setPolicy: { __typename: 'UserError', code: 'CONFLICT', message: 'Somebody else changed it.' } },
    });
    const change = (await findByLabelText('Commands that change something')) as HTMLSelectElement;
    await fireEvent.update(change, 'refuse');
    await fireEvent.click(getByRole('button', { name: 'Save version 3' }));
    expect((await findByRole('alert')).textContent).toContain('Somebody else changed it.');
    expect(change.value).toBe('refuse');
    const reads = () => asked.filter((a) => a.name === 'Policy').length;
    const before = reads();
    await fireEvent.click(getByRole('button', { name: 'Reload' }));
    await vi.waitFor(() => expect(reads()).toBe(before + 1));
  });

  it('another subject is read anew, and nothing of the one before can be saved under its name', async () => {
    const { findByLabelText, getByLabelText, queryByRole, findByRole, router } = await panel({
      Policy: ({ groupId }: { groupId?: string }) =>
        groupId === 'g1'
          ? { policy: policy() }
          : { policy: policy({ name: 'Harbor Dental', level: 'client', version: 0, document: nothing, versions: [] }) },
    });
    await findByLabelText('Commands that only read');
    await fireEvent.update(getByLabelText('Policy of'), '{"clientId":"c1"}');
    await vi.waitFor(() => expect(router.currentRoute.value.query).toEqual({ client: 'c1' }));
    expect(queryByRole('button', { name: 'Save version 3' })).toBeNull();
    await findByRole('button', { name: 'Save version 1' });
    expect((getByLabelText('Commands that only read') as HTMLSelectElement).value).toBe('');
  });

  it('says what failed, and reads again on request', async () => {
    let broken = true;
    const { findByRole, findByLabelText, getByRole } = await panel({
      Policy: () => (broken ? new Error('gone') : { policy: policy() }),
    });
    expect((await findByRole('alert')).textContent).toContain('The policy could not be read');
    broken = false;
    await fireEvent.click(getByRole('button', { name: 'Try again' }));
    await findByLabelText('Commands that only read');
  });
});
