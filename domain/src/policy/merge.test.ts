import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RISKS, type Risk } from '../command.ts';
import { ACTION_CLASSES, POLICY_LEVELS, POLICY_MODES, decide } from '../policy.ts';
import { type PolicyDocument, zPolicyDocument } from './document.ts';
import { type PolicyOfLevel, mergePolicies } from './merge.ts';
import { isQuiet } from './quiet-hours.ts';
import { policyNow } from './rulings.ts';

const perhaps = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const asked = () => perhaps(['ask', 'refuse'] as const);
const gated = () => perhaps(['unattended', 'ask', 'ask_approver', 'refuse'] as const);
const clock = fc.constantFrom('00:00', '06:30', '08:00', '18:00', '23:59');
const documents: fc.Arbitrary<PolicyDocument> = fc
  .record({
    read_only: perhaps(POLICY_MODES),
    change: gated(),
    destructive: gated(),
    other_identity: gated(),
    riskFloor: perhaps(RISKS),
    approvalTimeoutMs: perhaps([10_000, 60_000, 86_400_000]),
    nobodySignedIn: asked(),
    severalPeople: asked(),
    lockedScreen: asked(),
    strong: perhaps([true] as const),
    quietHours: fc.option(
      fc.record({
        zone: fc.constantFrom('UTC', 'America/Chicago'),
        windows: fc.array(
          fc.record({
            days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
            from: clock,
            to: clock,
          }),
          { minLength: 1, maxLength: 2 },
        ),
      }),
      { nil: undefined },
    ),
  })
  .map((all) => zPolicyDocument.parse(Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined))));
const levels: fc.Arbitrary<PolicyOfLevel[]> = fc
  .tuple(...POLICY_LEVELS.map(() => fc.option(fc.tuple(documents, fc.integer({ min: 1, max: 9 })))))
  .map((all) =>
    all.flatMap((each, i) =>
      each === null ? [] : [{ level: POLICY_LEVELS[i]!, document: each[0], version: each[1] }],
    ),
  );
const situations = fc.record({
  at: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 11, 31) }),
  people: fc.constantFrom('one', 'several', 'nobody', 'unknown'),
  locked: fc.boolean(),
  approver: fc.constantFrom('yes', 'none_registered', 'none_pinned', 'unseen'),
} as const);
const strictness = (mode: (typeof POLICY_MODES)[number]) => POLICY_MODES.indexOf(mode);

