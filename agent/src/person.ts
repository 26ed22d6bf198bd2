import { randomUUID } from 'node:crypto';
import type { GatewayMessage, Prompt } from '@throughline/domain/agent-protocol';
import { DomainError, isDomainError } from '@throughline/domain/errors';
import { keptAssertion } from '@throughline/domain/passkey';
import { decisionBytes, scopeEndBytes } from '@throughline/domain/signed-bytes';
import { unattendedBytes } from '@throughline/domain/unattended';
import { type Language, languageOf } from '@throughline/domain/prompt/catalogue';
import { MAX_SHOWN_TEXT, type ShownPrompt } from '@throughline/domain/prompt/shown-prompt';
import { type LinkAnswer, answerByLink } from './approval-link.ts';
import { readPins } from './approver-pins.ts';
import { type Cover, scopeOf } from './cover.ts';
import type { Connection } from './connection.ts';
import { type ApprovalRecord, type ConsentStore, mayAnswerAgain } from './consent-store.ts';
import type { DataFolder } from './data-folder.ts';
import type { Identity, Signer } from './identity.ts';
import type { Log } from './log.ts';
import { consentOf, questionOf } from './question.ts';
import { SeatWatch } from './seat.ts';
import { asksApprover, signedByApprover } from './strong-mode.ts';
import { unattendedByOwner } from './unattended.ts';

type Answer = NonNullable<ApprovalRecord['answer']>;
type Of<T extends GatewayMessage['type']> = Extract<GatewayMessage, { type: T }>;

export interface PersonParts {
  folder: DataFolder;
  identity: Identity;
  consent: ConsentStore;
  sign: Signer;
  log: Log;
  connection: Pick<Connection, 'send' | 'whenReceived'>;
  /** The person ended a session: what runs in it is stopped. */
  sessionEnded: (sessionId: string) => void;
  changed: () => void;
  /** Something is asked that was not asked before. */
  prompted: (approvalId: string) => void;
}

/** The page that an answer was given on: how it was read, and the hash of the text it showed. */
export interface ReadPage {
  locale: string;
  textHash: string;
}

/** The person at this computer: what they are asked, what they answer and say, and that it reaches the server in the end. */
export class Person {
  readonly #parts: PersonParts;
  readonly #consent: ConsentStore;
  /** Who sits here and answers. */
  readonly seat = new SeatWatch();
  /** Messages sent on this connection and not yet known to have arrived. */
  readonly #inFlight = new Set<string>();

  constructor(parts: PersonParts) {
    this.#parts = parts;
    this.#consent = parts.consent;
  }

