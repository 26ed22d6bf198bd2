import { COMMAND_STATES } from '@throughline/domain/command';
import { describe, expect, it } from 'vitest';
import { at, sampleCommand } from '../../testing/samples.ts';
import { standingOf, standingWords } from './command-standing.ts';

describe('where a command stands', () => {
  it('F029 every state has a word, a shape, a colour, and says what it means', () => {
    for (const online of [true, false])
      for (const state of COMMAND_STATES) {
        const { look, means } = standingOf(sampleCommand({ state }), online);
        expect(look.word, state).not.toBe('');
        expect(look.glyph, state).toMatch(/^g-/);
        expect(means, state).toMatch(/\.$/);
      }
  });
  it('no two states look and sound the same', () => {
    const all = COMMAND_STATES.map((state) => standingWords(standingOf(sampleCommand({ state }), true)));
    // Queued and sent mean the same to a reader.
    expect(new Set(all).size).toBe(COMMAND_STATES.length - 1);
  });
  it('F015 tells a command whose endpoint is out of reach from one that waits for it', () => {
    expect(standingOf(sampleCommand({ state: 'dispatched' }), false).look.word).toBe('Waiting for endpoint');
    const running = standingOf(sampleCommand({ state: 'running' }), false);
    expect(running.look).toMatchObject({ word: 'Running, out of reach', tone: 'wait' });
    expect(running.means).toContain('nothing runs twice');
  });
  it('F031 says in red that a context was not honoured', () => {
    const words = 'Refused by the endpoint (INVALID_INPUT): Context not honoured: requested tl-ghost, not available.';
    const { look, means } = standingOf(sampleCommand({ state: 'refused', words, startedAt: null }), true);
    expect(look).toMatchObject({ word: 'Context not honoured', tone: 'bad' });
    expect(means).toContain('never started');
  });
  it('F016 says until when an order waits for an endpoint out of reach', () => {
    const sent = sampleCommand({ state: 'dispatched', sendBy: at(15) });
    expect(standingOf(sent, false).means).toMatch(/has not reached it by \d\d:\d\d:\d\d expires/);
  });
  it('U03 says that a command is being cancelled until the endpoint has done it', () => {
    const asked = { state: 'running', cancelRequestedAt: at(2) } as const;
    expect(standingOf(sampleCommand(asked), true).look.word).toBe('Cancelling');
    expect(
      standingOf(sampleCommand({ ...asked, state: 'cancelled', words: 'Cancelled by Jun Park' }), true).look.word,
    ).toBe('Cancelled by Jun Park');
  });
  it('U04 names the limit that a command ran into', () => {
    expect(standingOf(sampleCommand({ state: 'timed_out', timeoutMs: 60_000 }), true).means).toContain(
      'limit of 1 min',
    );
  });
  it('an unknown outcome sends a person to the device first', () => {
    const standing = standingOf(sampleCommand({ state: 'outcome_unknown' }), true);
    expect(standingWords(standing, 'The runtime lost sight of it')).toBe(
      'The runtime lost sight of it. Look at the device first. Run it again only if a second run does no harm.',
    );
  });
});
