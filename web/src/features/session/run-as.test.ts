import { describe, expect, it } from 'vitest';
import { SIGNED_IN_USER, accountChoices, runAsInput } from './run-as.ts';

const facts = { runtimeUser: 'root', users: ['ken.abe'], consoleUser: 'ken.abe', runAsOthers: true };
const choice = (value: string, over: Partial<{ -readonly [K in keyof typeof facts]: unknown }> = {}) =>
  accountChoices({ ...facts, ...over } as Parameters<typeof accountChoices>[0]).find((c) => c.value === value)!;

describe('the accounts to choose from', () => {
  it('F032 says whose context the signed-in user would be now', () => {
    expect(choice(SIGNED_IN_USER)).toEqual({ value: SIGNED_IN_USER, text: 'the signed-in user, ken.abe' });
    expect(choice('runtime').hint).toBe('root');
  });
  it('F032 says when nobody is signed in, or several without one at the screen', () => {
    const nobody = choice(SIGNED_IN_USER, { users: [], consoleUser: null });
    expect(nobody).toMatchObject({ text: 'the signed-in user, nobody now' });
    expect(nobody.hint).toMatch(/nobody is signed in/);
    expect(choice(SIGNED_IN_USER, { users: ['ann', 'ben'], consoleUser: null }).hint).toMatch(/ann, ben/);
  });
  it('F032 closes other accounts with the reason where the runtime cannot change accounts', () => {
    for (const value of [SIGNED_IN_USER, 'account'])
      expect(choice(value, { runAsOthers: false })).toMatchObject({ off: true, hint: expect.stringMatching(/root/) });
    // Who it already is takes no change.
    expect(choice(SIGNED_IN_USER, { runAsOthers: false, runtimeUser: 'ken.abe' }).off).toBeUndefined();
    expect(choice('runtime', { runAsOthers: false }).off).toBeUndefined();
  });
  it('an older runtime tells nothing of accounts, and nothing is closed', () => {
    for (const list of [accountChoices(null), accountChoices({ runtimeUser: 'root', users: [] })])
      expect(list.some((c) => c.off)).toBe(false);
    expect(accountChoices(null)[1]?.text).toBe('the signed-in user');
  });
  it('turns the api’s words back into its names', () => {
    expect(['the runtime’s own account', 'the signed-in user', 'nobody'].map(runAsInput)).toEqual([
      '',
      SIGNED_IN_USER,
      'nobody',
    ]);
  });
});
