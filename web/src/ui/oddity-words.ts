import type { Oddity } from '@throughline/domain/suspicious-characters';

/** Why a character is marked, behind its number: "U+202E turns the direction of writing". */
export const ODDITY_WORDS: Readonly<Record<Oddity, string>> = {
  direction: 'turns the direction of writing',
  invisible: 'cannot be seen',
  control: 'is a control character',
  space: 'is no plain space',
  look_alike: 'looks like another character',
};