  /** The answer given at the prompt page. Durable at once; effective when the server says that it counted. */
  decide(
    approvalId: string,
    decision: 'approve' | 'deny',
    reason: string,
    { cover, page }: { cover?: Cover | undefined; page?: ReadPage | undefined } = {},
  ): void {
    const record = this.#open(approvalId);
    const at = Date.now();
    this.#inTime(record, decision, at);
    if (decision === 'approve' && this.#approverDecides(record.prompt))
      throw new DomainError(
        'FORBIDDEN',
        'A named approver allows this command, with a passkey. You can say no, and you can end the session.',
      );
    if (decision === 'approve' && page === undefined && record.prompt.keepsText === true)
      throw new DomainError(
        'INVALID_INPUT',
        'A yes has to come from the page that shows the question. Open the prompt page and answer there.',
      );
    const scope = cover === undefined || decision === 'deny' ? undefined : scopeOf(record.prompt, cover);
    const said = page === undefined ? {} : this.#saidOnPage(record, page, decision, at);
    const account = this.seat.now().account;
    this.#answered(record, { decision, reason, account, at, ...said, ...(scope === undefined ? {} : { scope }) });
  }

  /** Whether a named approver decides. Also where the approvers' file is broken: then nobody's yes to a command is worth anything. */
  #approverDecides(prompt: Prompt): boolean {
    try {
      return asksApprover(readPins(this.#parts.folder, this.#parts.identity), prompt);
    } catch (error) {
      if (isDomainError(error)) return prompt.kind !== 'session';
      throw error;
    }
  }

  /** A named approver's answer, which the server only carried: it counts when a pinned passkey signed it for exactly this question. */
  hearApprover({ approvalId, decision, reason, passkey }: Of<'approver_answer'>): void {
    // Carried again after a break: it was judged already.
    if (this.#consent.approval(approvalId)?.answer?.passkey?.signature === passkey.signature) return;
    try {
      const record = this.#open(approvalId);
      const at = Date.now();
      this.#inTime(record, decision, at);
      const { folder, identity } = this.#parts;
      const pins = readPins(folder, identity);
      if (pins === null)
        throw new DomainError(
          'INVALID_STATE',
          'This computer has no approvers pinned, so it can believe no passkey. Its owner pins them with “approvers add”.',
        );
      if (record.prompt.kind === 'session')
        throw new DomainError('FORBIDDEN', 'Only the person at this computer allows a session.');
      const checked = signedByApprover(pins, identity.endpointId, record.prompt, { decision, reason, passkey });
      if (!checked.ok) throw new DomainError('FORBIDDEN', checked.fault);
      const kept = keptAssertion(passkey, pins, checked.approver);
      this.#answered(record, { decision, reason, account: checked.approver.name, at, passkey: kept });
    } catch (error) {
      if (!isDomainError(error)) throw error;
      this.#parts.log.warn(`An approver’s answer does not count: ${error.message}`, { approvalId });
      this.#parts.connection.send({ type: 'answer_refused', approvalId, message: error.message, at: Date.now() });
    }
  }

  /** What was answered by a link the desk mailed. The server says by whom; whether it counts here, the owner's file says. */
  hearLink(message: LinkAnswer): void {
    const { approvalId, link, decision } = message;
    // Carried again after a break: it was taken already.
    if (this.#consent.approval(approvalId)?.answer?.link?.id === link.id) return;
    try {
      const record = this.#open(approvalId);
      const at = Date.now();
      this.#inTime(record, decision, at);
      const { folder, identity } = this.#parts;
      this.#answered(record, answerByLink(folder, identity, record, message, at));
    } catch (error) {
      if (!isDomainError(error)) throw error;
      this.#parts.log.warn(`An answer by a link does not count: ${error.message}`, { approvalId });
      this.#parts.connection.send({ type: 'answer_refused', approvalId, message: error.message, at: Date.now() });
    }
  }

  /** Whether this computer's owner lets the session run unattended. The server only asks: what counts is the owner's file. */
  hearUnattended({ prompt, rule, level, version }: Of<'unattended'>): void {
    const { approvalId, hash, sessionId } = prompt;
    const { folder, identity, connection, log } = this.#parts;
    try {
      if (this.#consent.approval(approvalId)?.unattended) return this.#sendUnattended(approvalId);
      const allowed = unattendedByOwner(folder, identity, prompt);
      this.#prompt({ type: 'prompt', prompt }, false);
      this.#open(approvalId);
      const statement = { approvalId, hash, rule, level, version, ...allowed, at: Date.now() };
      this.#consent.append({ type: 'unattended', statement, signature: this.#parts.sign(unattendedBytes(statement)) });
      log.warn(`A session of ${prompt.technician.name} runs unattended, as policy.json allows (rule ${rule}).`, {
        sessionId,
      });
      this.#sendUnattended(approvalId);
      this.#parts.changed();
    } catch (error) {
      if (!isDomainError(error)) throw error;
      log.info(`A session does not run unattended: ${error.message}`, { approvalId });
      connection.send({ type: 'unattended_refused', approvalId, message: error.message, at: Date.now() });
    }
  }

  /** The question, if it still waits for an answer. */
  #open(approvalId: string): ApprovalRecord {
    const record = this.#consent.approval(approvalId);
    if (!record) throw new DomainError('NOT_FOUND', 'This question is not known here any more.');
    if (record.answer) throw new DomainError('ALREADY_DECIDED', 'This question was already answered here.');
    if (record.unattended)
      throw new DomainError(
        'ALREADY_DECIDED',
        'This session runs unattended by policy: nobody is asked. You can end it.',
      );
    if (record.closed)
      throw new DomainError('ALREADY_DECIDED', record.closed.message || 'This question was already decided elsewhere.');
    if (this.#consent.session(record.prompt.sessionId).ended)
      throw new DomainError('INVALID_STATE', 'You ended this session. Nothing more can be approved in it.');
    return record;
  }

  #inTime({ prompt }: ApprovalRecord, decision: 'approve' | 'deny', at: number): void {
    if (decision === 'approve' && at > prompt.expiresAt)
      throw new DomainError(
        'APPROVAL_EXPIRED',
        'The time to answer is over, and no answer counted as no. Ask the technician to send the question again.',
      );
  }

  /** Signs the answer, keeps it, and sends it on its way. */
  #answered({ prompt }: ApprovalRecord, said: Omit<Answer, 'type' | 'approvalId' | 'signature'>): void {
    const { approvalId, hash, title } = prompt;
    const { decision, reason, account, at, scope, shown, passkey, link } = said;
    const bytes = decisionBytes({ approvalId, decision, reason, account, at, hash, scope, shown, passkey, link });
    this.#consent.append({ type: 'answered', approvalId, signature: this.#parts.sign(bytes), ...said });
    this.#parts.log.info(`${account} answered ${decision === 'approve' ? 'yes' : 'no'} to “${title}”.`, { approvalId });
    this.#sendDecision(approvalId);
    this.#parts.changed();
  }

  /** What the page showed, made again here: only what this computer would show as well is signed. */
  #saidOnPage(
    { prompt, askedAt, shown }: ApprovalRecord,
    { locale, textHash }: ReadPage,
    decision: 'approve' | 'deny',
    at: number,
  ): { shown?: ShownPrompt; text?: string } {
    const question = questionOf(prompt, consentOf(this.#consent.approvals(), prompt.sessionId), locale);
    if (question.textHash !== textHash)
      throw new DomainError('CONFLICT', 'The question changed while you were reading it. Read it again, then answer.');
    if (prompt.keepsText !== true) return {};
    // No server of ours asks like that. Said to it, it would refuse the whole connection, and again at each reconnect.
    if (question.text.length > MAX_SHOWN_TEXT || question.text.includes('\0')) {
      if (decision === 'deny') return {};
      throw new DomainError(
        'TOO_LARGE',
        'This question cannot be kept as it was shown, so it cannot be approved here. Deny it.',
      );
    }
    const language: Language = languageOf(locale);
    const times = { askedAt, shownAt: shown?.at ?? at };
    return {
      shown: { language, textHash, channel: 'loopback_page', ...times, locked: this.seat.now().locked },
      text: question.text,
    };
  }

  /** Works without a connection: the consent is withdrawn here and now, and what runs in the session is stopped. */
  endSession(sessionId: string, reason: string): void {
    if (this.#consent.session(sessionId).ended) return;
    const account = this.seat.now().account;
    this.#consent.append({ type: 'session_ended', sessionId, reason, account, at: Date.now() });
    this.#parts.log.warn(`${account} ended the session at this computer.`, { sessionId });
    this.#parts.sessionEnded(sessionId);
    this.#sendEnded(sessionId);
    this.#parts.changed();
  }

  /** Works without a connection: from now on nothing starts here on that yes. What runs already goes on, and the session does. */
  endScope(approvalId: string): void {
    const record = this.#consent.approval(approvalId);
    if (record?.answer?.decision !== 'approve' || record.answer.scope === undefined)
      throw new DomainError('NOT_FOUND', 'No such answer covers further commands here. Reload the page.');
    if (record.scopeEnded) return;
    const account = this.seat.now().account;
    this.#consent.append({ type: 'scope_ended', approvalId, account, at: Date.now() });
    this.#parts.log.warn(`${account} ended what an earlier yes covers.`, { approvalId });
    this.#sendScopeEnd(approvalId);
    this.#parts.changed();
  }

  writeMessage(sessionId: string, text: string): void {
    this.#consent.append({
      type: 'message',
      id: randomUUID(),
      sessionId,
      text,
      account: this.seat.now().account,
      at: Date.now(),
    });
    this.#sendMessages();
    this.#parts.changed();
  }

  /** The prompt page really shows this question now. */
  shown(approvalId: string): void {
    const record = this.#consent.approval(approvalId);
    if (!record || record.shown) return;
    this.#consent.append({ type: 'shown', approvalId, at: Date.now() });
    this.#sendShown(approvalId);
  }

  /** What the server said of a question or a session. */
  hear(message: Of<'prompt' | 'prompt_closed' | 'decided' | 'session_closed' | 'said'>): void {
    if (message.type === 'prompt') return this.#prompt(message);
    if (message.type === 'said') return this.#said(message);
    const at = Date.now();
    if (message.type === 'decided') {
      const { approvalId, counted, message: text } = message;
      this.#consent.append({ type: 'decided', approvalId, counted, message: text, at });
    } else if (message.type === 'prompt_closed') {
      const { approvalId, state, message: text } = message;
      if (this.#consent.approval(approvalId)?.closed?.state !== state)
        this.#consent.append({ type: 'closed', approvalId, state, message: text, at });
    } else if (!this.#consent.session(message.sessionId).closed) {
      const { sessionId, outcome } = message;
      this.#consent.append({ type: 'session_closed', sessionId, outcome, at });
    }
    this.#parts.changed();
  }

  /** After each welcome: what the server may not have yet. */
  sayAgain(): void {
    // First, so that a Yes given before the end starts nothing after it.
    for (const { sessionId, ended, closed } of this.#consent.sessions())
      if (ended && !closed) this.#sendEnded(sessionId);
    for (const { prompt, answer, unattended, decided, closed, shown } of this.#consent.approvals()) {
      if (closed) continue;
      if (unattended && !decided) this.#sendUnattended(prompt.approvalId);
      if (shown && !answer) this.#sendShown(prompt.approvalId);
      if (answer && !decided) this.#sendDecision(prompt.approvalId);
    }
    // After the yes itself. Until the session is closed nobody knows whether the server has it.
    for (const { prompt, scopeEnded } of this.#consent.approvals())
      if (scopeEnded && !this.#consent.session(prompt.sessionId).closed) this.#sendScopeEnd(prompt.approvalId);
    this.#sendMessages();
  }

  /** Nothing that was signed with the key of today waits to be taken by the server. */
  isHeard(): boolean {
    return this.#consent
      .approvals()
      .every(({ answer, unattended, decided, closed }) => (!answer && !unattended) || decided || closed);
  }

  /** Whether a question waits for somebody to answer it. */
  isAsked(now: number): boolean {
    return this.#consent
      .approvals()
      .some(
        ({ prompt, answer, unattended, decided, closed }) =>
          !answer && !unattended && !decided && !closed && prompt.expiresAt > now,
      );
  }

  disconnected(): void {
    this.#inFlight.clear();
  }

  #prompt({ prompt }: Of<'prompt'>, aloud = true): void {
    const known = this.#consent.approval(prompt.approvalId);
    if (known && known.prompt.hash !== prompt.hash) {
      return this.#parts.log.error(
        'The server changed what a question stands for after asking it. The change is ignored.',
        {
          approvalId: prompt.approvalId,
        },
      );
    }
    const anew = known !== undefined && mayAnswerAgain(known);
    const news = !known || anew || JSON.stringify(known.prompt) !== JSON.stringify(prompt);
    if (news) this.#consent.append({ type: 'prompt', prompt, at: Date.now() });
    if (aloud && news && (anew || !known?.answer) && !known?.unattended) this.#parts.prompted(prompt.approvalId);
    this.#parts.changed();
  }

  /** Words from the desk, once each: they are told again after a reconnect. */
  #said({ sessionId, seq, name, text, at }: Of<'said'>): void {
    if (this.#consent.session(sessionId).said.some((known) => known.seq === seq)) return;
    this.#consent.append({ type: 'said', sessionId, seq, name, text, at });
    this.#parts.changed();
  }

  #sendDecision(approvalId: string): void {
    const record = this.#consent.approval(approvalId);
    if (!record?.answer) return;
    const { decision, reason, account, at, signature, scope, shown, text, passkey, link } = record.answer;
    this.#parts.connection.send({
      type: 'decision',
      approvalId,
      decision,
      reason,
      account,
      at,
      hash: record.prompt.hash,
      signature,
      ...(scope === undefined ? {} : { scope }),
      ...(shown === undefined || text === undefined ? {} : { shown, text }),
      ...(passkey === undefined ? {} : { passkey }),
      ...(link === undefined ? {} : { link }),
    });
  }

  #sendUnattended(approvalId: string): void {
    const stated = this.#consent.approval(approvalId)?.unattended;
    if (!stated) return;
    const { statement, signature } = stated;
    this.#parts.connection.send({ type: 'unattended_allowed', ...statement, signature });
  }

  #sendEnded(sessionId: string): void {
    const { ended } = this.#consent.session(sessionId);
    if (ended)
      this.#parts.connection.send({
        type: 'end_session',
        sessionId,
        reason: ended.reason,
        account: ended.account,
        at: ended.at,
      });
  }

  /** Signed as it is sent, by the key of this connection: it may be said again after the key was changed. */
  #sendScopeEnd(approvalId: string): void {
    const ended = this.#consent.approval(approvalId)?.scopeEnded;
    if (!ended) return;
    const end = { approvalId, account: ended.account, at: ended.at };
    this.#parts.connection.send({ type: 'end_scope', ...end, signature: this.#parts.sign(scopeEndBytes(end)) });
  }

  #sendShown(approvalId: string): void {
    const shown = this.#consent.approval(approvalId)?.shown;
    if (shown) this.#parts.connection.send({ type: 'shown', approvalId, at: shown.at });
  }

  #sendMessages(): void {
    for (const session of this.#consent.sessions()) {
      for (const { id, sessionId, text, account, at, sent } of session.messages) {
        if (
          sent ||
          this.#inFlight.has(id) ||
          !this.#parts.connection.send({ type: 'message', sessionId, text, account, at })
        )
          continue;
        this.#inFlight.add(id);
        this.#parts.connection.whenReceived(() => this.#consent.append({ type: 'message_sent', id, at: Date.now() }));
      }
    }
  }
}
