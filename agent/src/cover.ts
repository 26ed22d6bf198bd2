import type { Prompt } from '@throughline/domain/agent-protocol';
import { type ApprovalScope, SCOPE_MINUTES } from '@throughline/domain/approval-scope';
import { type CommandPlace, placeOf } from '@throughline/domain/command-place';
import { runAsText } from '@throughline/domain/command';
import { DomainError } from '@throughline/domain/errors';
import { z } from 'zod';

/** What the person chose beside Approve: this command as often as wanted, or further ones of its kind. */
export const zCover = z.strictObject({ what: z.enum(['exact', 'category']), minutes: z.literal(SCOPE_MINUTES) });
export type Cover = z.infer<typeof zCover>;

/** What a yes to this question may cover beyond its own command. Null: nothing, so that each asks anew. */
export interface Offer {
  place: CommandPlace | null;
}

/** By what this computer sees for itself; the server only says that it can take such an answer. */
export function offerOf(prompt: Prompt): Offer | null {
  const { kind, command, shell, risk, input, file, runAs } = prompt;
  const own = runAs === null || runAs === runAsText({ kind: 'runtime' });
  if (prompt.scopes !== true || kind !== 'action' || command === null || shell === null || risk === null) return null;
  if (input !== undefined || file !== undefined || !own) return null;
  return { place: placeOf({ shell, script: command, runAs: { kind: 'runtime' } }) };
}

/** The scope that the runtime signs: in the runtime's own words, not in the page's. */
export function scopeOf(prompt: Prompt, { what, minutes }: Cover): ApprovalScope {
  const offer = offerOf(prompt);
  if (offer !== null && what === 'exact') return { kind: 'exact', minutes };
  if (offer?.place == null || prompt.risk === null)
    throw new DomainError(
      'INVALID_INPUT',
      'This answer can cover only its own command, once. Choose that and approve again.',
    );
  return { kind: 'category', minutes, ...offer.place, atMost: prompt.risk };
}
