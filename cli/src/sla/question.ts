import { dueAt } from '@throughline/domain/sla/business-time';
import { BusinessCalendar } from '@throughline/domain/sla/calendar';
import { zBusinessHours } from '@throughline/domain/sla/hours';
import { z } from 'zod';

const zInstant = z.iso
  .datetime({ offset: true, error: 'Write an instant as 2026-11-20T22:30:00Z.' })
  .transform((text) => Date.parse(text))
  .refine((at) => at >= Date.UTC(1900, 0), { error: 'Give an instant from 1900 on.' });

const zPause = z
  .tuple([zInstant, zInstant.nullable()], {
    error: 'Write a pause as ["2026-11-20T22:30:00Z", "2026-11-20T23:00:00Z"], or with null while it has not ended.',
  })
  .refine(([from, until]) => until === null || until >= from, { error: 'This pause ends before it starts.' })
  .transform(([from, until]) => ({ from, until }));

const FIELDS = 'zone, hours, start and minutes, and if you like holidays and pauses';

/** One question: when is what started then due? */
export const zQuestion = z.strictObject(
  {
    ...zBusinessHours.shape,
    start: zInstant,
    minutes: z
      .number({ error: 'Give the minutes as a number.' })
      .nonnegative({ error: 'Give the minutes as a number of 0 or more.' }),
    pauses: z.array(zPause, { error: 'Give the pauses as a list.' }).default([]),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `There is no field ${issue.keys.join(', ')}: give ${FIELDS}.`
        : `Give an object with ${FIELDS}.`,
  },
);

/** The due instant in milliseconds, or null when none can come; or what is wrong with the question, and where in it. */
export function answer(question: unknown): { due: number | null; zone: string } | { error: string } {
  const parsed = zQuestion.safeParse(question);
  if (!parsed.success) return { error: wordsOf(parsed.error) };
  const { start, minutes, pauses, ...hours } = parsed.data;
  return { due: dueAt(new BusinessCalendar(hours), start, minutes, pauses), zone: hours.zone };
}

/** An instant as it is printed: without milliseconds when there are none. */
export const instant = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');

function wordsOf(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'The line cannot be read.';
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}
