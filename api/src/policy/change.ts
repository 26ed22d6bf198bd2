import { DomainError } from '@throughline/domain/errors';
import type { PolicyLevel } from '@throughline/domain/policy';
import type { Viewer } from '../auth/viewer.ts';

/* What holds for a change of any policy by levels. */

/** Who sees some clients only changes nothing that others run by too. */
export function checkReach(viewer: Viewer, level: PolicyLevel): void {
  const shared = level === 'organisation' || level === 'client_group';
  if (shared && viewer.clients !== '*')
    throw new DomainError(
      'FORBIDDEN',
      'You see some clients only, and this policy counts for others too. Ask an admin who sees all of them.',
    );
}

/** Why, for the history. */
export function noteOf(text: string): string {
  const note = text.trim();
  if (note.length > 500) throw new DomainError('INVALID_INPUT', 'A note has at most 500 characters.');
  return note;
}

export const nothingChanged = (): DomainError =>
  new DomainError('INVALID_INPUT', 'This is what the policy says already. Nothing was changed.');
