import { createPublicKey, verify } from 'node:crypto';
import { actionHash, consentHash } from '@throughline/domain/action';
import { covers, scopeEnd } from '@throughline/domain/approval-scope';
import { placeOf } from '@throughline/domain/command-place';
import { ENVELOPE_LIFETIME_MS, type Envelope, specOf, unattendedRuleOf } from '@throughline/domain/envelope';
import { checkAssertion } from '@throughline/domain/passkey';
import { decisionBytes } from '@throughline/domain/signed-bytes';
import { coversUnattended, unattendedBytes } from '@throughline/domain/unattended';
import { passkeyDeps } from '@throughline/store/passkey-deps';
import { sha256 } from '@throughline/store/record-store';
import type { OrderFacts } from './order-facts.ts';
import type { Evidence, SignedStatement } from './protocol.ts';
import { SKEW_MS, refuse } from './refuse.ts';

/** One batch of effects may order as many commands as a session may have open; other numbers would burn the runtime's counter. */
const NUMBERS_AHEAD = 64;

/** What the endpoint signed. */
interface Said {
  evidence: readonly Evidence[];
  statement?: SignedStatement | undefined;
}

/**
 * What the signer demands before it signs. Rows say what is asked and who is asked; that the person said yes is believed only
 * where the endpoint's own key signed it. Docs: ADR 11.
 */
export function checkOrder(envelope: Envelope, said: Said, facts: OrderFacts | null, now: number): void {
  if (facts === null) return refuse('NOT_FOUND', 'There is no such session in this organisation.');
  target(envelope, facts);
  times(envelope, now);
  command(envelope, facts);
  approvals(envelope, said, facts, now);
}

function target(envelope: Envelope, facts: OrderFacts): void {
  if (facts.session_status === 'completed') refuse('SESSION_OVER', 'The session is over.');
  if (envelope.endpointId !== facts.session_endpoint)
    refuse('WRONG_RUNTIME', 'The order is for another endpoint than the session’s.');
  if (facts.endpoint_retired || facts.revoked === true)
    refuse('REVOKED', 'The endpoint is retired or its runtime was revoked.');
  if (facts.command_counter === null || envelope.runtimeId !== facts.runtime_id)
    return refuse('WRONG_RUNTIME', 'The order is for another runtime than the endpoint’s.');
  const ahead = envelope.counter - facts.command_counter;
  if (ahead < 1 || ahead > NUMBERS_AHEAD) refuse('BAD_COUNTER', 'The order’s number is not the runtime’s next.');
}

/** An order that is over already does no harm: the runtime refuses it. One that lasts longer than it may would. */
function times({ notBefore, notAfter }: Envelope, now: number): void {
  if (notAfter - notBefore > ENVELOPE_LIFETIME_MS + SKEW_MS || notAfter <= notBefore)
    refuse('BAD_LIFETIME', 'The order would be valid for longer than orders may.');
  if (notBefore > now + SKEW_MS) refuse('BAD_LIFETIME', 'The order is from the future. Check the servers’ clocks.');
}

function command(envelope: Envelope, facts: OrderFacts): void {
  const hash = actionHash(sha256, envelope.sessionId, envelope.endpointId, specOf(envelope));
  if (facts.command_session !== envelope.sessionId)
    refuse('WRONG_COMMAND', 'There is no such command in this session.');
  if (envelope.actionHash !== hash || facts.command_hash !== hash)
    refuse('WRONG_COMMAND', 'The order’s fields are not those that were proposed.');
  if (facts.command_risk !== envelope.risk) refuse('WRONG_COMMAND', 'The order’s risk is not that of the command.');
}

