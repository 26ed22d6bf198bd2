import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.ts';
import { sampleEntry, sampleSession } from '../../testing/samples.ts';
import EnvPanel from './EnvPanel.vue';

const NAME = 'Capture the computer’s state';
const panel = (answers = {}, session = sampleSession(), props = {}) =>
  show(EnvPanel, { props: { commands: [], session, ...props }, answers });

describe('the environment panel', () => {
  afterEach(cleanup);

  it('F007 captures the computer’s state on demand, and says which entry it became', async () => {
    const entry = { __typename: 'Entry', ...sampleEntry(9, 'endpoint_facts', {}) };
    const onEntry = vi.fn();
    const view = await panel({ CaptureFacts: { captureFacts: entry } }, sampleSession(), { onEntry });
    await fireEvent.click(view.getByRole('button', { name: NAME }));
    expect((await view.findByRole('status')).textContent).toContain('Captured as entry 9');
    expect(view.asked).toEqual([{ name: 'CaptureFacts', variables: { input: { sessionId: 'S1' } } }]);
    expect(onEntry).toHaveBeenCalledWith(expect.objectContaining({ seq: 9 }));
  });
  it('F007 is busy while it asks, and asks once', async () => {
    const view = await panel({ CaptureFacts: () => new Error('lost') });
    const button = view.getByRole('button', { name: NAME }) as HTMLButtonElement;
    await fireEvent.click(button);
    expect(button.disabled).toBe(true);
    expect(button.textContent).toContain('Asking');
    await view.findByRole('alert');
    expect(button.disabled).toBe(false);
  });
  it('F007 shows in place why the computer could not be asked', async () => {
    const refusal = { __typename: 'UserError', code: 'UNAVAILABLE', message: 'It did not answer in time. Try again.' };
    const view = await panel({ CaptureFacts: { captureFacts: refusal } });
    await fireEvent.click(view.getByRole('button', { name: NAME }));
    expect((await view.findByRole('alert')).textContent).toContain('It did not answer in time.');
  });
  it('F007 offers nothing while the computer is offline, and says why; nothing to those who only read', async () => {
    const offline = sampleSession({ endpoint: { ...sampleSession().endpoint, online: false } });
    const view = await panel({}, offline);
    expect((view.getByRole('button', { name: NAME }) as HTMLButtonElement).disabled).toBe(true);
    expect(view.getByText(/can be captured when it is back/)).toBeTruthy();
    cleanup();
    const reader = sampleSession({ can: { ...sampleSession().can, runCommand: false } });
    expect((await panel({}, reader)).queryByRole('button', { name: NAME })).toBeNull();
  });
});
