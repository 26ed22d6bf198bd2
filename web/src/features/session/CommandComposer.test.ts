import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleSession } from '../../testing/samples.ts';
import { show } from '../../testing/render.ts';
import CommandComposer from './CommandComposer.vue';

const assess = (verdict: string, risk: string) => ({
  AssessCommand: {
    assessCommand: {
      risk,
      why: 'Because.',
      verdict,
      words: '',
      rule: 'P-2',
      policyVersion: 3,
      policyLevel: 'client',
      asks: null,
    },
  },
});
const refuse = {
  ProposeCommand: { proposeCommand: { __typename: 'UserError', code: 'REASON_REQUIRED', message: 'Say why.' } },
};
const composer = (answers: object) =>
  show(CommandComposer, { props: { session: sampleSession() }, answers: { ...answers } });

describe('the command box', () => {
  beforeEach(() => localStorage.clear());
  afterEach(cleanup);

  it('U02 never runs on paste or Enter, only when sent', async () => {
    const { getByLabelText, asked } = await composer({ ...assess('run', 'read_only'), ...refuse });
    const box = getByLabelText('Command');
    await fireEvent.update(box, 'one\ntwo\nthree');
    await fireEvent.keyDown(box, { key: 'Enter' });
    expect(asked.filter((a) => a.name === 'ProposeCommand')).toEqual([]);
    await fireEvent.keyDown(box, { key: 'Enter', ctrlKey: true });
    await vi.waitFor(() => expect(asked.some((a) => a.name === 'ProposeCommand')).toBe(true));
  });
  it('F055 asks for a reason before a change can be sent, and says what the button does', async () => {
    const { getByLabelText, findByRole, getByRole } = await composer(assess('ask', 'change'));
    await fireEvent.update(getByLabelText('Command'), 'systemctl restart x');
    const send = (await findByRole('button', { name: /Ask, then run/ })) as HTMLButtonElement;
    expect(send.disabled).toBe(true);
    await fireEvent.update(getByRole('textbox', { name: /Reason, shown to Olivia Hart/ }), 'let it read the new chain');
    expect(send.disabled).toBe(false);
  });
  it('F055 after a refusal it asks anew what becomes of the command: who has to allow it may be known only now', async () => {
    const refused = assess('refuse', 'change').AssessCommand.assessCommand;
    let calls = 0;
    const AssessCommand = () => ({
      assessCommand: { ...refused, ...(calls++ === 0 ? {} : { verdict: 'ask_approver', rule: 'P-11' }) },
    });
    const { getByLabelText, findByRole, findByText } = await composer({ AssessCommand, ...refuse });
    await fireEvent.update(getByLabelText('Command'), 'touch /srv/x');
    await findByText('Change: refused');
    await fireEvent.click(await findByRole('button', { name: /^Run\s?(Ctrl|⌘)/ }));
    const reason = await findByRole('textbox', { name: 'Reason, shown to the approver' });
    expect((reason as HTMLInputElement).placeholder).toBe('Why? The approver reads this');
    await findByRole('button', { name: /Ask, then run/ });
  });
  it('F045 marks what hides in a command before it is sent, and says in one line what it is', async () => {
    const { getByLabelText, findByText, container, queryByText } = await composer(assess('ask', 'change'));
    const box = getByLabelText('Command');
    await fireEvent.update(box, 'echo ok\nrm /tmp/\u202Egpj.sh\u200B');
    const said = await findByText(/2 characters are not what you see/);
    expect(said.textContent).toContain('U+202E turns the direction of writing, U+200B cannot be seen.');
    expect([...container.querySelectorAll('[data-point]')].map((each) => each.getAttribute('data-point'))).toEqual([
      'U+202E',
      'U+200B',
    ]);
    await findByText('line 2');
    await fireEvent.update(box, 'rm /tmp/hs.jpg');
    expect(queryByText(/not what you see/)).toBeNull();
  });
  it('F045 marks what hides in the words of the verdict too, which name parts of the command', async () => {
    const { AssessCommand } = assess('ask', 'change');
    const why = 'Deletes /tmp/\u202Egpj.exe.';
    const answers = { AssessCommand: { assessCommand: { ...AssessCommand.assessCommand, why } } };
    const { getByLabelText, container } = await composer(answers);
    await fireEvent.update(getByLabelText('Command'), 'rm x');
    await vi.waitFor(() => expect(container.querySelector('.why [data-point="U+202E"]')).not.toBeNull());
  });
  it('shows a refusal in place with its code, and keeps the text', async () => {
    const { getByLabelText, findByRole } = await composer({ ...assess('run', 'read_only'), ...refuse });
    const box = getByLabelText('Command') as HTMLTextAreaElement;
    await fireEvent.update(box, 'uname -a');
    await fireEvent.keyDown(box, { key: 'Enter', metaKey: true });
    expect((await findByRole('alert')).textContent).toContain('REASON_REQUIRED');
    expect(box.value).toBe('uname -a');
  });
  it('sends the same key again after a lost answer, so that nothing runs twice', async () => {
    const { getByLabelText, asked } = await composer({
      ...assess('run', 'read_only'),
      ProposeCommand: () => new Error('lost'),
    });
    const box = getByLabelText('Command');
    await fireEvent.update(box, 'uname -a');
    const keys = () =>
      asked
        .filter((a) => a.name === 'ProposeCommand')
        .map((a) => (a.variables['input'] as { idempotencyKey: string }).idempotencyKey);
    await fireEvent.keyDown(box, { key: 'Enter', ctrlKey: true });
    await vi.waitFor(() => expect(keys()).toHaveLength(1));
    await vi.waitFor(async () => {
      await fireEvent.keyDown(box, { key: 'Enter', ctrlKey: true });
      expect(keys().length).toBeGreaterThan(1);
    });
    expect(new Set(keys()).size).toBe(1);
  });
  it('F026 sends a limit of output in bytes, leaves it out when empty, and stops what is no number', async () => {
    const view = await composer({ ...assess('run', 'read_only'), ...refuse });
    const inputs = () => view.asked.filter((a) => a.name === 'ProposeCommand').map((a) => a.variables['input']);
    const box = view.getByLabelText('Command');
    const cap = view.getByLabelText(/Stop at so many MiB/);
    await fireEvent.update(box, 'uname -a');
    await fireEvent.update(cap, 'much');
    await fireEvent.keyDown(box, { key: 'Enter', ctrlKey: true });
    expect(view.getByRole('alert').textContent).toContain('a number of MiB');
    expect(inputs()).toEqual([]);
    await fireEvent.update(cap, '0.5');
    await fireEvent.keyDown(box, { key: 'Enter', ctrlKey: true });
    await vi.waitFor(() => expect(inputs()).toHaveLength(1));
    expect(inputs()[0]).toMatchObject({ maxOutputBytes: 524_288 });
    await fireEvent.update(cap, '');
    await vi.waitFor(async () => {
      await fireEvent.keyDown(box, { key: 'Enter', ctrlKey: true });
      expect(inputs()).toHaveLength(2);
    });
    expect(inputs()[1]).not.toHaveProperty('maxOutputBytes');
  });
  it('U22 keeps the draft over a reload', async () => {
    const first = await composer(assess('run', 'read_only'));
    await fireEvent.update(first.getByLabelText('Command'), 'uname -a');
    first.unmount();
    const second = await composer(assess('run', 'read_only'));
    expect((second.getByLabelText('Command') as HTMLTextAreaElement).value).toBe('uname -a');
  });
  it('U01 recalls earlier commands of this endpoint in an empty box', async () => {
    localStorage.setItem('throughline.history.E1', JSON.stringify(['first', 'second']));
    const { getByLabelText } = await composer(assess('run', 'read_only'));
    const box = getByLabelText('Command') as HTMLTextAreaElement;
    await fireEvent.keyDown(box, { key: 'ArrowUp' });
    expect(box.value).toBe('second');
    await fireEvent.keyDown(box, { key: 'ArrowUp' });
    expect(box.value).toBe('first');
    await fireEvent.keyDown(box, { key: 'ArrowDown' });
    await fireEvent.keyDown(box, { key: 'ArrowDown' });
    expect(box.value).toBe('');
  });
});
