import { describe, expect, it } from 'vitest';
import type { CommandFieldsFragment } from '../../graphql/generated/operations.ts';
import { takeNews } from './command-progress.ts';

const command = (state: CommandFieldsFragment['state']) => ({ id: 'c', state }) as CommandFieldsFragment;

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
});