describe('the policies of all levels as one', () => {
  it('F049 are never weaker than any of them, at any moment and for any command', () => {
    fc.assert(
      fc.property(
        levels,
        situations,
        fc.constantFrom(...RISKS),
        fc.boolean(),
        (policies, situation, risk, otherIdentity) => {
          const question = { risk, consent: true, otherIdentity, unattended: ACTION_CLASSES };
          const all = policyNow(mergePolicies(policies), situation).policy;
          for (const one of policies) {
            const alone = policyNow(mergePolicies([one]), situation).policy;
            // Unattended asks nobody, so it is no looser than a level that says nothing of it: but then no level says otherwise.
            if (decide(all, question).verdict === 'unattended')
              for (const of of otherIdentity ? ([risk, 'other_identity'] as const) : [risk])
                expect([undefined, 'unattended']).toContain(one.document[of]);
            else
              expect(strictness(decide(all, question).verdict)).toBeGreaterThanOrEqual(
                strictness(decide(alone, question).verdict),
              );
            expect(RISKS.indexOf(all.riskFloor)).toBeGreaterThanOrEqual(RISKS.indexOf(alone.riskFloor));
            if (one.document.approvalTimeoutMs !== undefined)
              expect(all.approvalTimeoutMs).toBeLessThanOrEqual(one.document.approvalTimeoutMs);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('F049 are the same in whatever order they come', () => {
    fc.assert(
      fc.property(
        levels.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          expect(mergePolicies(shuffled)).toEqual(mergePolicies(all));
        },
      ),
    );
  });

  it('F049 name for each rule a level that says just that, and its version', () => {
    fc.assert(
      fc.property(levels, (policies) => {
        const merged = mergePolicies(policies);
        for (const of of ACTION_CLASSES) {
          const { value, level, version } = merged.modes[of];
          const named = policies.find((each) => each.level === level);
          if (level === 'built_in') expect(version).toBe(0);
          else expect([named?.document[of], named?.version]).toEqual([value, version]);
        }
      }),
    );
  });

  it('F049 names the broadest of several that are equally strict, and the product itself where nobody says anything', () => {
    const said: PolicyOfLevel[] = [
      { level: 'endpoint', version: 4, document: { destructive: 'refuse' } },
      { level: 'client', version: 3, document: { destructive: 'refuse', change: 'ask' } },
    ];
    expect(mergePolicies(said).modes).toMatchObject({
      read_only: { value: 'run', level: 'built_in', version: 0 },
      change: { value: 'ask', level: 'client', version: 3 },
      destructive: { value: 'refuse', level: 'client', version: 3 },
    });
  });
});

describe('unattended', () => {
  const change = (...documents: PolicyDocument[]) =>
    mergePolicies(documents.map((document, i) => ({ level: POLICY_LEVELS[i]!, version: 1, document }))).modes.change;

  it('U34 holds only where a level says so and none says otherwise, built-in rules aside', () => {
    expect(change({}, { change: 'unattended' })).toEqual({ value: 'unattended', level: 'client_group', version: 1 });
    expect(change({ change: 'unattended' }, { change: 'unattended' }).level).toBe('organisation');
    expect(change({ change: 'ask' }, { change: 'unattended' })).toMatchObject({ value: 'ask', level: 'organisation' });
    expect(change({ change: 'unattended' }, {}, {}, { change: 'refuse' }).value).toBe('refuse');
    expect(change({ destructive: 'unattended' }).value).toBe('ask');
  });

  it('U34 is never the case in strong mode, and goes on when nobody may be asked', () => {
    const now = (document: PolicyDocument) =>
      policyNow(mergePolicies([{ level: 'client', version: 5, document }]), {
        ...{ at: 0, people: 'nobody', locked: true, approver: 'unseen' },
      });
    expect(now({ change: 'unattended', strong: true })).toMatchObject({ unattended: null });
    const quiet = now({ change: 'unattended', nobodySignedIn: 'refuse' });
    expect(quiet.unattended).toMatchObject({ rule: 'P-10', level: 'client', version: 5 });
    expect(quiet.policy.rulings.destructive).toMatchObject({ mode: 'refuse', rule: 'P-6' });
  });
});

describe('a policy at a moment', () => {
  const now = (document: PolicyDocument, people: 'one' | 'several' | 'nobody' | 'unknown', at = 0, locked = false) =>
    policyNow(mergePolicies([{ level: 'client', version: 5, document }]), { at, people, locked, approver: 'unseen' });
  const change = { risk: 'change', consent: true, otherIdentity: false } as const;
  const read = { ...change, risk: 'read_only' } as const;

  it.each([
    ['nobody', { nobodySignedIn: 'refuse' }, 'P-6'],
    ['several', { severalPeople: 'refuse' }, 'P-7'],
  ] as const)(
    'U35 with %s signed in what would ask is refused, by its own rule, and reading goes on',
    (people, document, rule) => {
      const { policy, noAsking } = now(document, people);
      expect(decide(policy, change)).toMatchObject({ verdict: 'refuse', rule, level: 'client', version: 5 });
      expect(decide(policy, read)).toMatchObject({ verdict: 'run', rule: 'P-1' });
      expect(noAsking).toMatchObject({ rule, words: expect.stringContaining('the client’s policy') });
      for (const others of ['one', 'unknown'] as const) {
        expect(decide(now(document, others).policy, change).verdict).toBe('ask');
        expect(now(document, others).noAsking).toBeNull();
      }
      expect(decide(now({}, people).policy, change).verdict).toBe('ask');
    },
  );

  it('U35 at a locked screen nobody is asked, where the policy says so', () => {
    const { policy, noAsking } = now({ lockedScreen: 'refuse' }, 'one', 0, true);
    expect(decide(policy, change)).toMatchObject({ verdict: 'refuse', rule: 'P-8', level: 'client', version: 5 });
    expect(decide(policy, read).verdict).toBe('run');
    expect(noAsking?.words).toContain('locked');
    expect(now({ lockedScreen: 'refuse' }, 'one').noAsking).toBeNull();
    expect(now({}, 'one', 0, true).noAsking).toBeNull();
  });

  it('U35 in quiet hours nobody is asked, and the hours are said', () => {
    const quietHours = { zone: 'America/Chicago', windows: [{ days: [5], from: '18:00', to: '08:00' }] };
    // Friday 27 November 2026, 19:00 in Chicago.
    const { policy } = now({ quietHours }, 'one', Date.UTC(2026, 10, 28, 1));
    expect(decide(policy, change)).toMatchObject({
      verdict: 'refuse',
      rule: 'P-5',
      words: expect.stringContaining('Fri 18:00–08:00 (America/Chicago)'),
    });
    expect(decide(policy, read).verdict).toBe('run');
    expect(decide(now({ quietHours, read_only: 'ask' }, 'one', Date.UTC(2026, 10, 28, 1)).policy, read)).toMatchObject({
      verdict: 'refuse',
      rule: 'P-5',
    });
  });
});

describe('a named approver', () => {
  const now = (document: PolicyDocument, approver: 'yes' | 'none_registered' | 'none_pinned' | 'unseen') =>
    policyNow(mergePolicies([{ level: 'client', version: 5, document }]), {
      ...{ at: 0, people: 'one', locked: false, approver },
    });
  const asked = (risk: Risk, otherIdentity = false) => ({ risk, consent: true, otherIdentity });
  const of = { level: 'client', version: 5 };

  it.each([
    [{ change: 'ask_approver' }, 'yes', asked('change'), 'ask_approver', 'P-11'],
    [{ change: 'ask_approver' }, 'unseen', asked('change'), 'ask_approver', 'P-11'],
    [{ change: 'ask_approver' }, 'none_registered', asked('change'), 'refuse', 'P-12'],
    [{ change: 'ask_approver' }, 'none_pinned', asked('change'), 'refuse', 'P-12'],
    [{ change: 'ask_approver' }, 'yes', asked('read_only'), 'run', 'P-1'],
    [{ read_only: 'ask_approver' }, 'yes', asked('read_only'), 'ask_approver', 'P-11'],
    [{ destructive: 'ask_approver' }, 'none_registered', asked('change'), 'ask', 'P-2'],
    [{ other_identity: 'ask_approver' }, 'yes', asked('change', true), 'ask_approver', 'P-11'],
    [{ change: 'ask_approver' }, 'yes', asked('change', true), 'ask_approver', 'P-11'],
    [{ change: 'ask_approver', other_identity: 'refuse' }, 'yes', asked('change', true), 'refuse', 'P-4'],
    [{ change: 'ask_approver', strong: true }, 'yes', asked('change'), 'ask_approver', 'P-11'],
    [{ change: 'ask_approver', strong: true }, 'yes', asked('read_only'), 'ask', 'P-9'],
    [{ change: 'ask_approver', nobodySignedIn: 'refuse' }, 'yes', asked('change'), 'ask_approver', 'P-11'],
  ] as const)('F049 %o with approver “%s” makes of %o: %s by %s', (document, approver, question, verdict, rule) => {
    expect(decide(now(document, approver).policy, question)).toMatchObject({ verdict, rule });
  });

  it.each([
    [{}, 'yes', ['change'], asked('change'), 'ask_approver', 'P-13'],
    [{}, 'yes', ['change'], asked('read_only'), 'run', 'P-1'],
    [{}, 'yes', ['read_only'], asked('read_only'), 'ask_approver', 'P-13'],
    [{}, 'yes', ['other_identity'], asked('change', true), 'ask_approver', 'P-13'],
    [{}, 'none_registered', ['change'], asked('change'), 'refuse', 'P-12'],
    [{}, 'none_pinned', ['change'], asked('change'), 'refuse', 'P-12'],
    [{ change: 'unattended' }, 'yes', ['change'], asked('change'), 'ask_approver', 'P-13'],
    [{ change: 'ask_approver' }, 'yes', ['change'], asked('change'), 'ask_approver', 'P-11'],
    [{ change: 'refuse' }, 'yes', ['change'], asked('change'), 'refuse', 'P-2'],
    [{ strong: true }, 'yes', ['change'], asked('change'), 'ask', 'P-9'],
    [{}, 'yes', [], asked('change'), 'ask', 'P-2'],
  ] as const)(
    'F049 %o, approver “%s” and pins for %o make of %o: %s by %s',
    (document, approver, pinned, question, verdict, rule) => {
      const merged = mergePolicies([{ level: 'client', version: 5, document }]);
      const situation = { at: 0, people: 'one', locked: false, approver, pinned } as const;
      expect(decide(policyNow(merged, situation).policy, question)).toMatchObject({ verdict, rule });
      const attended = decide(policyNow(merged, situation).policy, { ...question, unattended: ['change'] });
      if (rule === 'P-13') expect(attended.verdict).toBe('ask_approver');
    },
  );

  it('F049 asks nobody in quiet hours for what only the computer’s owner has an approver decide', () => {
    const quietHours = { zone: 'UTC', windows: [{ days: [4], from: '00:00', to: '08:00' }] };
    const merged = mergePolicies([{ level: 'client', version: 5, document: { quietHours } }]);
    const { policy } = policyNow(merged, { at: 0, people: 'one', locked: false, approver: 'yes', pinned: ['change'] });
    expect(policy.rulings.change).toMatchObject({ mode: 'refuse', rule: 'P-5' });
  });

  it('F049 stands between asking the person and refusing, whatever level says which', () => {
    const change = (...documents: PolicyDocument[]) =>
      mergePolicies(documents.map((document, i) => ({ level: POLICY_LEVELS[i]!, version: 1, document }))).modes.change;
    expect(change({ change: 'ask' }, { change: 'ask_approver' })).toMatchObject({ value: 'ask_approver' });
    expect(change({ change: 'ask_approver' }, { change: 'unattended' }, { change: 'ask' })).toMatchObject({
      ...{ value: 'ask_approver', level: 'organisation' },
    });
    expect(change({ change: 'ask_approver' }, { change: 'refuse' }).value).toBe('refuse');
  });

  it('F049 names the policy that says so, and says why nobody can be asked; quiet hours are theirs too', () => {
    const refused = now({ change: 'ask_approver' }, 'none_registered').policy.rulings.change;
    expect(refused).toMatchObject({ ...of, words: expect.stringContaining('no approver of this client') });
    expect(now({ change: 'ask_approver' }, 'none_pinned').policy.rulings.change.words).toContain('pinned');
    const quietHours = {
      zone: 'UTC',
      windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:00' }],
    };
    expect(now({ change: 'ask_approver', quietHours }, 'yes').policy.rulings.change).toMatchObject({ rule: 'P-5' });
  });
});

describe('quiet hours', () => {
  const chicago = (...windows: { days: number[]; from: string; to: string }[]) => ({
    zone: 'America/Chicago',
    windows,
  });
  const overnight = chicago({ days: [5], from: '18:00', to: '08:00' });
  it.each([
    ['U35 begin at their first minute', overnight, Date.UTC(2026, 10, 28, 0, 0), true],
    ['U35 have not begun the minute before', overnight, Date.UTC(2026, 10, 27, 23, 59), false],
    ['U35 go over midnight into a day that is not named', overnight, Date.UTC(2026, 10, 28, 13, 59), true],
    ['U35 end at their last minute', overnight, Date.UTC(2026, 10, 28, 14, 0), false],
    ['U35 do not begin on the day after', overnight, Date.UTC(2026, 10, 29, 1, 0), false],
    [
      'U35 of the same beginning and end are a whole day',
      chicago({ days: [7], from: '00:00', to: '00:00' }),
      Date.UTC(2026, 10, 30, 5, 59),
      true,
    ],
    ['U35 follow the zone’s summer time', overnight, Date.UTC(2026, 6, 10, 23, 0), true],
    ['U35 are of their own zone', { ...overnight, zone: 'UTC' }, Date.UTC(2026, 10, 27, 19, 0), true],
  ])('%s', (_name, hours, at, quiet) => expect(isQuiet(hours, at)).toBe(quiet));
});
