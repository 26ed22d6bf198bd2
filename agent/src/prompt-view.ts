import type { Prompt } from '@throughline/domain/agent-protocol';
import { scopeEnd, scopeWords } from '@throughline/domain/approval-scope';
import { spokenCode } from '@throughline/domain/spoken-code';
import type { KnownCommand } from './command-journal.ts';
import type { CommandWatch } from './command-watch.ts';
import type { ApprovalRecord, ConsentStore, SessionRecord } from './consent-store.ts';
import { type Offer, offerOf } from './cover.ts';
import { sha256 } from './sha256.ts';

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
}

export type Question = Prompt & { consentAt: number | null; offer: Offer | null };

export interface Outcome {
  approvalId: string;
  title: string;
  technician: string;
  at: number;
  kind: 'yes' | 'no' | 'sending' | 'not_counted' | 'expired' | 'withdrawn' | 'elsewhere' | 'ended';
  decision: 'approve' | 'deny' | null;
  message: string;
}

export interface SessionView {
  sessionId: string;
  number: number | null;
  technician: string;
  startedAt: number;
  /** Consent stands: there is something to end. */
  active: boolean;
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
}

export interface ViewSource {
  mspName: string;
  since: number;
  identity: { clientName: string; endpointName: string };
  connection: { ready: boolean };
  consent: ConsentStore;
  journal: { all: () => KnownCommand[] };
  result: (commandId: string) => Pick<CommandWatch, 'started' | 'exit' | 'inputs'>;
}

const KEEP_SHOWN_MS = 12 * 3_600_000;
const MOST_LINES = 60;
const WAITING = 'Waiting for your answer';

export function promptView(source: ViewSource, now: number): PromptView {
  const approvals = source.consent.approvals();
  const open = approvals.filter((record) => isOpen(record, source.consent, now));
  const past = approvals.filter((record) => !open.includes(record)).map((record) => outcomeOf(record, now));
  const ends = source.consent.sessions().flatMap((session) => endOf(session, approvals));
  const last = [...past, ...ends].filter((outcome) => now - outcome.at < KEEP_SHOWN_MS).sort((a, b) => b.at - a.at)[0];
  return {
    msp: source.mspName,
    client: source.identity.clientName,
    endpoint: source.identity.endpointName,
    online: source.connection.ready,
    since: source.since,
    questions: open.map(({ prompt }) => ({
      ...prompt,
      code: codeOf(prompt),
      offer: offerOf(prompt),
      consentAt: consentOf(approvals, prompt.sessionId),
    })),
    last: last ?? null,
    sessions: sessionViews(source, approvals, now),
  };
}

/** From what this page shows, not as the server said it: a server that asks the desk and this computer two different things is heard on the phone. */
const codeOf = ({ code, approvalId, kind, hash, technician, reason }: Prompt): string =>
  code.length < 6 ? code : spokenCode(sha256, { approvalId, kind, hash, technician: technician.name, reason });

/** When the next question lapses, so that the page is told in time. */
export function nextExpiry(consent: ConsentStore, now: number): number | null {
  const times = consent
    .approvals()
    .filter((record) => isOpen(record, consent, now))
    .map(({ prompt }) => prompt.expiresAt);
  return times.length > 0 ? Math.min(...times) : null;
}

const isOpen = ({ prompt, answer, closed }: ApprovalRecord, consent: ConsentStore, now: number): boolean => {
  const session = consent.session(prompt.sessionId);
  return !answer && !closed && !session.ended && !session.closed && now <= prompt.expiresAt;
};

