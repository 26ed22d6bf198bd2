import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.ts';
import RightsPanel from './RightsPanel.vue';

const right = (role: string, permission: string, given: string, over: object = {}) => ({
  role,
  permission,
  given,
  otherwise: given,
  choices: ['none', 'own', 'all'],
  ...over,
});
const rights = [
  right('technician', 'command.run', 'none', { otherwise: 'own' }),
  right('senior', 'command.run', 'all'),
  right('technician', 'settings.write', 'none', { choices: ['none'] }),
  right('senior', 'settings.write', 'none', { choices: ['none'] }),
];
const answers = { Rights: { rights }, Groups: { clientGroups: [{ id: 'g1', name: 'Dental' }] } };

describe('rights', () => {
  afterEach(() => cleanup());

  it('F134 shows what was changed and what it was, and fixes what is fixed', async () => {
    const view = await show(RightsPanel, { answers });
    const cell = (await view.findByLabelText('Run commands, transfer files, Technician')) as HTMLSelectElement;
    expect(cell.value).toBe('none');
    expect(view.getByText('As published: Own sessions')).toBeTruthy();
    expect(view.queryByLabelText('Change settings, people and rights, Technician')).toBeNull();
  });

  it('F134 sets a cell for a group, and puts one back', async () => {
    const view = await show(RightsPanel, {
      answers: { ...answers, SetRight: { setRight: { __typename: 'RightsTable', rights } } },
    });
    await view.findByRole('option', { name: 'Dental' });
    await fireEvent.update(view.getByLabelText('At the clients of'), 'g1');
    await fireEvent.update(await view.findByLabelText('Run commands, transfer files, Senior'), 'none');
    await view.findByText(/saved\. It counts/);
    const cell = await view.findByLabelText('Run commands, transfer files, Technician');
    await vi.waitFor(() => expect((cell as HTMLSelectElement).disabled).toBe(false));
    await fireEvent.update(cell, '');
    await vi.waitFor(() => expect(view.asked.filter(({ name }) => name === 'SetRight')).toHaveLength(2));
    expect(view.asked.filter(({ name }) => name === 'SetRight').map(({ variables }) => variables)).toEqual([
      { input: { role: 'senior', permission: 'command.run', given: 'none', groupId: 'g1' } },
      { input: { role: 'technician', permission: 'command.run', given: null, groupId: 'g1' } },
    ]);
  });

  it('F134 says why a change was refused, and leaves the cell as it was', async () => {
    const refusal = {
      __typename: 'UserError',
      code: 'FORBIDDEN',
      message: 'This right is fixed.',
      sessionNumber: null,
    };
    const view = await show(RightsPanel, { answers: { ...answers, SetRight: { setRight: refusal } } });
    const cell = (await view.findByLabelText('Run commands, transfer files, Technician')) as HTMLSelectElement;
    await fireEvent.update(cell, 'all');
    expect((await view.findByRole('alert')).textContent).toContain('This right is fixed.');
    expect(cell.value).toBe('none');
  });
});
