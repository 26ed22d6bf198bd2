import { zPrompt, type Prompt } from '@throughline/domain/agent-protocol';
import { zKeptLink } from '@throughline/domain/approval-link';
import { zApprovalScope } from '@throughline/domain/approval-scope';
import { zKeptAssertion } from '@throughline/domain/passkey';
import { MAX_SHOWN_TEXT, zShownPrompt } from '@throughline/domain/prompt/shown-prompt';
import { zUnattendedStatement } from '@throughline/domain/unattended';
import { z } from 'zod';
import { type NdjsonFile, openNdjson } from './ndjson.ts';

const at = z.number().int();
const closedState = z.enum(['approved', 'denied', 'expired', 'withdrawn']);
const zEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('prompt'), at, prompt: zPrompt }),
  z.strictObject({ type: z.literal('shown'), at, approvalId: z.string() }),
  z.strictObject({
    type: z.literal('answered'),
    at,
    approvalId: z.string(),
    decision: z.enum(['approve', 'deny']),
    reason: z.string(),
    account: z.string(),
    signature: z.string(),
    scope: zApprovalScope.optional(),
    shown: zShownPrompt.optional(),
    text: z.string().max(MAX_SHOWN_TEXT).optional(),
    /** Answered by a named approver, not at this computer. */
    passkey: zKeptAssertion.optional(),
    /** Answered by a mailed link, not at this computer. */
    link: zKeptLink.optional(),
  }),
  /** Nobody answered: the owner's file lets the session run unattended, and this was signed for it. */
  z.strictObject({ type: z.literal('unattended'), statement: zUnattendedStatement, signature: z.string() }),
  z.strictObject({ type: z.literal('decided'), at, approvalId: z.string(), counted: z.boolean(), message: z.string() }),
  z.strictObject({ type: z.literal('closed'), at, approvalId: z.string(), state: closedState, message: z.string() }),
  /** What a yes covers beyond its own command was ended here. */
  z.strictObject({ type: z.literal('scope_ended'), at, approvalId: z.string(), account: z.string() }),
  z.strictObject({
    type: z.literal('session_ended'),
    at,
    sessionId: z.string(),
    reason: z.string(),
    account: z.string(),
  }),
  z.strictObject({ type: z.literal('session_closed'), at, sessionId: z.string(), outcome: z.string() }),
  z.strictObject({
    type: z.literal('message'),
    at,
    id: z.string(),
    sessionId: z.string(),
    text: z.string(),
    account: z.string(),
  }),
  z.strictObject({ type: z.literal('message_sent'), at, id: z.string() }),
  z.strictObject({
    type: z.literal('said'),
    at,
    sessionId: z.string(),
    seq: z.number().int(),
    name: z.string(),
    text: z.string(),
  }),
]);
export type ConsentEvent = z.infer<typeof zEvent>;
type EventOf<T extends ConsentEvent['type']> = Extract<ConsentEvent, { type: T }>;

const A_DAY_MS = 24 * 3_600_000;

export interface ApprovalRecord {
  prompt: Prompt;
  /** When it first came. */
  askedAt: number;
  /** When the last reminder of it came; null: none did. */
  nudgedAt: number | null;
  shown: EventOf<'shown'> | null;
  answer: EventOf<'answered'> | null;
  /** In the place of an answer: nobody was asked. */
  unattended: EventOf<'unattended'> | null;
  decided: EventOf<'decided'> | null;
  closed: EventOf<'closed'> | null;
  /** The last answer did not count, and why: the question was asked anew after it. */
  refused: EventOf<'decided'> | null;
  /** Nothing more may start on this yes. */
  scopeEnded: EventOf<'scope_ended'> | null;
}

export interface SessionRecord {
  sessionId: string;
  ended: EventOf<'session_ended'> | null;
  closed: EventOf<'session_closed'> | null;
  messages: (EventOf<'message'> & { sent: boolean })[];
  /** What the desk wrote to the person. */
  said: EventOf<'said'>[];
}

/**
 * The server refused the answer that was given at the page, and the question is open to another. True only until it comes again, which
 * says that it waits still. A passkey's answer is not given again here: its approver does that. One by a link gives way to one given here.
 */
export const mayAnswerAgain = ({ answer, decided, closed }: ApprovalRecord): boolean =>
  answer !== null && answer.passkey === undefined && decided?.counted === false && closed === null;

/**
 * What the person at this computer was asked and answered, kept here and nowhere else trusted: the runtime's own
 * evidence. Durable when each call returns. An answer is recorded at once and counts once the server confirmed it.
 */
export class ConsentStore {
  readonly #file: NdjsonFile<ConsentEvent>;
  readonly #approvals = new Map<string, ApprovalRecord>();
  readonly #sessions = new Map<string, SessionRecord>();
  readonly #listeners = new Set<() => void>();

  constructor(path: string) {
    const { records, file } = openNdjson(path, zEvent);
    this.#file = file;
    for (const record of records) this.#apply(record);
  }

