import { cleanup, fireEvent, within } from '@testing-library/vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.ts';
import { at } from '../../testing/samples.ts';
import SlaPanel from './SlaPanel.vue';

const none = { responseMinutes: null, consentWaitMinutes: null, resolutionMinutes: null };
const nothing = {
  hours: null,
  warnPercent: null,
  escalateAfterMinutes: null,
  acceptWithinMinutes: null,
  pauseWhile: null,
  tellWarn: null,
  tellBreach: null,
  tellEscalate: null,
};
const policy = (over: object = {}) => ({
  __typename: 'SlaPolicy',
  level: 'client_group',
  name: 'Dental',
  version: 2,
  document: { ...nothing, normal: { ...none, responseMinutes: 20 }, urgent: none, tellBreach: ['manager'] },
  versions: [
    { version: 2, changes: ['Normal, first response: 1 h → 20 min'], note: 'May', madeBy: 'Ada Okafor', madeAt: at(0) },
  ],
  holds: [{ what: 'Normal, first response', says: '20 min', level: 'client_group', version: 2 }],
  ...over,
});
const lists = {
  clientGroups: [{ id: 'g1', name: 'Dental' }],
  clients: [{ id: 'c1', name: 'Harbor Dental' }],
  endpoints: { edges: [] },
};
const panel = (answers: object = {}) =>
  show(SlaPanel, {
    path: '/settings/sla?group=g1',
    answers: { SlaPolicy: { slaPolicy: policy() }, PolicySubjects: lists, ...answers },
  });
const value = (field: HTMLElement) => (field as HTMLInputElement).value;

describe('Settings → SLA', () => {
  afterEach(cleanup);

  it('F080 shows what one level lays down, what holds there by whose word, and its history', async () => {
    const { findByLabelText, getByLabelText, getByRole, asked } = await panel();
    expect(value(await findByLabelText('First response, normal, in minutes'))).toBe('20');
    expect(value(getByLabelText('Completion, urgent, in minutes'))).toBe('');
    expect(asked.find((a) => a.name === 'SlaPolicy')?.variables).toEqual({ groupId: 'g1' });
    expect(within(getByRole('region', { name: 'What holds here' })).getByText('20 min')).toBeTruthy();
    expect(within(getByRole('region', { name: 'History' })).getByText(/Ada Okafor/)).toBeTruthy();
  });

  it('F080 U51 saves the next version with hours, holidays and whom to tell, and says from when it counts', async () => {
    let now = policy();
    const { findByLabelText, getByLabelText, getByRole, findByText, asked } = await panel({
      SlaPolicy: () => ({ slaPolicy: now }),
      SetSlaPolicy: () => ((now = policy({ version: 3 })), { setSlaPolicy: now }),
    });
    await fireEvent.update(await findByLabelText('Completion, urgent, in minutes'), '90');
    await fireEvent.update(getByLabelText('Clocks run'), 'hours');
    await fireEvent.update(getByLabelText('By the clock of'), 'Europe/Oslo');
    await fireEvent.update(getByLabelText('Holidays, one date a line'), '2026-12-25\n2027-01-01\n');
    await fireEvent.update(getByLabelText('Warns at, % of the limit'), '80');
    await fireEvent.click(within(getByRole('group', { name: 'Told of a breach' })).getByLabelText('Dispatchers'));
    await fireEvent.click(getByRole('button', { name: 'Save version 3' }));
    await findByText('Version 3 counts from now on, for sessions under way too.');
    expect(asked.find((a) => a.name === 'SetSlaPolicy')?.variables).toEqual({
      input: {
        groupId: 'g1',
        expectedVersion: 2,
        note: '',
        document: {
          normal: { responseMinutes: 20 },
          urgent: { resolutionMinutes: 90 },
          hours: {
            zone: 'Europe/Oslo',
            roundTheClock: false,
            holidays: ['2026-12-25', '2027-01-01'],
            windows: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' }],
          },
          warnPercent: 80,
          tellBreach: ['manager', 'dispatcher'],
        },
      },
    });
  });

  it('F080 shows what would be due if it came now, until the draft changes; a refusal stands in place', async () => {
    const dues = [
      { priority: 'normal', clock: 'response', warnAt: at(10), dueAt: at(20), escalateAt: null, dueBefore: at(60) },
    ];
    const { findByLabelText, getByRole, findByRole, queryByRole } = await panel({
      PreviewSla: { previewSla: { changes: ['Normal, first response: 20 min → 15 min'], at: at(0), dues } },
      SetSlaPolicy: {
        setSlaPolicy: { __typename: 'UserError', code: 'INVALID_INPUT', message: 'A limit is more than 0 minutes.' },
      },
    });
    const limit = await findByLabelText('First response, normal, in minutes');
    await fireEvent.click(getByRole('button', { name: 'Due if it came now' }));
    const shown = await findByRole('status', { name: 'Due if it came now' });
    expect(shown.textContent).toContain('20 min → 15 min');
    expect(shown.textContent).toContain('never');
    await fireEvent.update(limit, '0');
    expect(queryByRole('status', { name: 'Due if it came now' })).toBeNull();
    await fireEvent.click(getByRole('button', { name: 'Save version 3' }));
    expect((await findByRole('alert')).textContent).toContain('A limit is more than 0 minutes.');
    expect(value(limit)).toBe('0');
  });

  it('F080 says what failed, and another subject is read anew', async () => {
    let broken = true;
    const { findByRole, findByLabelText, getByRole, getByLabelText, router } = await panel({
      SlaPolicy: () => (broken ? new Error('gone') : { slaPolicy: policy() }),
    });
    expect((await findByRole('alert')).textContent).toContain('The SLA policy could not be read');
    broken = false;
    await fireEvent.click(getByRole('button', { name: 'Try again' }));
    await findByLabelText('First response, normal, in minutes');
    await fireEvent.update(getByLabelText('SLA of'), '{"clientId":"c1"}');
    await vi.waitFor(() => expect(router.currentRoute.value.query).toEqual({ client: 'c1' }));
  });
});
