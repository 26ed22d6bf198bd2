import { describe, expect, it } from 'vitest';
import type { Risk } from './command.ts';
import {
  ACTION_CLASSES,
  type ActionClass,
  BUILT_IN,
  DEFAULT_POLICY,
  type PolicyMode,
  attended,
  decide,
} from './policy.ts';

const asked = (risk: Risk, consent: boolean, otherIdentity: boolean) =>
  decide({ ...DEFAULT_POLICY, version: 7 }, { risk, consent, otherIdentity });

describe('the approval policy', () => {
  it.each([
    ['read_only', true, false, 'run', 'P-1'],
    ['change', true, false, 'ask', 'P-2'],
    ['destructive', true, false, 'ask', 'P-3'],
    ['read_only', true, true, 'ask', 'P-4'],
    ['change', true, true, 'ask', 'P-4'],
    ['destructive', true, true, 'ask', 'P-4'],
    ['read_only', false, false, 'refuse', 'P-0'],
    ['change', false, false, 'refuse', 'P-0'],
    ['destructive', false, true, 'refuse', 'P-0'],
  ] as const)('F041 F044 decides %s, consent %s, other account %s: %s by %s', (risk, consent, other, verdict, rule) => {
    expect(asked(risk, consent, other)).toMatchObject({ verdict, rule, version: 7 });
    expect(asked(risk, consent, other).words).toMatch(/\.$/);
  });

  const ruled = (modes: Partial<Record<ActionClass, PolicyMode>>) => ({
    ...DEFAULT_POLICY,
    rulings: Object.fromEntries(
      ACTION_CLASSES.map((of, i) => [
        of,
        { ...BUILT_IN[of], mode: modes[of] ?? BUILT_IN[of].mode, level: 'client' as const, version: i + 1 },
      ]),
    ) as NonNullable<typeof DEFAULT_POLICY.rulings>,
  });

  it('F049 names the level and version that a ruling comes from', () => {
    expect(decide(ruled({}), { risk: 'change', consent: true, otherIdentity: false })).toMatchObject({
      verdict: 'ask',
      rule: 'P-2',
      level: 'client',
      version: 2,
    });
  });

  it('F050 under another account the stricter of two rulings counts: of the account and of the class', () => {
    const other = (risk: Risk, modes: Partial<Record<ActionClass, PolicyMode>>) =>
      decide(ruled(modes), { risk, consent: true, otherIdentity: true });
    expect(other('destructive', { destructive: 'refuse' })).toMatchObject({ verdict: 'refuse', rule: 'P-3' });
    expect(other('change', { other_identity: 'refuse' })).toMatchObject({ verdict: 'refuse', rule: 'P-4' });
    expect(other('change', {})).toMatchObject({ verdict: 'ask', rule: 'P-4' });
  });

  it('U34 runs unattended only what both say: the policy, and the endpoint’s owner', () => {
    const both = ruled({ read_only: 'unattended', change: 'unattended', other_identity: 'unattended' });
    const asks = (risk: Risk, unattended: ActionClass[] | undefined, otherIdentity = false) =>
      decide(both, { risk, consent: true, otherIdentity, ...(unattended && { unattended }) });
    expect(asks('change', ['change'])).toMatchObject({ verdict: 'unattended', level: 'client', version: 2 });
    expect(asks('change', undefined)).toMatchObject({ verdict: 'ask', rule: 'P-2', level: 'built_in' });
    expect(asks('change', ['read_only'])).toMatchObject({ verdict: 'ask', level: 'built_in' });
    expect(asks('destructive', ['change', 'destructive'])).toMatchObject({ verdict: 'ask', rule: 'P-3' });
    expect(asks('change', ['change'], true)).toMatchObject({ verdict: 'ask', rule: 'P-4' });
    expect(asks('change', ['change', 'other_identity'], true)).toMatchObject({ verdict: 'unattended' });
    // A person allowed the session: reading goes with that, as ever. Nobody did: then it is not the policy that reads on.
    expect(asks('read_only', undefined)).toMatchObject({ verdict: 'run', rule: 'P-1' });
    expect(asks('read_only', ['change'])).toMatchObject({ verdict: 'ask', rule: 'P-1' });
    expect(
      decide(ruled({}), { risk: 'read_only', consent: true, otherIdentity: false, unattended: ['read_only'] }),
    ).toMatchObject({ verdict: 'ask' });
    expect(
      decide(both, { risk: 'change', consent: false, otherIdentity: false, unattended: ['change'] }),
    ).toMatchObject({
      rule: 'P-0',
    });
    expect(
      decide(attended(both), { risk: 'change', consent: true, otherIdentity: false, unattended: ['change'] }),
    ).toMatchObject({
      verdict: 'ask',
    });
  });

  it('F041 a ruling that is looser than the product’s own does not count, and consent comes first', () => {
    for (const risk of ['change', 'destructive'] as const)
      expect(decide(ruled({ [risk]: 'run' }), { risk, consent: true, otherIdentity: false })).toMatchObject({
        verdict: 'ask',
        level: 'built_in',
        version: 0,
      });
    expect(decide(ruled({}), { risk: 'read_only', consent: false, otherIdentity: false })).toMatchObject({
      verdict: 'refuse',
      rule: 'P-0',
      level: 'built_in',
    });
  });
});
