import type { Prompt } from '@throughline/domain/agent-protocol';
import { fingerprintOf } from '@throughline/domain/passkey';
import { titleOf } from '@throughline/domain/prompt/prompt-text';
import type { ApprovalRecord, ConsentStore, SessionRecord } from './consent-store.ts';
import { waits } from './local-session.ts';
import { type PutQuestion, consentOf, questionOf } from './question.ts';
import { KEEP_SHOWN_MS, type Outcome, endedAt, outcomeOf } from './prompt-outcome.ts';
import { sha256 } from './sha256.ts';
import { type SessionView, sessionViews } from './prompt-timeline.ts';
import { standsUntil } from './standing-yes.ts';
import { asksApprover } from './strong-mode.ts';
import type { ViewSource } from './view-source.ts';

/** Everything the prompt page shows; sent whole at each change, so that a page is never half right. */
export interface PromptView {
  msp: string;
  client: string;
  endpoint: string;
  online: boolean;
  /** When the connection became as it is. */
  since: number;
  /** Open questions, oldest first. */
  questions: Question[];
  /** The latest answer or lapse, to be told when no question is open. */
  last: Outcome | null;
  /** Sessions at work or lately ended, newest first. */
  sessions: SessionView[];
  /** Who decides about commands, each with the fingerprint of the passkey pinned here. Null: the person here. */
  approvers: { name: string; fingerprint: string }[] | null;
  /** Strong mode: they decide about all commands, not only about some classes. */
  strong: boolean;
}

export type Question = Prompt &
  Pick<PutQuestion, 'lines' | 'textHash'> & {
    /** The last answer to it did not count: when it was told, and why, in the desk's words. */
    refused: { at: number; message: string } | null;
    /** A named approver decides: the person here can only say no. */
    elsewhere: boolean;
    /** When the last reminder of it came; null: none did. */
    nudgedAt: number | null;
  };

/** As the page shows it to a reader of that locale (`es-MX`). */
export function promptView(source: ViewSource, now: number, locale: string): PromptView {
  const approvals = source.consent.approvals();
  const open = approvals.filter((record) => isOpen(record, source.consent, now));
  const { pins } = source;
  return {
    msp: source.mspName,
    client: source.identity.clientName,
    endpoint: source.identity.endpointName,
    online: source.connection.ready,
    since: source.since,
    questions: open.map(({ prompt, refused, nudgedAt }) => {
      const { lines, textHash } = questionOf(prompt, consentOf(approvals, prompt.sessionId), locale);
      const last = refused && { at: refused.at, message: refused.message };
      return {
        ...prompt,
        ...{ title: titleOf(prompt, locale), lines, textHash, refused: last, nudgedAt },
        elsewhere: asksApprover(pins, prompt),
      };
    }),
    last: lastOutcome(source.consent, approvals, now, locale),
    sessions: sessionViews(source, now, locale),
    approvers:
      pins?.approvers.map(({ name, publicKey }) => ({ name, fingerprint: fingerprintOf(sha256, publicKey) })) ?? null,
    strong: pins !== null && pins.classes === undefined,
  };
}

/** The latest answer, lapse or end, while it is news. */
function lastOutcome(consent: ConsentStore, approvals: ApprovalRecord[], now: number, locale: string): Outcome | null {
  const latest = approvals
    .filter((record) => !isOpen(record, consent, now) && !record.unattended)
    .reduce<ApprovalRecord | null>((a, b) => (a && endedAt(a, now) >= endedAt(b, now) ? a : b), null);
  const isNews = (at = 0) => now - at < KEEP_SHOWN_MS;
  const outcomes = [
    ...(latest ? [outcomeOf(latest, now, locale)] : []),
    ...consent
      .sessions()
      .filter(({ ended }) => isNews(ended?.at))
      .flatMap((session) => endOf(session, approvals)),
  ];
  return outcomes.filter(({ at }) => isNews(at)).sort((a, b) => b.at - a.at)[0] ?? null;
}

/** When the next question lapses, or what a yes covers is over, so that the page is told in time. */
export function nextExpiry(consent: ConsentStore, now: number): number | null {
  const times = consent
    .approvals()
    .filter((record) => isOpen(record, consent, now))
    .map(({ prompt }) => prompt.expiresAt);
  for (const record of consent.approvals()) {
    const until = standsUntil(record, consent, now);
    if (until !== null) times.push(until);
  }
  return times.length > 0 ? Math.min(...times) : null;
}

const isOpen = (record: ApprovalRecord, consent: ConsentStore, now: number): boolean => {
  const session = consent.session(record.prompt.sessionId);
  return waits(record, now) && !session.ended && !session.closed;
};

function endOf({ sessionId, ended }: SessionRecord, approvals: ApprovalRecord[]): Outcome[] {
  if (!ended) return [];
  const technician = approvals.find(({ prompt }) => prompt.sessionId === sessionId)?.prompt.technician.name ?? '';
  return [
    {
      approvalId: sessionId,
      title: '',
      technician,
      at: ended.at,
      kind: 'ended',
      decision: null,
      approver: null,
      link: null,
      message: '',
    },
  ];
}
