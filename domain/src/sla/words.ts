import {
  CLOCKS,
  type ClockName,
  type MarkName,
  PRIORITIES,
  type PauseReason,
  type Priority,
  type SlaPolicy,
  TOLD_AT_FIRST,
  type Told,
} from '../sla.ts';
import type { SlaDocument } from './document.ts';
import { hoursWords } from './windows.ts';

const UNSAID = 'not set here';
const PRIORITY_WORDS: Record<Priority, string> = { normal: 'Normal', urgent: 'Urgent' };
const CLOCK_WORDS: Record<ClockName, string> = {
  response: 'first response',
  consent_wait: 'wait for approval',
  resolution: 'completion',
};
const TOLD_WORDS: Record<Told, string> = {
  assignee: 'the assignee',
  senior: 'seniors',
  dispatcher: 'dispatchers',
  manager: 'managers',
};

/** `45 min`, `8 h`, `90 s`, `1.25 min`: business time, so no days. */
export function minutesWords(minutes: number): string {
  if (minutes >= 60 && minutes % 60 === 0) return `${minutes / 60} h`;
  const seconds = Math.round(minutes * 60);
  return Number.isInteger(minutes) || seconds >= 120 ? `${Number(minutes.toFixed(2))} min` : `${seconds} s`;
}
export const toldWords = (told: readonly Told[]): string => told.map((who) => TOLD_WORDS[who]).join(', ');
const PAUSE_WORDS: Record<PauseReason, string> = {
  approval: 'while an answer at the endpoint is waited for',
  client: 'while the session is on hold for the client',
};
export const pauseWords = (reasons: readonly PauseReason[]): string =>
  reasons.length === 0 ? 'never' : reasons.map((reason) => PAUSE_WORDS[reason]).join(', ');
export const targetName = (priority: Priority, clock: ClockName): string =>
  `${PRIORITY_WORDS[priority]}, ${CLOCK_WORDS[clock]}`;

/** The document in words, one line for each thing it can say. */
export function slaLines(document: SlaDocument): { what: string; says: string }[] {
  const said = <T>(value: T | undefined, words: (value: T) => string) => (value === undefined ? UNSAID : words(value));
  return [
    ...PRIORITIES.flatMap((priority) =>
      CLOCKS.map((clock) => ({
        what: targetName(priority, clock),
        says: said(document[priority]?.[clock], minutesWords),
      })),
    ),
    { what: 'Business hours', says: said(document.hours, hoursWords) },
    { what: 'Warns at', says: said(document.warnPercent, (percent) => `${percent} % of the limit`) },
    { what: 'Escalates', says: said(document.escalateAfterMinutes, (m) => `${minutesWords(m)} past the limit`) },
    { what: 'Taken up within', says: said(document.acceptWithinMinutes, minutesWords) },
    { what: 'Clocks stand still', says: said(document.pauseWhile, pauseWords) },
    { what: 'Told of a warning', says: said(document.tellWarn, toldWords) },
    { what: 'Told of a breach', says: said(document.tellBreach, toldWords) },
    { what: 'Told of an escalation', says: said(document.tellEscalate, toldWords) },
  ];
}

/** What differs between two documents, a line for each difference; none where they say the same. */
export function slaChanges(before: SlaDocument, after: SlaDocument): string[] {
  const were = slaLines(before);
  const changes = slaLines(after).flatMap(({ what, says }, i) =>
    were[i]?.says === says ? [] : [`${what}: ${were[i]?.says ?? UNSAID} → ${says}`],
  );
  // The words count holidays only: their dates may differ all the same.
  const holidays = (of: SlaDocument) => of.hours?.holidays ?? [];
  const [old, now] = [holidays(before), holidays(after)];
  const added = now.filter((date) => !old.includes(date));
  const gone = old.filter((date) => !now.includes(date));
  return [
    ...changes,
    ...(added.length > 0 ? [`Holidays added: ${added.join(', ')}`] : []),
    ...(gone.length > 0 ? [`Holidays taken away: ${gone.join(', ')}`] : []),
  ];
}

/** What a session's clocks run by from now on that they did not before, in words. */
export function policyDifference(before: SlaPolicy, after: SlaPolicy): string[] {
  const inForce = (policy: SlaPolicy) => {
    const limit = (ms: number) => minutesWords(ms / 60_000);
    return [
      ...PRIORITIES.flatMap((priority) =>
        CLOCKS.map((clock) => {
          const { warnMs, breachMs, escalateMs, tell } = policy[priority][clock];
          const told = (mark: MarkName) => toldWords(tell?.[mark] ?? TOLD_AT_FIRST);
          const says = [
            `warning at ${limit(warnMs)} (${told('warn')})`,
            `limit ${limit(breachMs)} (${told('breach')})`,
          ];
          const escalation =
            escalateMs === undefined ? [] : [`escalation at ${limit(escalateMs)} (${told('escalate')})`];
          return { what: targetName(priority, clock), says: [...says, ...escalation].join(', ') };
        }),
      ),
      { what: 'Business hours', says: policy.hours === undefined ? 'round the clock' : hoursWords(policy.hours) },
      { what: 'Taken up within', says: policy.acceptMs === undefined ? 'no limit' : limit(policy.acceptMs) },
      { what: 'Clocks stand still', says: pauseWords(policy.pauseWhile ?? []) },
    ];
  };
  const were = inForce(before);
  return inForce(after).flatMap(({ what, says }, i) =>
    were[i]?.says === says ? [] : [`${what}: ${were[i]?.says ?? ''} → ${says}`],
  );
}
