import type { CommandFieldsFragment } from '../../graphql/generated/operations.ts';

type Input = Pick<CommandFieldsFragment['inputs'][number], 'given' | 'words' | 'notAfter'>;

/** What became of something typed into a command. An answer nobody took in time is not given later: it would answer another question. */
export function inputWords(input: Input, now = Date.now()): { glyph: string; text: string } {
  if (input.given === true) return { glyph: 'g-tick', text: 'given to the command' };
  if (input.given === false) return { glyph: 'g-denied', text: `not given. ${input.words ?? ''}`.trim() };
  return now > Date.parse(input.notAfter)
    ? { glyph: 'g-denied', text: 'not given: the endpoint was out of reach' }
    : { glyph: 'g-pending', text: 'on its way' };
}
