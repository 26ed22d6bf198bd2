import { scopeEnd, scopeWords } from '@throughline/domain/approval-scope';
import { languageOf } from '@throughline/domain/prompt/catalogue';
import type { ApprovalRecord, ConsentStore } from './consent-store.ts';

/** A yes that covers further commands now: what, and until when. */
export interface StandingYes {
  approvalId: string;
  what: string;
  until: number;
}

/** A yes that counts, covers more than its own command, and is neither ended nor over. */
export function standingOf(record: ApprovalRecord, consent: ConsentStore, now: number, locale: string): StandingYes[] {
  const until = standsUntil(record, consent, now);
  const scope = record.answer?.scope;
  if (until === null || !scope) return [];
  const { approvalId } = record.prompt;
  return [{ approvalId, what: scopeWords(scope, languageOf(locale)), until }];
}

/** When what it covers ends by itself, or null: it covers nothing now. */
export function standsUntil({ prompt, answer }: ApprovalRecord, consent: ConsentStore, now: number): number | null {
  if (!answer?.scope || consent.verdict(prompt.approvalId, false) === 'no') return null;
  const until = scopeEnd(answer.scope, answer.at);
  return now <= until ? until : null;
}