function outcomeOf({ prompt, answer, decided, closed }: ApprovalRecord, now: number): Outcome {
  const base = {
    approvalId: prompt.approvalId,
    title: prompt.title,
    technician: prompt.technician.name,
    decision: answer?.decision ?? null,
  };
  if (answer && !decided && closed) {
    const agrees = closed.state === (answer.decision === 'approve' ? 'approved' : 'denied');
    const kind = agrees ? (answer.decision === 'approve' ? 'yes' : 'no') : 'not_counted';
    return { ...base, at: answer.at, kind, message: closed.message };
  }
  if (answer && !decided) return { ...base, at: answer.at, kind: 'sending', message: '' };
  if (answer && decided?.counted)
    return { ...base, at: answer.at, kind: answer.decision === 'approve' ? 'yes' : 'no', message: decided.message };
  if (answer && decided) return { ...base, at: answer.at, kind: 'not_counted', message: decided.message };
  if (closed?.state === 'withdrawn') return { ...base, at: closed.at, kind: 'withdrawn', message: closed.message };
  if (closed && closed.state !== 'expired')
    return { ...base, at: closed.at, kind: 'elsewhere', message: closed.message };
  return {
    ...base,
    at: Math.min(closed?.at ?? prompt.expiresAt, now),
    kind: 'expired',
    message: closed?.message ?? '',
  };
}

function endOf({ sessionId, ended }: SessionRecord, approvals: ApprovalRecord[]): Outcome[] {
  if (!ended) return [];
  const technician = approvals.find(({ prompt }) => prompt.sessionId === sessionId)?.prompt.technician.name ?? '';
  return [{ approvalId: sessionId, title: '', technician, at: ended.at, kind: 'ended', decision: null, message: '' }];
}

const consentOf = (approvals: ApprovalRecord[], sessionId: string): number | null =>
  approvals.find(
    ({ prompt, answer, decided }) =>
      prompt.sessionId === sessionId && prompt.kind === 'session' && answer?.decision === 'approve' && decided?.counted,
  )?.answer?.at ?? null;

function sessionViews(source: ViewSource, approvals: ApprovalRecord[], now: number): SessionView[] {
  const commands = source.journal.all().filter((command) => command.sessionId !== null);
  const ids = new Set([
    ...approvals.map(({ prompt }) => prompt.sessionId),
    ...commands.map((command) => command.sessionId!),
  ]);
  return [...ids]
    .map((sessionId): SessionView => {
      const asked = approvals.filter(({ prompt }) => prompt.sessionId === sessionId);
      const ran = commands.filter((command) => command.sessionId === sessionId);
      const { ended, closed, messages } = source.consent.session(sessionId);
      const timeline: TimelineItem[] = [
        ...asked.map((record) => approvalLine(record, now)),
        ...ran.map((command) => commandLine(command, source.result(command.commandId))),
        ...ran.flatMap((command) => inputLines(command, source.result(command.commandId))),
        ...messages.map(({ at, text, sent }) => ({
          at,
          glyph: 'message' as const,
          text: `You wrote: “${oneLine(text)}”`,
          strong: '',
          detail: sent ? '' : 'not sent yet',
        })),
        ...(ended
          ? [
              {
                at: ended.at,
                glyph: 'cancelled' as const,
                text: '',
                strong: 'You ended the session',
                detail: closed ? '' : 'nothing more can run in it',
              },
            ]
          : []),
        ...(closed
          ? [
              {
                at: closed.at,
                glyph: 'tick' as const,
                text: 'Session closed',
                strong: '',
                detail: closed.outcome.replaceAll('_', ' '),
              },
            ]
          : []),
      ].sort((a, b) => Number(isWaiting(a)) - Number(isWaiting(b)) || a.at - b.at);
      return {
        sessionId,
        number: asked[0]?.prompt.sessionNumber ?? null,
        technician: asked[0]?.prompt.technician.name ?? ran.find((command) => command.order)?.order?.technician ?? '',
        startedAt: consentOf(approvals, sessionId) ?? timeline[0]?.at ?? now,
        active: !ended && !closed && (consentOf(approvals, sessionId) !== null || ran.some((command) => command.order)),
        ended: ended ? { at: ended.at, account: ended.account, told: closed !== null } : null,
        closed: closed?.outcome ?? null,
        timeline: timeline.slice(-MOST_LINES),
      };
    })
    .filter(
      (session) => session.active || now - Math.max(...session.timeline.map((item) => item.at), 0) < KEEP_SHOWN_MS,
    )
    .sort((a, b) => Number(b.active) - Number(a.active) || b.startedAt - a.startedAt)
    .slice(0, 4);
}

