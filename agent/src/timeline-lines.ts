import { scopeEnd, scopeWords } from '@throughline/domain/approval-scope';
import { zOutcome } from '@throughline/domain/entry';
import { type Say, languageOf } from '@throughline/domain/prompt/catalogue';
import { clock } from '@throughline/domain/prompt/prompt-text';
import { firstName } from '@throughline/domain/prompt/prompt-words';
import type { Mark } from '@throughline/domain/suspicious-characters';
import type { KnownCommand } from './command-journal.ts';
import type { CommandWatch } from './command-watch.ts';
import type { ApprovalRecord, SessionRecord } from './consent-store.ts';
import { waits } from './local-session.ts';
import { outcomeOf } from './prompt-outcome.ts';
import { asksApprover } from './strong-mode.ts';
import type { ViewSource } from './view-source.ts';

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

/** The reader's language, and the locale that times are written in. */
export interface Words {
  say: Say;
  locale: string;
}

export const byPolicy = (say: Say, { rule, version }: { rule: string; version: number }): string =>
  say('line.by_policy', { rule, version });

/** What was asked, and what became of it. */
export function approvalLine(
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
  const outcome = waits(record, now) ? null : outcomeOf(record, now, locale);
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
    if (outcome.link !== null) return say(`line.link_${key}`, { name: outcome.link });
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
        session && outcome.link === null ? say('line.allowed') : answered('approve'),
        coveredWords(record, outcome.at, { say, locale }),
      );
    case 'no':
      return line(
        'denied',
        session && outcome.link === null ? say('line.not_allowed') : answered('deny'),
        say('line.did_not_run'),
      );
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

export function scopeEndLine({ answer, scopeEnded }: ApprovalRecord, { say, locale }: Words): TimelineItem[] {
  if (!scopeEnded || !answer?.scope) return [];
  const what = scopeWords(answer.scope, languageOf(locale));
  const text = { at: scopeEnded.at, text: '', strong: say('line.you_stopped_allowing', { scope: what }) };
  return [{ ...text, glyph: 'cancelled', detail: say('line.asked_again') }];
}

export function commandLine(
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
export function inputLines(
  { order }: KnownCommand,
  { inputs }: Pick<CommandWatch, 'inputs'>,
  { say }: Words,
): TimelineItem[] {
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

/** What was written to and fro, and how the session ended. */
export function sessionLines({ messages, said, ended, closed }: SessionRecord, { say }: Words): TimelineItem[] {
  const line = (at: number, glyph: TimelineItem['glyph'], text: string, strong: string, detail: string) => ({
    ...{ at, glyph, text, strong, detail },
  });
  return [
    ...messages.map(({ at, text, sent }) =>
      line(at, 'message', say('line.you_wrote', { text: text.trim() }), '', sent ? '' : say('line.not_sent')),
    ),
    ...said.map(({ at, name, text }) => ({
      ...line(at, 'message', say('line.wrote', { name, text: text.trim() }), '', ''),
      said: true,
    })),
    ...(ended ? [line(ended.at, 'cancelled', '', say('line.you_ended'), closed ? '' : say('line.nothing_more'))] : []),
    ...(closed ? [line(closed.at, 'tick', say('line.closed'), '', outcomeWords(say, closed.outcome))] : []),
  ];
}

function outcomeWords(say: Say, outcome: string): string {
  const known = zOutcome.safeParse(outcome);
  return known.success ? say(`outcome.${known.data}`) : outcome.replaceAll('_', ' ');
}
