import { scopeEnd, scopeWords } from '@throughline/domain/approval-scope';
import { zOutcome } from '@throughline/domain/entry';
import { type Say, languageOf, sayIn } from '@throughline/domain/prompt/catalogue';
import { clock } from '@throughline/domain/prompt/prompt-text';
import { firstName } from '@throughline/domain/prompt/prompt-words';
import { type Mark, hidingCharacters } from '@throughline/domain/suspicious-characters';
import type { KnownCommand } from './command-journal.ts';
import type { CommandWatch } from './command-watch.ts';
import type { ApprovalRecord, ConsentStore } from './consent-store.ts';
import { KEEP_SHOWN_MS, outcomeOf } from './prompt-outcome.ts';
import type { ViewSource } from './view-source.ts';
import { consentOf, unattendedOf } from './question.ts';
import { asksApprover } from './strong-mode.ts';

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
  standing: { approvalId: string; what: string; until: number }[];
  ended: { at: number; account: string; told: boolean } | null;
  closed: string | null;
  timeline: TimelineItem[];
}

export interface TimelineItem {
  at: number;
  glyph: 'consent' | 'tick' | 'denied' | 'pending' | 'cancelled' | 'failed' | 'unknown' | 'message' | 'running';
  text: string;
  /** Said in bold behind the text. */
  strong: string;
  detail: string;
  /** Stands last, whenever it was asked. */
  waiting?: boolean;
  /** Words from the desk. */
  said?: boolean;
  /** Characters of the text that hide or move text. */
  marks?: Mark[];
}

const MOST_LINES = 60;
const MOST_PAST = 100;

/** Sessions at work and those lately ended: what stands beside the question. */
export function sessionViews(
  source: ViewSource,
  approvals: ApprovalRecord[],
  now: number,
  locale: string,
): SessionView[] {
  return allSessions(source, approvals, now, locale)
    .filter((session) => session.active || now - lastOf(session) < KEEP_SHOWN_MS)
    .sort((a, b) => Number(b.active) - Number(a.active) || b.startedAt - a.startedAt)
    .slice(0, 4);
}

/** Sessions that are over, newest first, as this computer itself remembers them: also without a connection. */
export const pastSessions = (source: ViewSource, now: number, locale: string): SessionView[] =>
  allSessions(source, source.consent.approvals(), now, locale)
    .filter(({ active, timeline }) => !active && timeline.every(({ waiting }) => waiting !== true))
    .sort((a, b) => b.startedAt - a.startedAt)
    .slice(0, MOST_PAST);

const lastOf = ({ timeline }: SessionView): number => Math.max(...timeline.map((item) => item.at), 0);

