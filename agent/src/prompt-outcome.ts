import { titleOf } from '@throughline/domain/prompt/prompt-text';
import type { ApprovalRecord } from './consent-store.ts';

export interface Outcome {
  approvalId: string;
  title: string;
  technician: string;
  at: number;
  kind: 'yes' | 'no' | 'sending' | 'not_counted' | 'expired' | 'withdrawn' | 'elsewhere' | 'ended';
  decision: 'approve' | 'deny' | null;
  /** The named approver whose answer it was; null: the person's at this computer. */
  approver: string | null;
  /** Whom the link was mailed to that it was answered by; null: it was answered in another way. */
  link: string | null;
  message: string;
}

/** How long an ended session and the last answer stay in sight, ms. */
export const KEEP_SHOWN_MS = 12 * 3_600_000;

/** When it was answered, or ended without an answer. */
export const endedAt = ({ prompt, answer, closed }: ApprovalRecord, now: number): number => {
  if (answer) return answer.at;
  return closed && closed.state !== 'expired' ? closed.at : Math.min(closed?.at ?? prompt.expiresAt, now);
};

/** What became of a question that is open no more. */
export function outcomeOf(record: ApprovalRecord, now: number, locale: string): Outcome {
  const { prompt, answer, decided, closed } = record;
  const base = {
    at: endedAt(record, now),
    approvalId: prompt.approvalId,
    title: titleOf(prompt, locale),
    technician: prompt.technician.name,
    decision: answer?.decision ?? null,
    approver: answer?.passkey ? answer.account : null,
    link: answer?.link ? answer.link.name : null,
  };
  if (answer && !decided && closed) {
    const agrees = closed.state === (answer.decision === 'approve' ? 'approved' : 'denied');
    const kind = agrees ? (answer.decision === 'approve' ? 'yes' : 'no') : 'not_counted';
    return { ...base, kind, message: closed.message };
  }
  if (answer && !decided) return { ...base, kind: 'sending', message: '' };
  if (answer && decided?.counted)
    return { ...base, kind: answer.decision === 'approve' ? 'yes' : 'no', message: decided.message };
  if (answer && decided) return { ...base, kind: 'not_counted', message: decided.message };
  if (closed?.state === 'withdrawn') return { ...base, kind: 'withdrawn', message: closed.message };
  if (closed && closed.state !== 'expired') return { ...base, kind: 'elsewhere', message: closed.message };
  return {
    ...base,
    kind: 'expired',
    message: closed?.message ?? '',
  };
}
