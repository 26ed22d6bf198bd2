import { readFileSync } from 'node:fs';
import { DomainError } from '@throughline/domain/errors';
import type { z } from 'zod';

/** A JSON file that only this computer's owner writes. `what` names it in words. Errors: POLICY_DENIED where it cannot be understood. */
export function readOwnersFile<Schema extends z.ZodType>(path: string, schema: Schema, what: string): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    const words = `The ${what} cannot be understood, so nothing runs. Its owner must correct it.`;
    throw new DomainError('POLICY_DENIED', words, {}, { cause });
  }
}