/** What was asked, answered, run and said in each session, each a line of the page. */
function allSessions(source: ViewSource, approvals: ApprovalRecord[], now: number, locale: string): SessionView[] {
  const words = { say: sayIn(languageOf(locale)), locale };
  const commands = source.journal.all().filter((command) => command.sessionId !== null);
  const ids = new Set([
    ...approvals.map(({ prompt }) => prompt.sessionId),
    ...commands.map((command) => command.sessionId!),
  ]);
  return [...ids].map((sessionId): SessionView => {
    const asked = approvals.filter(({ prompt }) => prompt.sessionId === sessionId);
    const ran = commands.filter((command) => command.sessionId === sessionId);
    const { ended, closed, messages, said } = source.consent.session(sessionId);
    const timeline: TimelineItem[] = [
      ...asked.map((record) => approvalLine(record, now, words, source.pins)),
      ...asked.flatMap((record) => scopeEndLine(record, words)),
      ...ran.map((command) => commandLine(command, source.result(command.commandId), words)),
      ...ran.flatMap((command) => inputLines(command, source.result(command.commandId), words)),
      ...messages.map(({ at, text, sent }): TimelineItem => ({
        at,
        glyph: 'message',
        text: words.say('line.you_wrote', { text: text.trim() }),
        strong: '',
        detail: sent ? '' : words.say('line.not_sent'),
      })),
      ...said.map(({ at, name, text }): TimelineItem => ({
        at,
        glyph: 'message',
        text: words.say('line.wrote', { name, text: text.trim() }),
        strong: '',
        detail: '',
        said: true,
      })),
      ...(ended
        ? [
            {
              at: ended.at,
              glyph: 'cancelled' as const,
              text: '',
              strong: words.say('line.you_ended'),
              detail: closed ? '' : words.say('line.nothing_more'),
            },
          ]
        : []),
      ...(closed
        ? [
            {
              at: closed.at,
              glyph: 'tick' as const,
              text: words.say('line.closed'),
              strong: '',
              detail: outcomeWords(words.say, closed.outcome),
            },
          ]
        : []),
    ].sort((a, b) => Number(a.waiting ?? false) - Number(b.waiting ?? false) || a.at - b.at);
    const unattended = unattendedOf(approvals, sessionId);
    const over = ended !== null || closed !== null;
    const begun = consentOf(approvals, sessionId) ?? unattended?.statement.at ?? null;
    return {
      sessionId,
      number: asked[0]?.prompt.sessionNumber ?? null,
      technician: asked[0]?.prompt.technician.name ?? ran.find((command) => command.order)?.order?.technician ?? '',
      startedAt: begun ?? timeline[0]?.at ?? now,
      endedAt: ended?.at ?? closed?.at ?? timeline.at(-1)?.at ?? now,
      allowed: consentOf(approvals, sessionId) !== null,
      unattended: unattended ? byPolicy(words.say, unattended.statement) : null,
      active: !ended && !closed && (begun !== null || ran.some((command) => command.order)),
      standing: over ? [] : asked.flatMap((record) => standingOf(record, source.consent, now, words)),
      ended: ended ? { at: ended.at, account: ended.account, told: closed !== null } : null,
      closed: closed?.outcome ?? null,
      timeline: timeline.slice(-MOST_LINES).map(marked),
    };
  });
}

const byPolicy = (say: Say, { rule, version }: { rule: string; version: number }): string =>
  say('line.by_policy', { rule, version });

function outcomeWords(say: Say, outcome: string): string {
  const known = zOutcome.safeParse(outcome);
  return known.success ? say(`outcome.${known.data}`) : outcome.replaceAll('_', ' ');
}

function marked(item: TimelineItem): TimelineItem {
  const marks = hidingCharacters(item.text);
  return marks.length === 0 ? item : { ...item, marks };
}

interface Words {
  say: Say;
  locale: string;
}

function approvalLine(
  record: ApprovalRecord,
  now: number,
  { say, locale }: Words,
  pins: ViewSource['pins'],
): TimelineItem {
  const { prompt, unattended } = record;
  if (unattended) {
    const { statement } = unattended;
    const strong = say('line.unattended');
    return { at: statement.at, glyph: 'cancelled', text: '', strong, detail: byPolicy(say, statement) };
  }
  const outcome = record.answer || record.closed || now > prompt.expiresAt ? outcomeOf(record, now, locale) : null;
  if (!outcome)
    return {
      at: prompt.requestedAt,
      glyph: 'pending',
      text: '',
      strong: say(asksApprover(pins, prompt) ? 'line.waiting_approver' : 'line.waiting'),
      detail: '',
      waiting: true,
    };
  const session = prompt.kind === 'session';
  const answered = (decision: 'approve' | 'deny'): string => {
    const key = decision === 'approve' ? 'yes' : 'no';
    return outcome.approver === null ? say(`line.${key}`) : say(`line.approver_${key}`, { name: outcome.approver });
  };
  const line = (glyph: TimelineItem['glyph'], strong: string, detail: string): TimelineItem => ({
    at: outcome.at,
    glyph,
    text: session ? '' : outcome.title,
    strong,
    detail,
  });
  switch (outcome.kind) {
    case 'yes':
      return line(
        'consent',
        session ? say('line.allowed') : answered('approve'),
        coveredWords(record, outcome.at, { say, locale }),
      );
    case 'no':
      return line('denied', session ? say('line.not_allowed') : answered('deny'), say('line.did_not_run'));
    case 'sending':
      return line('pending', answered(outcome.decision ?? 'deny'), say('line.not_there_yet'));
    case 'not_counted':
    case 'elsewhere':
      return line('cancelled', say('line.elsewhere'), outcome.message);
    case 'expired':
      return line('denied', say('line.expired'), say('line.did_not_run'));
    case 'withdrawn':
    case 'ended':
      return line('cancelled', say('line.taken_back'), outcome.message);
  }
}

