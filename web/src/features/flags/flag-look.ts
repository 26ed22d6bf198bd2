import type { FlagState } from '../../graphql/generated/operations.ts';
import type { Look } from '../../lib/words.ts';

/** How a flag stands, in the queue. */
export const flagLook: Record<FlagState, Look> = {
  new: { glyph: 'i-flag', tone: 'wait', word: 'New' },
  seen: { glyph: 'i-eye', tone: 'idle', word: 'Seen' },
  redirected: { glyph: 'i-swap', tone: 'run', word: 'Redirected' },
  confirmed: { glyph: 'g-tick', tone: 'ok', word: 'Confirmed' },
};
