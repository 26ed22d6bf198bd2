import type { z } from 'zod';

/** A process's configuration out of its environment. Throws with all faults at once, by the names of the variables. */
export function parseEnvironment<T>(schema: z.ZodType<T>, part: string, source: NodeJS.ProcessEnv): T {
  const parsed = schema.safeParse(source);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`).join('\n');
  throw new Error(`The ${part} cannot start: its environment is incomplete.\n${faults}`);
}