  append(event: ConsentEvent): void {
    this.#file.append(event);
    this.#apply(event);
    for (const listener of [...this.#listeners]) listener();
  }

  /** Called after every change; returns how to stop it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  approval(approvalId: string): ApprovalRecord | undefined {
    return this.#approvals.get(approvalId);
  }
  approvals(): ApprovalRecord[] {
    return [...this.#approvals.values()];
  }
  session(sessionId: string): SessionRecord {
    let session = this.#sessions.get(sessionId);
    if (!session) {
      session = { sessionId, ended: null, closed: null, messages: [], said: [] };
      this.#sessions.set(sessionId, session);
    }
    return session;
  }
  sessions(): SessionRecord[] {
    return [...this.#sessions.values()];
  }

  /**
   * 'pending': answered yes here, and the server has not said yet whether that answer counts. `approvalLink`: the owner's file lets a yes by
   * a mailed link count.
   */
  verdict(approvalId: string, approvalLink: boolean): 'approved' | 'pending' | 'no' {
    const record = this.#approvals.get(approvalId);
    if (!record) return 'no';
    const session = this.session(record.prompt.sessionId);
    if (session.ended || session.closed) return 'no';
    if (record.scopeEnded) return 'no';
    if (record.closed && record.closed.state !== 'approved') return 'no';
    if (record.answer?.link && !approvalLink) return 'no';
    if (record.answer?.decision === 'approve') {
      // The server may be unable to answer at once and then only tell the outcome: our own Yes and its Approved agree.
      if (!record.decided) return record.closed ? 'approved' : 'pending';
      if (record.decided.counted) return 'approved';
    }
    // That the server says so alone is nobody's yes.
    return 'no';
  }

  /** This computer stated that its owner lets that session run unattended, and nothing has ended it since. */
  runsUnattended(approvalId: string, sessionId: string, hash: string): boolean {
    const record = this.#approvals.get(approvalId);
    if (!record?.unattended || record.decided?.counted === false) return false;
    if (record.prompt.sessionId !== sessionId || record.prompt.hash !== hash) return false;
    const { ended, closed } = this.session(sessionId);
    return !ended && !closed && (!record.closed || record.closed.state === 'approved');
  }

  /** A session is allowed here or being asked about, by what was heard: one whose end never came here counts for a day. */
  hasOpenSession(now: number): boolean {
    return this.approvals().some(({ prompt, askedAt, answer, unattended, closed }) => {
      if (prompt.kind !== 'session' || now > askedAt + A_DAY_MS) return false;
      const session = this.session(prompt.sessionId);
      if (session.ended || session.closed) return false;
      if (closed !== null && closed.state !== 'approved') return false;
      return answer === null
        ? unattended !== null || closed !== null || now < prompt.expiresAt
        : answer.decision === 'approve';
    });
  }

  /** The verdict, waiting a little for one that is under way: an order may overtake the confirmation that allows it. */
  settledVerdict(approvalId: string, approvalLink: boolean, waitMs: number): Promise<'approved' | 'pending' | 'no'> {
    return new Promise((resolve) => {
      const look = () => {
        const verdict = this.verdict(approvalId, approvalLink);
        if (verdict === 'pending' && performance.now() < until) return;
        clearTimeout(timer);
        stop();
        resolve(verdict);
      };
      const until = performance.now() + waitMs;
      const stop = this.onChange(look);
      const timer = setTimeout(look, waitMs + 5);
      look();
    });
  }

  close(): void {
    this.#file.close();
  }

  #apply(event: ConsentEvent): void {
    switch (event.type) {
      case 'prompt': {
        const known = this.#approvals.get(event.prompt.approvalId);
        // What was asked cannot be changed under an answer: only the nudges and the expiry may.
        if (known && known.prompt.hash !== event.prompt.hash) return;
        const record = known ?? {
          prompt: event.prompt,
          askedAt: event.at,
          nudgedAt: null,
          shown: null,
          answer: null,
          unattended: null,
          decided: null,
          closed: null,
          refused: null,
          scopeEnded: null,
        };
        if (mayAnswerAgain(record)) [record.refused, record.answer, record.decided] = [record.decided, null, null];
        if (event.prompt.nudges > record.prompt.nudges) record.nudgedAt = event.at;
        if (!record.answer) record.prompt = event.prompt;
        this.#approvals.set(event.prompt.approvalId, record);
        this.session(event.prompt.sessionId);
        return;
      }
      case 'unattended': {
        const record = this.#approvals.get(event.statement.approvalId);
        if (record) record.unattended ??= event;
        return;
      }
      case 'shown':
      case 'answered':
      case 'decided':
      case 'closed':
      case 'scope_ended': {
        const record = this.#approvals.get(event.approvalId);
        if (!record) return;
        if (event.type === 'shown') record.shown ??= event;
        else if (event.type === 'answered') record.answer ??= event;
        else if (event.type === 'decided') record.decided = event;
        else if (event.type === 'scope_ended') record.scopeEnded ??= event;
        else record.closed = event;
        return;
      }
      case 'session_ended':
        this.session(event.sessionId).ended ??= event;
        return;
      case 'session_closed':
        this.session(event.sessionId).closed = event;
        return;
      case 'message':
        this.session(event.sessionId).messages.push({ ...event, sent: false });
        return;
      case 'said':
        this.session(event.sessionId).said.push(event);
        return;
      case 'message_sent':
        for (const session of this.#sessions.values()) {
          for (const message of session.messages) if (message.id === event.id) message.sent = true;
        }
        return;
    }
  }
}
