import { MARK_KINDS, type Hidden, scrub } from '@throughline/domain/scrub/scrub';
import { z } from 'zod';

const KNOWN_KINDS = MARK_KINDS.filter((kind) => kind !== 'secret' && kind !== 'redacted');

const zValue = z.string({ error: 'Give a text.' }).max(1000, { error: 'Give at most 1,000 characters.' });

/** One line of input: what is to be scrubbed together, so that the same thing gets the same mark. */
export const zRequest = z.strictObject(
  {
    texts: z.array(z.string({ error: 'Give a text.' }), { error: 'Give the texts as a list.' }),
    known: z
      .array(
        z.strictObject(
          { kind: z.enum(KNOWN_KINDS, { error: `Give a kind: ${KNOWN_KINDS.join(', ')}.` }), value: zValue },
          { error: 'Write a known name as {"kind": "client", "value": "…"}.' },
        ),
        { error: 'Give the known names as a list.' },
      )
      .default([]),
    edits: z
      .array(
        z.strictObject(
          { do: z.enum(['hide', 'show', 'undo'], { error: 'Write "hide", "show" or "undo".' }), value: zValue },
          { error: 'Write an edit as {"do": "hide", "value": "…"}.' },
        ),
        { error: 'Give the edits as a list.' },
      )
      .default([]),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `There is no field ${issue.keys.join(', ')}: give texts, and if you like known and edits.`
        : 'Give an object with texts, and if you like known and edits.',
  },
);

/** The texts with their marks, and what each mark hides; or what is wrong with the request, and where in it. */
export function answer(request: unknown): { texts: string[]; hidden: Hidden[] } | { error: string } {
  const parsed = zRequest.safeParse(request);
  if (!parsed.success) return { error: wordsOf(parsed.error) };
  const { texts, known, edits } = parsed.data;
  const scrubbed = scrub(texts, known, edits);
  return {
    texts: scrubbed.texts.map((pieces) =>
      pieces.map((piece) => (typeof piece === 'string' ? piece : `[${piece.mark}]`)).join(''),
    ),
    hidden: scrubbed.hidden,
  };
}

function wordsOf(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'The line cannot be read.';
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}
