import { sayIn, languageOf } from '@throughline/domain/prompt/catalogue';
import { hidingCharacters } from '@throughline/domain/suspicious-characters';
import { type LocalSession, firstOf, lastOf, localSessions, newestOf, waits } from './local-session.ts';
import { KEEP_SHOWN_MS } from './prompt-outcome.ts';
import { consentOf } from './question.ts';
import { type StandingYes, standingOf } from './standing-yes.ts';
import {
  type TimelineItem,
  approvalLine,
  byPolicy,
  commandLine,
  inputLines,
  scopeEndLine,
  sessionLines,
} from './timeline-lines.ts';
import type { ViewSource } from './view-source.ts';

export interface SessionView {
  sessionId: string;
  number: number | null;
  technician: string;
  startedAt: number;
  /** When the last of it happened. */
  endedAt: number;
  /** It was allowed at this computer. */
  allowed: boolean;
  /** By which rule it runs unattended, in words; null: a person is asked. */
  unattended: string | null;
  /** Consent stands: there is something to end. */
  active: boolean;
  /** Yeses that cover further commands now: what, and until when. */
  standing: StandingYes[];
  ended: { at: number; account: string; told: boolean } | null;
  closed: string | null;
  timeline: TimelineItem[];
}

const MOST_LINES = 60;
const MOST_SHOWN = 4;
const MOST_PAST = 100;

/** Sessions at work and those lately ended: what stands beside the question. */
export const sessionViews = (source: ViewSource, now: number, locale: string): SessionView[] =>
  localSessions(source)
    .filter((session) => session.active || now - lastOf(session, now) < KEEP_SHOWN_MS)
    .sort((a, b) => Number(b.active) - Number(a.active) || firstOf(b) - firstOf(a))
    .slice(0, MOST_SHOWN)
    .map((session) => viewOf(session, source, now, locale));

/** Sessions that are over, newest first, as this computer itself remembers them: also without a connection. */
export const pastSessions = (source: ViewSource, now: number, locale: string): SessionView[] =>
  localSessions(source)
    .filter(({ active, asked }) => !active && !asked.some((one) => waits(one, now)))
    .sort((a, b) => firstOf(b) - firstOf(a))
    .slice(0, MOST_PAST)
    .map((session) => viewOf(session, source, now, locale));

/** What was asked, answered, run and said, each a line of the page. */
function viewOf(session: LocalSession, source: ViewSource, now: number, locale: string): SessionView {
  const words = { say: sayIn(languageOf(locale)), locale };
  const { sessionId, begun, active, unattended, record } = session;
  const { ended, closed } = record;
  const { asked, ran } = newestOf(session, MOST_LINES, now);
  const { pins } = source;
  const timeline: TimelineItem[] = [
    ...asked.map((one) => approvalLine(one, now, words, pins)),
    ...asked.flatMap((one) => scopeEndLine(one, words)),
    ...ran.flatMap((command) => {
      const result = source.result(command.commandId);
      return [commandLine(command, result, words), ...inputLines(command, result, words)];
    }),
    ...sessionLines(record, words),
  ].sort((a, b) => Number(a.waiting ?? false) - Number(b.waiting ?? false) || a.at - b.at);
  const over = ended !== null || closed !== null;
  const [first] = session.asked;
  return {
    sessionId,
    number: first?.prompt.sessionNumber ?? null,
    technician: first?.prompt.technician.name ?? session.ran.find(({ order }) => order)?.order?.technician ?? '',
    startedAt: begun ?? timeline[0]?.at ?? now,
    endedAt: ended?.at ?? closed?.at ?? timeline.at(-1)?.at ?? now,
    allowed: consentOf(session.asked, sessionId) !== null,
    unattended: unattended ? byPolicy(words.say, unattended.statement) : null,
    active,
    standing: over ? [] : session.asked.flatMap((one) => standingOf(one, source.consent, now, locale)),
    ended: ended ? { at: ended.at, account: ended.account, told: closed !== null } : null,
    closed: closed?.outcome ?? null,
    timeline: timeline.slice(-MOST_LINES).map(marked),
  };
}

function marked(item: TimelineItem): TimelineItem {
  const marks = hidingCharacters(item.text);
  return marks.length === 0 ? item : { ...item, marks };
}
