import { z } from 'zod';

/**
 * A line of the second place: a file to which one is added for every checkpoint, best kept on another disk or shipped away. `heads` are
 * the ones this checkpoint added, so that a session can be held against the file alone.
 */
export const zCheckpointLine = z.strictObject({
  mspId: z.string(),
  note: z.string(),
  heads: z.array(z.strictObject({ sessionId: z.string(), count: z.number().int(), hash: z.string() })),
});
export type CheckpointLine = z.infer<typeof zCheckpointLine>;