const isWaiting = (item: TimelineItem): boolean => item.strong === WAITING;

function approvalLine(record: ApprovalRecord, now: number): TimelineItem {
  const { prompt } = record;
  const scope = record.answer?.scope;
  const outcome = record.answer || record.closed || now > prompt.expiresAt ? outcomeOf(record, now) : null;
  const what = prompt.kind === 'session' ? '' : prompt.title;
  if (!outcome) return { at: prompt.requestedAt, glyph: 'pending', text: '', strong: WAITING, detail: '' };
  switch (outcome.kind) {
    case 'yes':
      return {
        at: outcome.at,
        glyph: 'consent',
        text: what,
        strong: prompt.kind === 'session' ? 'You allowed the session' : 'You said yes',
        detail: scope ? `covers ${scopeWords(scope)} until ${hourMinute(scopeEnd(scope, outcome.at))}` : '',
      };
    case 'no':
      return {
        at: outcome.at,
        glyph: 'denied',
        text: what,
        strong: prompt.kind === 'session' ? 'You did not allow the session' : 'You said no',
        detail: 'it did not run',
      };
    case 'sending':
      return {
        at: outcome.at,
        glyph: 'pending',
        text: what,
        strong: outcome.decision === 'approve' ? 'You said yes' : 'You said no',
        detail: 'not at the desk yet',
      };
    case 'not_counted':
    case 'elsewhere':
      return { at: outcome.at, glyph: 'cancelled', text: what, strong: 'Decided elsewhere', detail: outcome.message };
    case 'expired':
      return {
        at: outcome.at,
        glyph: 'denied',
        text: what,
        strong: 'No answer, counts as no',
        detail: 'it did not run',
      };
    case 'withdrawn':
    case 'ended':
      return { at: outcome.at, glyph: 'cancelled', text: what, strong: 'Taken back', detail: outcome.message };
  }
}

function commandLine(command: KnownCommand, { started, exit }: Pick<CommandWatch, 'started' | 'exit'>): TimelineItem {
  const { order } = command;
  const text = order ? `${order.file ? '' : 'Ran '}${oneLine(order.script)}` : 'A command';
  const quiet = order?.risk === 'read_only' ? 'only looks, changes nothing' : '';
  const line = (glyph: TimelineItem['glyph'], strong: string, detail: string): TimelineItem => ({
    at: started?.at ?? command.at,
    glyph,
    text,
    strong,
    detail,
  });
  if (command.refusal && !started)
    return { ...line('denied', '', command.refusal.message), text: 'A command was refused by this computer' };
  if (exit?.timedOut) return line('cancelled', 'stopped', 'it took too long');
  if (exit?.cancelled) return line('cancelled', 'stopped', '');
  if (exit)
    return exit.exitCode === 0
      ? line('tick', '', quiet)
      : line('failed', '', exit.signal ? `ended by ${exit.signal}` : `ended with code ${exit.exitCode}`);
  if (command.unknown) return line('unknown', 'outcome unknown', 'it will not be run again by itself');
  return started
    ? { ...line('running', 'running now', quiet), text: oneLine(order?.script ?? '') }
    : line('pending', '', 'about to start');
}

/** What was typed into a command, as it is recorded: secrets by name. */
function inputLines({ order }: KnownCommand, { inputs }: Pick<CommandWatch, 'inputs'>): TimelineItem[] {
  const who = order?.technician.split(' ')[0] ?? 'The technician';
  return inputs
    .filter(({ given }) => given)
    .map(({ at, text, end }) => ({
      at,
      glyph: 'message',
      text:
        text.trim() === '' ? `${who} ${end ? 'ended the input' : 'pressed Enter'}` : `${who} typed “${oneLine(text)}”`,
      strong: '',
      detail: `into ${oneLine(order?.script ?? 'a command')}`,
    }));
}

/** As the clock on this computer shows it. */
const hourMinute = (at: number): string => {
  const date = new Date(at);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
};

const oneLine = (text: string): string => {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
};
