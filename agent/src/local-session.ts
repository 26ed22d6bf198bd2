import type { KnownCommand } from './command-journal.ts';
import type { ApprovalRecord, SessionRecord } from './consent-store.ts';
import { endedAt } from './prompt-outcome.ts';
import { consentOf, unattendedOf } from './question.ts';
import type { ViewSource } from './view-source.ts';

/** One session as this computer itself remembers it, not yet in words. */
export interface LocalSession {
  sessionId: string;
  /** Its questions, oldest first. */
  asked: ApprovalRecord[];
  /** Its orders, oldest first. */
  ran: KnownCommand[];
  record: SessionRecord;
  unattended: ApprovalRecord['unattended'];
  /** When it was allowed, by a person or by policy; null: it was not. */
  begun: number | null;
  /** Consent stands: there is something to end. */
  active: boolean;
}

/** Every session that this computer knows of. Reads no file: a computer remembers thousands of commands. */
export function localSessions({ consent, journal }: Pick<ViewSource, 'consent' | 'journal'>): LocalSession[] {
  const asked = grouped(consent.approvals(), ({ prompt }) => prompt.sessionId);
  const ran = grouped(
    journal.all().filter(({ sessionId }) => sessionId !== null),
    ({ sessionId }) => sessionId as string,
  );
  return [...new Set([...asked.keys(), ...ran.keys()])].map((sessionId) => {
    const mine = { asked: asked.get(sessionId) ?? [], ran: ran.get(sessionId) ?? [] };
    const record = consent.session(sessionId);
    const unattended = unattendedOf(mine.asked, sessionId);
    const begun = consentOf(mine.asked, sessionId) ?? unattended?.statement.at ?? null;
    const active = !record.ended && !record.closed && (begun !== null || mine.ran.some(({ order }) => order));
    return { sessionId, ...mine, record, unattended, begun, active };
  });
}

/** When it began, or when something of it first came. */
export const firstOf = ({ begun, asked, ran }: LocalSession): number =>
  begun ?? Math.min(asked[0]?.askedAt ?? Infinity, ran[0]?.at ?? Infinity);

/** When the last of it happened. */
export const lastOf = ({ asked, ran, record }: LocalSession, now: number): number => {
  const times = [
    ...asked.map((one) => Math.max(waits(one, now) ? one.askedAt : endedAt(one, now), one.scopeEnded?.at ?? 0)),
    ...ran.map(({ at }) => at),
    ...[...record.messages, ...record.said].map(({ at }) => at),
    ...[record.ended, record.closed].flatMap((end) => end?.at ?? []),
  ];
  return times.reduce((latest, at) => Math.max(latest, at), 0);
};

/** Somebody is still asked this. */
export const waits = ({ answer, closed, unattended, prompt }: ApprovalRecord, now: number): boolean =>
  !answer && !closed && !unattended && now <= prompt.expiresAt;

/** The newest of a long session, as many as may be shown, with all that still waits or runs. */
export function newestOf({ asked, ran }: LocalSession, most: number, now: number): Pick<LocalSession, 'asked' | 'ran'> {
  const when = (one: ApprovalRecord) => (waits(one, now) ? Infinity : endedAt(one, now));
  return {
    asked: asked.toSorted((a, b) => when(a) - when(b)).slice(-most),
    ran: ran.filter(({ settled }, index) => !settled || index >= ran.length - most),
  };
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return groups;
}
