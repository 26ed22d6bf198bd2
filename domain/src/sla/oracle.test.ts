import fc from 'fast-check';
import { expect, it } from 'vitest';
import { businessMinutesBetween, dueAt } from './business-time.ts';
import { BusinessCalendar } from './calendar.ts';
import { zBusinessHours } from './hours.ts';
import { arbitraryCase } from './testing/arbitrary-case.ts';
import { walk } from './testing/minute-oracle.ts';

const DAY = 86_400_000;
/** All of them: SLA_CASES=100000 npx vitest run --project unit domain/src/sla/oracle.test.ts */
const cases = Number(process.env.SLA_CASES ?? 800);
const seed = Number(process.env.SLA_SEED ?? Math.floor(Math.random() * 2 ** 31));

it(`agrees with a walk from minute to minute, in ${cases} cases of seed ${seed}`, { timeout: 7_200_000 }, () => {
  const answers = { due: 0, never: 0, later: 0 };
  fc.assert(
    fc.property(arbitraryCase, (asked) => {
      const calendar = new BusinessCalendar(zBusinessHours.parse(asked));
      const pauses = asked.pauses.map(([from, until]) => ({ from, until }));
      const found = dueAt(calendar, asked.start, asked.minutes, pauses);
      const giveUp = asked.start + 6 * DAY;
      const walked = walk(asked, giveUp);
      if ('due' in walked) {
        answers.due++;
        expect(found).toBe(walked.due);
        expect(businessMinutesBetween(calendar, asked.start, walked.due, pauses)).toBe(asked.minutes);
      } else if ('never' in walked) {
        answers.never++;
        expect(found).toBeNull();
      } else {
        answers.later++;
        expect(businessMinutesBetween(calendar, asked.start, giveUp, pauses)).toBe(walked.minutes);
        const ends = asked.pauses.every(([, until]) => until !== null);
        if (ends) expect(found).toBeGreaterThan(giveUp);
        else expect(found ?? Infinity).toBeGreaterThan(giveUp);
      }
    }),
    { numRuns: cases, seed },
  );
  // Not all of one kind, or little would have been shown.
  for (const count of Object.values(answers)) expect(count).toBeGreaterThan(cases / 50);
  console.log(`SLA against the minute oracle: ${cases} cases, seed ${seed}, no difference`, answers);
});
