import type { LocationQueryValue } from 'vue-router';

/* What an address says is anybody's to write. What makes no sense counts as not given, and the server is never asked for it. */

export type Given = LocationQueryValue | LocationQueryValue[] | undefined;
type Kind = 'Client' | 'ClientGroup' | 'User';

/** The most characters a filter by words holds, unless its field says otherwise. */
export const MOST_WORDS = 200;
const LONGEST_ID = 100;

/** On one line, and no longer than its field holds. */
export const textIn = (given: Given, most = MOST_WORDS): string =>
  typeof given === 'string' ? given.replace(/\p{Cc}+/gu, ' ').slice(0, most) : '';

/** One of those known; else empty. */
export const oneIn = <T extends string>(given: Given, known: readonly T[]): T | '' =>
  known.find((each) => each === given) ?? '';

/** Those of what is known, in its order, that are in a list with points between. */
export function someIn<T extends string>(given: Given, known: readonly T[]): T[] {
  const list = typeof given === 'string' ? given.split('.') : [];
  return known.filter((each) => list.includes(each));
}

/** The id of something of that kind, which need not exist; else empty. */
export function idIn(given: Given, kind: Kind): string {
  if (typeof given !== 'string' || given.length > LONGEST_ID) return '';
  try {
    return new RegExp(`^${kind}:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).test(atob(given)) ? given : '';
  } catch {
    return ''; // no base64
  }
}

/** The choices of a menu, and what is chosen though it is none of them: not read yet, or gone, or never there. */
export const withChosen = <T extends { value: string; text: string }>(
  choices: readonly T[],
  chosen: string,
  read: boolean,
): (T | { value: string; text: string })[] =>
  choices.some(({ value }) => value === chosen)
    ? [...choices]
    : [...choices, { value: chosen, text: read ? 'Unknown' : '…' }];
