import { z } from 'zod';

/** Who asked, for what, by which channel, in their words. Kept in Postgres; the workflow knows its id only. */
export const zSessionDetails = z.strictObject({
  title: z.string().min(1).max(300),
  request: z.string().max(20_000),
  requester: z.string().max(300),
  channel: z.string().max(100),
  ticket: z
    .strictObject({ connectionId: z.string(), externalId: z.string().max(200), url: z.string().max(2000).nullable() })
    .nullable(),
  /** The completed session whose matter came back. */
  follows: z.strictObject({ sessionId: z.string(), number: z.number().int() }).optional(),
});
export type SessionDetails = z.infer<typeof zSessionDetails>;
