import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sampleCommand, sampleSession } from '../../testing/samples.ts';
import { show } from '../../testing/render.ts';
import CommandAnswer from './CommandAnswer.vue';
import { inputWords } from './input-words.ts';

const LATER = '2999-01-01T00:00:00.000Z';
const typed = { seq: 1, text: 'yes\n', end: false, typedBy: 'Jun Park', typedAt: LATER, notAfter: LATER };
const running = (change: object = {}) =>
  sampleCommand({ state: 'running', inputOpen: true, waitsForInput: true, inputs: [], ...change });
const box = (command = running(), answers: object = {}) =>
  show(CommandAnswer, { props: { command, session: sampleSession() }, answers: { ...answers } });
const refused = {
  AnswerCommand: { answerCommand: { __typename: 'UserError', code: 'INVALID_STATE', message: 'It has ended.' } },
};

describe('the open input of a command', () => {
  afterEach(cleanup);

  it('says that the command waits, sends a line with its end, and shows a refusal in place', async () => {
    const { getByLabelText, getByText, findByRole, asked } = await box(running(), refused);
    getByText('It waits for an answer');
    await fireEvent.update(getByLabelText('Answer to the command'), 'yes');
    await fireEvent.click(getByText('Send'));
    await vi.waitFor(() => expect(asked.some((a) => a.name === 'AnswerCommand')).toBe(true));
    const { input } = asked.find((a) => a.name === 'AnswerCommand')?.variables as { input: object };
    expect(input).toMatchObject({ text: 'yes\n', end: false });
    expect((await findByRole('alert')).textContent).toContain('It has ended.');
  });

  it('U10 sends a secret by its name, its value beside the text, and hides it while it is typed', async () => {
    const { getByLabelText, getByText, asked } = await box(running(), refused);
    await fireEvent.click(getByLabelText('Secret, not recorded'));
    const field = getByLabelText('Answer to the command') as HTMLInputElement;
    expect(field.type).toBe('password');
    await fireEvent.update(field, 'hunter2');
    await fireEvent.click(getByText('Send'));
    await vi.waitFor(() => expect(asked.some((a) => a.name === 'AnswerCommand')).toBe(true));
    const { input } = asked.find((a) => a.name === 'AnswerCommand')?.variables as { input: object };
    expect(input).toMatchObject({ text: '{{secret:typed}}\n', secrets: [{ name: 'typed', value: 'hunter2' }] });
  });

  it('shows what was typed and what became of it, and no field once the input has ended', async () => {
    const inputs = [
      { ...typed, given: true, words: null },
      { ...typed, seq: 2, text: '', end: true, given: null, words: null },
    ];
    const { getByText, queryByLabelText } = await box(running({ inputs }));
    getByText('yes');
    getByText('given to the command');
    getByText('ended the input');
    expect(queryByLabelText('Answer to the command')).toBeNull();
  });

  it('is not there for a command that was sent without it', async () => {
    const { queryByLabelText } = await box(sampleCommand({ state: 'completed', inputs: [] }));
    expect(queryByLabelText('Input of the command')).toBeNull();
  });
});

it('says why an answer was not given', () => {
  expect(inputWords({ given: false, words: 'Too late.', notAfter: LATER }).text).toBe('not given. Too late.');
  expect(inputWords({ given: null, words: null, notAfter: '2000-01-01T00:00:00Z' }).text).toMatch(/out of reach/);
  expect(inputWords({ given: null, words: null, notAfter: LATER }).text).toBe('on its way');
});
