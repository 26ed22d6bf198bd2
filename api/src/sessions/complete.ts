import type { Outcome } from '@throughline/domain/entry';
import { DomainError } from '@throughline/domain/errors';
import { recordHead } from '@throughline/store/record-store';
import { keepText } from '@throughline/store/text-store';
import { completeUpdate } from '@throughline/workflows/messages';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { doerOf, step } from './step.ts';
import { scopeOf } from './viewer.ts';

export interface CompleteInputs {
  sessionId: string;
  outcome: Outcome;
  note: string;
  verification: number[];
  notVerifiedBecause: string;
}

/** Closes a session with its outcome, a note, and the entries that prove the result (or why nothing does). */
export async function completeSession(deps: Deps, viewer: Viewer, input: CompleteInputs): Promise<void> {
  if (!['resolved', 'unresolved', 'escalated_out'].includes(input.outcome))
    throw new DomainError(
      'INVALID_INPUT',
      'Choose resolved, unresolved or escalated out. The other outcomes come from the person at the device.',
    );
  if (input.note.trim() === '')
    throw new DomainError('REASON_REQUIRED', 'A note is needed: the next person starts from it.');
  if (input.verification.length === 0 && input.notVerifiedBecause.trim() === '')
    throw new DomainError('REASON_REQUIRED', 'Mark the entry that proves the result, or say why it was not verified.');
  await step(deps, viewer, input.sessionId, 'session.complete', completeUpdate, async (tx, session) => {
    const { count } = await recordHead(tx, scopeOf(viewer), input.sessionId);
    const wrong = input.verification.find((seq) => !Number.isInteger(seq) || seq < 1 || seq > count);
    if (wrong !== undefined) throw new DomainError('INVALID_INPUT', `There is no entry ${wrong} in this session.`);
    return {
      outcome: input.outcome,
      by: doerOf(viewer, 'session.complete', session),
      noteText: await keepText(tx, viewer.mspId, input.note),
      verification: [...new Set(input.verification)].sort((a, b) => a - b),
      notVerifiedText:
        input.verification.length > 0 ? null : await keepText(tx, viewer.mspId, input.notVerifiedBecause),
    };
  });
}
