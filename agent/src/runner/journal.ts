import { zCommandExit, zCommandStart } from '@throughline/domain/agent-protocol';
import { z } from 'zod';

/** One command's own journal, written by its runner alone: started (durable before the child exists), spawned, inputs, exit. */
export const zRunnerRecord = z.discriminatedUnion('type', [
  /** `start.pid` is 0 here: the child does not exist yet. */
  z.strictObject({ type: z.literal('started'), at: z.number().int(), start: zCommandStart }),
  z.strictObject({ type: z.literal('spawned'), at: z.number().int(), pid: z.number().int() }),
  /** An answer was given to the child, or came when nobody read any more. `text` as recorded: a secret stands in it by name. */
  z.strictObject({
    type: z.literal('input'),
    seq: z.number().int(),
    at: z.number().int(),
    text: z.string(),
    end: z.boolean(),
    given: z.boolean(),
  }),
  z.strictObject({ type: z.literal('exit'), exit: zCommandExit }),
]);
export type RunnerRecord = z.infer<typeof zRunnerRecord>;