function coveredWords({ answer }: ApprovalRecord, at: number, { say, locale }: Words): string {
  const scope = answer?.scope;
  if (!scope) return '';
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return say('line.covers', {
    scope: scopeWords(scope, languageOf(locale)),
    time: clock(scopeEnd(scope, at), at, { locale, timeZone }),
  });
}

/** A yes that counts, covers more than its own command, and is neither ended nor over. */
function standingOf(
  record: ApprovalRecord,
  consent: ConsentStore,
  now: number,
  { locale }: Words,
): SessionView['standing'] {
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

function scopeEndLine({ answer, scopeEnded }: ApprovalRecord, { say, locale }: Words): TimelineItem[] {
  if (!scopeEnded || !answer?.scope) return [];
  const what = scopeWords(answer.scope, languageOf(locale));
  const text = { at: scopeEnded.at, text: '', strong: say('line.you_stopped_allowing', { scope: what }) };
  return [{ ...text, glyph: 'cancelled', detail: say('line.asked_again') }];
}

function commandLine(
  command: KnownCommand,
  { started, exit }: Pick<CommandWatch, 'started' | 'exit'>,
  { say }: Words,
): TimelineItem {
  const { order } = command;
  const script = oneLine(order?.script ?? '');
  const text = !order ? say('line.a_command') : order.file ? script : say('line.ran', { command: script });
  const quiet = order?.risk === 'read_only' ? say('line.only_looks') : '';
  const line = (glyph: TimelineItem['glyph'], strong: string, detail: string): TimelineItem => ({
    at: started?.at ?? command.at,
    glyph,
    text,
    strong,
    detail,
  });
  if (command.refusal && !started) return { ...line('denied', '', command.refusal.message), text: say('line.refused') };
  if (exit?.timedOut) return line('cancelled', say('line.stopped'), say('line.too_long'));
  if (exit?.cancelled) return line('cancelled', say('line.stopped'), '');
  if (exit?.exitCode === 0) return line('tick', '', quiet);
  if (exit)
    return line(
      'failed',
      '',
      exit.signal ? say('line.signal', { signal: exit.signal }) : say('line.code', { code: String(exit.exitCode) }),
    );
  if (command.unknown) return line('unknown', say('line.unknown'), say('line.not_again'));
  return started
    ? { ...line('running', say('line.running'), quiet), text: script }
    : line('pending', '', say('line.about_to_start'));
}

/** What was typed into a command, as it is recorded: secrets by name. */
function inputLines({ order }: KnownCommand, { inputs }: Pick<CommandWatch, 'inputs'>, { say }: Words): TimelineItem[] {
  const first = order ? firstName(order.technician) : say('line.technician');
  return inputs
    .filter(({ given }) => given)
    .map(({ at, text, end }) => ({
      at,
      glyph: 'message',
      text:
        text.trim() === ''
          ? say(end ? 'line.ended_input' : 'line.enter', { first })
          : say('line.typed', { first, text: oneLine(text) }),
      strong: '',
      detail: say('line.into', { command: order ? oneLine(order.script) : say('line.a_command') }),
    }));
}

const oneLine = (text: string): string => {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
};
