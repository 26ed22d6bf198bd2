/* A flag: a technician asks a senior to look at a session, now or hours later. */

/** What a senior makes of it. `confirm` closes the flag; `redirect` says what to do instead and leaves it open. */
export const FLAG_VERDICTS = ['confirm', 'redirect'] as const;
export type FlagVerdict = (typeof FLAG_VERDICTS)[number];

/** `new`: nobody looked yet · `seen`: a reviewer opened it · `redirected`: open still, with a word what to do · `confirmed`: closed. */
export const FLAG_STATES = ['new', 'seen', 'redirected', 'confirmed'] as const;
export type FlagState = (typeof FLAG_STATES)[number];

/** The longest note, in UTF-16 units. */
export const MAX_FLAG_NOTE = 4_000;
