import { z } from 'zod';

/*
 * A question that waits for the person at a computer may be answered by a link that was mailed to them, where the computer's owner allows
 * that. The endpoint signs that it took such an answer; who held the phone nobody signs.
 */

/** A link is good this long at most, and never longer than its question. */
export const LINK_LIFETIME_MS = 15 * 60_000;
/** A new one may be sent this long after the last. */
export const LINK_GAP_MS = 30_000;

const short = z.string().max(4096);
const when = z.string().max(40);

/** The link an answer came by, as the endpoint signs it with its decision. Times are the server's clock, ISO 8601. */
export const zKeptLink = z.strictObject({
  id: z.string().min(1).max(64),
  /** Whom it was mailed to: the contact in the client's record. */
  name: short,
  email: short,
  sentAt: when,
  openedAt: when,
  answeredAt: when,
});
export type KeptLink = z.infer<typeof zKeptLink>;
