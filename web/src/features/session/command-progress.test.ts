import { describe, expect, it } from 'vitest';
import type { CommandFieldsFragment } from '../../graphql/generated/operations.ts';
import { takeNews } from './command-progress.ts';

const command = (state: CommandFieldsFragment['state']) =>
  ({ id: 'c', state, inputs: [] }) as unknown as CommandFieldsFragment;

describe('news of a command', () => {
  it('F025 never takes a finished command back to an earlier state, whatever order the news comes in', () => {
    const known = new Map<string, CommandFieldsFragment>();
    for (const state of ['dispatched', 'failed', 'dispatched', 'running'] as const) takeNews(known, command(state));
    expect(known.get('c')?.state).toBe('failed');
  });

  it('F025 takes what is further along, also an end that was unknown at first', () => {
    const known = new Map<string, CommandFieldsFragment>();
    for (const state of ['proposed', 'running', 'outcome_unknown', 'completed'] as const)
      takeNews(known, command(state));
    expect(known.get('c')?.state).toBe('completed');
  });

  it('F024 an answer known to be given stays so when the reply to sending it comes after the live event', () => {
    const running = (...given: (boolean | null)[]) =>
      ({ id: 'c', state: 'running', inputs: given.map((g, seq) => ({ seq, given: g })) }) as CommandFieldsFragment;
    const known = new Map<string, CommandFieldsFragment>();
    for (const news of [running(), running(true), running(null), running()]) takeNews(known, news);
    expect(known.get('c')?.inputs).toEqual([{ seq: 0, given: true }]);
    takeNews(known, running(true, null));
    expect(known.get('c')?.inputs).toHaveLength(2);
  });
});
