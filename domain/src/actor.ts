import { z } from 'zod';

/** Who did it. A name is kept beside the id, so that the record stays readable after people leave. */
export const zActor = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user'), id: z.string(), name: z.string(), email: z.string(), role: z.string() }),
  z.strictObject({ kind: z.literal('end_user'), account: z.string(), endpointId: z.string() }),
  z.strictObject({ kind: z.literal('endpoint'), endpointId: z.string(), runtimeId: z.string() }),
  z.strictObject({ kind: z.literal('psa'), connectionId: z.string(), name: z.string() }),
  z.strictObject({ kind: z.literal('system') }),
]);
export type Actor = z.infer<typeof zActor>;

/** Where an act came from. */
export const zOrigin = z.enum(['browser', 'thread', 'assistant', 'api', 'endpoint', 'webhook', 'workflow']);
export type Origin = z.infer<typeof zOrigin>;

export const systemActor: Actor = { kind: 'system' };
