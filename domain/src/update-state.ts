import { z } from 'zod';

/** What a runtime tells of an update that it was offered, in the order of a good one; then the two ways out. */
export const zToldState = z.enum([
  /** Heard; it waits until no command runs. */
  'offered',
  'fetching',
  /** Fetched, and byte for byte what was signed; it waits until no command runs. */
  'checked',
  /** The new program is in its place; the runtime starts again. */
  'switched',
  /** The new program did not do: the one before is back. */
  'rolled_back',
  /** Nothing was changed. */
  'refused',
]);
export type ToldState = z.infer<typeof zToldState>;

/** How the server keeps it: `updated` is not told but seen, when the runtime connects as the new version. */
export const UPDATE_STATES = [...zToldState.options, 'updated', 'withdrawn'] as const;
export type UpdateState = (typeof UPDATE_STATES)[number];

/** States in which the program may be fetched: the offer stands, and was not carried out. */
export const OPEN_STATES: readonly UpdateState[] = ['offered', 'fetching', 'checked', 'refused'];
