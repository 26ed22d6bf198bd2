import { z } from 'zod';

/** How a session did on one item of a checklist. */
export const MARKS = ['met', 'not_met', 'not_applicable'] as const;
export const REVIEW_RESULTS = ['pass', 'fail'] as const;
export type ReviewResult = (typeof REVIEW_RESULTS)[number];

export const zReviewItem = z.strictObject({
  text: z.string(),
  mark: z.enum(MARKS),
  /** The entry of the record that shows it. */
  entry: z.number().int().nullable(),
});
export type ReviewItem = z.infer<typeof zReviewItem>;

/** A session held against a checklist, as the record keeps it: with the items' words of that day. */
export const zReviewed = z.strictObject({
  checklist: z.string(),
  items: z.array(zReviewItem),
  result: z.enum(REVIEW_RESULTS),
  note: z.string(),
});

/** What is wrong with a review, in words that say what to do; null when nothing is. `count`: entries of the record. */
export function reviewFault(items: readonly ReviewItem[], note: string, count: number): string | null {
  if (note.trim() === '') return 'Write a note: the technician starts from it.';
  for (const { text, mark, entry } of items) {
    if (entry !== null && (entry < 1 || entry > count)) return `There is no entry ${entry} in this session.`;
    if (mark === 'met' && entry === null) return `Point at the entry that shows “${text}”, or mark it otherwise.`;
  }
  return null;
}