function approvals(envelope: Envelope, { evidence, statement }: Said, facts: OrderFacts, now: number): void {
  const { sessionId, endpointId, commandId } = envelope;
  const consent = consentHash(sha256, sessionId, endpointId);
  const granted = new Set<'session' | 'action' | 'passkey' | 'policy'>();
  for (const listed of envelope.approvals) {
    const ofSession = listed.kind === 'session';
    const code = ofSession ? 'NO_CONSENT' : 'NO_APPROVAL';
    const row = facts.approvals.find((approval) => approval.id === listed.id);
    // `waiting` too: the answer may be part of the very transaction that orders the command.
    if (row === undefined || row.kind !== listed.kind || !['waiting', 'approved'].includes(row.state))
      return refuse(code, 'An approval that the order names is not this session’s, or was not given.');
    const cited = listed.kind === 'action' && row.commandId !== commandId;
    const hash = ofSession ? consent : cited ? row.hash : envelope.actionHash;
    if (row.hash !== hash || listed.hash !== hash)
      return refuse(code, 'An approval that the order names was given for something else.');
    if (ofSession && statement?.approvalId === listed.id && stated(statement, consent, facts.keys)) {
      granted.add('policy');
      continue;
    }
    const yes = evidence.find((said) => said.approvalId === listed.id && saidYes(said, hash, facts.keys));
    if (yes === undefined)
      return refuse(code, 'A yes that the order names is not signed by the endpoint’s key. Ask again.');
    if (cited && row.scopeEnded)
      return refuse(
        'NO_APPROVAL',
        'The person at the endpoint ended what the earlier yes that the order names covered.',
      );
    if (cited) covered(envelope, yes, now);
    else if (!ofSession && row.commandId !== commandId)
      return refuse(code, 'An approval that the order names was given for something else.');
    granted.add(ofSession ? 'session' : 'action');
    if (!ofSession && !cited && byPasskey(envelope, yes, row.expiresAt, facts.passkeys)) granted.add('passkey');
  }
  if (!granted.has('session') && !granted.has('policy'))
    refuse('NO_CONSENT', 'Nobody at the endpoint has allowed this session.');
  if (facts.command_verdict === 'ask_approver' && !granted.has('passkey'))
    refuse('NO_APPROVAL', 'A named approver has to allow this command, and no approver’s passkey signed for it.');
  if (unattendedRuleOf(envelope) !== undefined)
    return unattended(envelope, granted.has('policy') ? statement : undefined);
  // Reading goes with a person's consent; where a policy stands in for that, each command needs its own yes.
  const asks = envelope.risk !== 'read_only' || envelope.runAs.kind !== 'runtime' || !granted.has('session');
  if (asks && !granted.has('action'))
    refuse('NO_APPROVAL', 'Nobody at the endpoint has approved exactly this command.');
}

/** An earlier yes covers the order only as far as the endpoint signed that it does. */
function covered(envelope: Envelope, { scope, hash, at }: Evidence, now: number): void {
  const wanted = { hash: envelope.actionHash, risk: envelope.risk, place: placeOf(specOf(envelope)) };
  if (scope === undefined || envelope.runAs.kind !== 'runtime' || !covers(scope, hash, wanted))
    return refuse('NO_APPROVAL', 'The earlier yes that the order names does not cover this command.');
  if (now > scopeEnd(scope, at) + SKEW_MS || envelope.notAfter > scopeEnd(scope, at) + SKEW_MS)
    return refuse('NO_APPROVAL', 'The time of the earlier yes that the order names is over.');
}

/** A passkey of one of the client's approvers signed that yes, by what the endpoint says it had pinned. */
function byPasskey(envelope: Envelope, yes: Evidence, expiresAt: number, passkeys: readonly string[]): boolean {
  if (yes.passkey?.pin === undefined || !passkeys.includes(yes.passkey.pin.publicKey)) return false;
  const { pin, ...assertion } = yes.passkey;
  const { approvalId, hash, reason, account: name } = yes;
  const { endpointId, sessionId } = envelope;
  const { rpId, origin, publicKey } = pin;
  const pins = { rpId, origin, approvers: [{ name, credentialId: assertion.credentialId, publicKey }] };
  const answer = { endpointId, sessionId, approvalId, hash, expiresAt, decision: 'approve' as const, reason };
  return checkAssertion(passkeyDeps, pins, answer, assertion).ok;
}

/** Nobody was asked: then the endpoint must have signed that its owner lets such a command run so. */
function unattended(envelope: Envelope, statement: SignedStatement | undefined): void {
  if (statement === undefined || !coversUnattended(statement.classes, envelope.risk, specOf(envelope)))
    refuse('NO_APPROVAL', 'The endpoint did not say that its owner lets this command run unattended.');
}

function stated({ signature, ...said }: SignedStatement, hash: string, keys: readonly string[]): boolean {
  return said.hash === hash && signedBy(keys, unattendedBytes(said), signature);
}

function saidYes({ signature, ...said }: Evidence, hash: string, keys: readonly string[]): boolean {
  if (said.decision !== 'approve' || said.hash !== hash) return false;
  return signedBy(keys, decisionBytes(said), signature);
}

function signedBy(keys: readonly string[], bytes: Uint8Array, signature: string): boolean {
  return keys.some((spki) => {
    const key = createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
    return verify(null, bytes, key, Buffer.from(signature, 'base64'));
  });
}
