import { zRisk, zShell } from '@throughline/domain/command';
import { z } from 'zod';

/** What the runtime asks its judge. `id` tells the answers apart. */
export const zQuestion = z.strictObject({ id: z.number().int(), shell: zShell, script: z.string() });
export type Question = z.infer<typeof zQuestion>;

/** What the judge says: first that it is ready, then one verdict for each question. `why`: a plain sentence about the worst part. */
export const zVerdict = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('verdict'), id: z.number().int(), risk: zRisk, why: z.string().max(8192) }),
]);
export type Verdict = z.infer<typeof zVerdict>;
