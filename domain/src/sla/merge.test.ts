import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLOCKS, DEFAULT_SLA, PRIORITIES, SLA_LEVELS, TOLD } from '../sla.ts';
import { zSlaDocument } from './document.ts';
import { type SlaOfLevel, mergeSla } from './merge.ts';
import { policyDifference } from './words.ts';

const MINUTE = 60_000;
const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const targets = perhaps(
  fc.record(
    { response: fc.integer({ min: 1, max: 999 }), resolution: fc.integer({ min: 1, max: 999 }) },
    { requiredKeys: [] },
  ),
);
const told = perhaps(fc.uniqueArray(fc.constantFrom(...TOLD), { minLength: 1 }));
const documents = fc
  .record({
    normal: targets,
    urgent: targets,
    warnPercent: perhaps(fc.integer({ min: 1, max: 99 })),
    escalateAfterMinutes: perhaps(fc.integer({ min: 1, max: 99 })),
    tellBreach: told,
    hours: perhaps(
      fc.constantFrom({ zone: 'UTC', hours: null }, { zone: 'UTC', hours: { mon: [['09:00', '17:00']] } }),
    ),
  })
  .map((all) => zSlaDocument.parse(JSON.parse(JSON.stringify(all))));
const levels: fc.Arbitrary<SlaOfLevel[]> = fc
  .tuple(...SLA_LEVELS.map(() => fc.option(fc.tuple(documents, fc.integer({ min: 1, max: 9 })))))
  .map((all) =>
    all.flatMap((each, i) => (each === null ? [] : [{ level: SLA_LEVELS[i]!, document: each[0], version: each[1] }])),
  );

describe('SLA policies of all levels as one', () => {
  it('F080 are the product’s own where nobody says anything', () => {
    const { policy, rules } = mergeSla([]);
    for (const priority of PRIORITIES)
      for (const clock of CLOCKS) expect(policy[priority][clock]).toMatchObject(DEFAULT_SLA[priority][clock]);
    expect(policyDifference(DEFAULT_SLA, policy)).toEqual([]);
    expect(rules.every(({ level, version }) => level === 'built_in' && version === 0)).toBe(true);
  });

  it('F080 field by field the most specific counts, in whatever order they come', () => {
    fc.assert(
      fc.property(
        levels.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const { policy, rules } = mergeSla(shuffled);
          expect({ policy, rules }).toEqual(mergeSla(all));
          const last = <T>(read: (of: SlaOfLevel['document']) => T | undefined) =>
            all.map(({ document }) => read(document)).findLast((value) => value !== undefined);
          const percent = last((document) => document.warnPercent);
          const escalation = last((document) => document.escalateAfterMinutes);
          for (const priority of PRIORITIES)
            for (const clock of CLOCKS) {
              const minutes = last((document) => document[priority]?.[clock]);
              const { warnMs, breachMs, escalateMs, tell } = policy[priority][clock];
              expect(breachMs).toBe(minutes === undefined ? DEFAULT_SLA[priority][clock].breachMs : minutes * MINUTE);
              expect(warnMs).toBeGreaterThan(0);
              expect(warnMs).toBeLessThan(breachMs);
              if (percent !== undefined) expect(warnMs).toBe(Math.round((breachMs * percent) / 100));
              expect(escalateMs).toBe(escalation === undefined ? undefined : breachMs + escalation * MINUTE);
              expect(tell?.breach).toEqual(last((document) => document.tellBreach) ?? ['assignee', 'dispatcher']);
            }
          expect(policy.hours).toEqual(last((document) => document.hours));
          for (const level of SLA_LEVELS)
            expect(policy.versions?.[level]).toBe(all.find((each) => each.level === level)?.version ?? 0);
        },
      ),
    );
  });

  it('F080 name for each field the level and version that says so', () => {
    const { rules } = mergeSla([
      { level: 'organisation', version: 4, document: { normal: { response: 30 }, warnPercent: 80 } },
      { level: 'client', version: 2, document: { normal: { response: 20 } } },
    ]);
    const rule = (what: string) => rules.find((each) => each.what === what);
    expect(rule('Normal, first response')).toMatchObject({ says: '20 min', level: 'client', version: 2 });
    expect(rule('Warns at')).toMatchObject({ says: '80 % of the limit', level: 'organisation', version: 4 });
    expect(rule('Urgent, first response')).toMatchObject({ says: '15 min', level: 'built_in', version: 0 });
    expect(rules).toHaveLength(13);
  });

  it('F080 a difference is told in words', () => {
    const after = mergeSla([{ level: 'client', version: 1, document: { normal: { response: 2 }, warnPercent: 50 } }]);
    expect(policyDifference(mergeSla([]).policy, after.policy)).toContain(
      'Normal, first response: warning at 45 min (the assignee, dispatchers), limit 1 h (the assignee, dispatchers) → warning at 1 min (the assignee, dispatchers), limit 2 min (the assignee, dispatchers)',
    );
  });
});
