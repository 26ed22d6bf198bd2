import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, describe, expect, it } from 'vitest';
import { show } from '../../testing/render.ts';
import { sampleEntry, sampleSession } from '../../testing/samples.ts';
import { viewer } from '../signin/use-viewer.ts';
import HandoverCard from './HandoverCard.vue';

const entries = [
  sampleEntry(1, 'command_proposed', { commandId: 'c', spec: { script: 'uname -a' }, reason: '' }),
  sampleEntry(2, 'command_verdict', { commandId: 'c', state: 'completed', words: '' }),
  sampleEntry(3, 'assigned', { from: 'Theo Lind', to: 'Jun Park', toId: 'U1', reason: 'Theo goes home' }),
];
const signIn = (id: string) => (viewer.value = { user: { id } } as typeof viewer.value);
const props = { session: sampleSession(), entries, complete: true };

describe('the card at a hand-over', () => {
  afterEach(() => (cleanup(), localStorage.clear(), (viewer.value = null)));

  it('F072 is what the new assignee sees first: lines that lead to their entries, empty sections say none', async () => {
    signIn('U1');
    const { getByRole, queryByRole, getAllByText } = await show(HandoverCard, { props });
    expect(getByRole('link', { name: /uname -a/ }).getAttribute('href')).toBe('#e2');
    expect(getByRole('link', { name: /Theo goes home/ }).getAttribute('href')).toBe('#e3');
    expect(getAllByText('none')).toHaveLength(3);
    await fireEvent.click(getByRole('button', { name: 'I have read it' }));
    expect(queryByRole('region', { name: 'Briefing' })).toBeNull();
    cleanup();
    expect((await show(HandoverCard, { props })).queryByRole('region', { name: 'Briefing' })).toBeNull();
  });
  it('F072 is not shown to others, nor where nobody had the session before', async () => {
    signIn('U2');
    expect((await show(HandoverCard, { props })).queryByRole('region', { name: 'Briefing' })).toBeNull();
    cleanup();
    signIn('U1');
    const first = [sampleEntry(1, 'assigned', { from: null, to: 'Jun Park', toId: 'U1', reason: '' })];
    const view = await show(HandoverCard, { props: { ...props, entries: first } });
    expect(view.queryByRole('region', { name: 'Briefing' })).toBeNull();
  });
});
