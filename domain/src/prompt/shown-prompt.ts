import { z } from 'zod';
import { zLanguage } from './catalogue.ts';

/** Longest text of a question that is taken: twice a script of 64 KiB, and what stands around it. */
export const MAX_SHOWN_TEXT = 200_000;

/**
 * What stood on the page when the person answered, as the runtime signs it with the decision. The text itself (prompt-text.ts textOf)
 * travels beside it. Times are the endpoint's own clock, in ms.
 */
export const zShownPrompt = z.strictObject({
  language: zLanguage,
  /** SHA-256 of the text's UTF-8, hexadecimal. */
  textHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** The page at the computer; or the one that a mailed link opens (approval-link.ts), which the server made. */
  channel: z.enum(['loopback_page', 'link_page']),
  /** When the question reached the computer. */
  askedAt: z.number().int(),
  /** When it first stood on a visible page; of a link's page, when its answer reached the computer: the link itself says when it was opened. */
  shownAt: z.number().int(),
  /** Whether the person's desktop was locked then; null where the system does not tell. */
  locked: z.boolean().nullable(),
});
export type ShownPrompt = z.infer<typeof zShownPrompt>;
