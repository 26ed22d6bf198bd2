import { zCommandExit, zCommandStart } from '@throughline/domain/agent-protocol';
import { z } from 'zod';

/** One command's own journal, written by its runner alone: started (durable before the child exists), spawned, exit. */
export const zRunnerRecord = z.discriminatedUnion('type', [
  /** `start.pid` is 0 here: the child does not exist yet. */
  z.strictObject({ type: z.literal('started'), at: z.number().int(), start: zCommandStart }),
  z.strictObject({ type: z.literal('spawned'), at: z.number().int(), pid: z.number().int() }),
  z.strictObject({ type: z.literal('exit'), exit: zCommandExit }),
]);
export type RunnerRecord = z.infer<typeof zRunnerRecord>;
