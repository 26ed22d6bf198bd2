import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sampleEntry, sampleSession } from '../../testing/samples.ts';
import { show } from '../../testing/render.ts';
import MessageComposer from './MessageComposer.vue';

const answers = {
  AddMessage: {
    addMessage: { __typename: 'Entry', ...sampleEntry(9, 'message', { text: 'x', onEntry: null }) },
  },
};
const composer = (status: 'active' | 'completed' = 'active') =>
  show(MessageComposer, { props: { session: { ...sampleSession(), status } }, answers });

describe('a new message', () => {
  afterEach(cleanup);

  it('U59 is shown to the person at the device only where the writer says so, each time anew', async () => {
    const { getByLabelText, getByText, asked } = await composer();
    const sent = () =>
      asked.filter((a) => a.name === 'AddMessage').map((a) => (a.variables as { input: object }).input);
    const write = async (text: string, count: number) => {
      await fireEvent.update(getByLabelText('Message, goes on the record'), text);
      await fireEvent.click(getByText('Send'));
      await vi.waitFor(() => expect(sent()).toHaveLength(count));
      await vi.waitFor(() =>
        expect((getByLabelText('Message, goes on the record') as HTMLTextAreaElement).value).toBe(''),
      );
    };
    await write('Odd, this one.', 1);
    expect(sent()[0]).not.toHaveProperty('toPerson');
    await fireEvent.click(getByLabelText(/^Show it to .* at the device$/));
    await write('Please save your work.', 2);
    expect(sent()[1]).toMatchObject({ text: 'Please save your work.', toPerson: true });
    await write('Saved, they say.', 3);
    expect(sent()[2]).not.toHaveProperty('toPerson');
  });

  it('U59 offers no way to the device when the session is over', async () => {
    const { queryByLabelText } = await composer('completed');
    expect(queryByLabelText(/at the device$/)).toBeNull();
  });
});
