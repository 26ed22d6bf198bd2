import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.ts';
import { at } from '../../testing/samples.ts';
import PeoplePanel from './PeoplePanel.vue';

const person = (name: string, over: object = {}) => ({
  id: name,
  name,
  email: `${name}@northgate.example`,
  role: 'technician',
  active: true,
  deactivatedWhy: null,
  secondFactor: false,
  singleSignOn: false,
  lastSignInAt: at(-60),
  openSessions: 0,
  allClients: true,
  clients: [],
  ...over,
});
const answers = (users: object[]) => ({
  People: { viewer: { msp: { id: 'm', requireSecondFactor: false } }, users },
  Clients: { clients: [{ id: 'c1', name: 'Harbor Dental', group: { id: 'g', name: 'Dental' }, endpointCount: 1 }] },
});

describe('people', () => {
  afterEach(() => cleanup());

  it('F136 F070 deactivates with a reason, then lists the open sessions that wait for somebody else', async () => {
    const view = await show(PeoplePanel, {
      answers: {
        ...answers([person('Theo', { openSessions: 1 })]),
        DeactivateUser: {
          deactivateUser: {
            __typename: 'User',
            id: 'Theo',
            name: 'Theo',
            assigned: [{ id: 's', number: 2046, title: 'VPN drops' }],
          },
        },
      },
    });
    await fireEvent.click(await view.findByRole('button', { name: 'Deactivate Theo' }));
    await fireEvent.update(await view.findByLabelText('Why'), 'Left the company');
    expect(view.getByText(/One open session is theirs/)).toBeTruthy();
    await fireEvent.click(view.getByRole('button', { name: 'Deactivate' }));
    const open = await view.findByRole('link', { name: '2046' });
    expect(open.getAttribute('href')).toBe('/s/2046');
    expect(view.getByRole('link', { name: 'Show them on the board' }).getAttribute('href')).toBe(
      '/board?technician=Theo',
    );
    expect(view.asked.find(({ name }) => name === 'DeactivateUser')?.variables).toEqual({
      input: { userId: 'Theo', reason: 'Left the company' },
    });
  });

  it('F136 says who is deactivated and why, and brings them back', async () => {
    const view = await show(PeoplePanel, {
      answers: {
        ...answers([person('Theo', { active: false, deactivatedWhy: 'Left the company' })]),
        ReactivateUser: { reactivateUser: { __typename: 'User', id: 'Theo' } },
      },
    });
    expect(await view.findByText('Left the company')).toBeTruthy();
    await fireEvent.click(view.getByRole('button', { name: 'Reactivate Theo' }));
    await vi.waitFor(() => expect(view.asked.filter(({ name }) => name === 'People')).toHaveLength(2));
  });

  it('F134 changes role and clients, and shows why that was refused', async () => {
    const refusal = {
      __typename: 'UserError',
      code: 'INVALID_STATE',
      message: 'This is the last admin.',
      sessionNumber: null,
    };
    const view = await show(PeoplePanel, {
      answers: { ...answers([person('Ada', { role: 'admin' })]), SetUserAccess: { setUserAccess: refusal } },
    });
    await fireEvent.click(await view.findByRole('button', { name: 'Change what Ada may do' }));
    await fireEvent.update(await view.findByLabelText('Role'), 'manager');
    await fireEvent.click(view.getByLabelText('Only these'));
    await fireEvent.click(await view.findByLabelText('Harbor Dental'));
    await fireEvent.click(view.getByRole('button', { name: 'Save' }));
    expect((await view.findByRole('alert')).textContent).toContain('This is the last admin.');
    expect(view.asked.find(({ name }) => name === 'SetUserAccess')?.variables).toEqual({
      input: { userId: 'Ada', role: 'manager', clientIds: ['c1'] },
    });
  });
});
