import { createPublicKey, verify } from 'node:crypto';
import { actionHash, consentHash } from '@throughline/domain/action';
import { covers, scopeEnd } from '@throughline/domain/approval-scope';
import { placeOf } from '@throughline/domain/command-place';
import { ENVELOPE_LIFETIME_MS, type Envelope, specOf } from '@throughline/domain/envelope';
import { decisionBytes } from '@throughline/domain/signed-bytes';
import { sha256 } from '@throughline/store/record-store';
import type { OrderFacts } from './order-facts.ts';
import type { Evidence } from './protocol.ts';
import { SKEW_MS, refuse } from './refuse.ts';

/** One batch of effects may order as many commands as a session may have open; other numbers would burn the runtime's counter. */
const NUMBERS_AHEAD = 64;

/**
 * What the signer demands before it signs. Rows say what is asked and who is asked; that the person said yes is believed only
 * where the endpoint's own key signed it. Docs: ADR 11.
 */
export function checkOrder(
  envelope: Envelope,
  evidence: readonly Evidence[],
  facts: OrderFacts | null,
  now: number,
): void {
  if (facts === null) return refuse('NOT_FOUND', 'There is no such session in this organisation.');
  target(envelope, facts);
  times(envelope, now);
  command(envelope, facts);
  approvals(envelope, evidence, facts, now);
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

function approvals(envelope: Envelope, evidence: readonly Evidence[], facts: OrderFacts, now: number): void {
  const { sessionId, endpointId, commandId } = envelope;
  const consent = consentHash(sha256, sessionId, endpointId);
  const granted = new Set<string>();
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
    const yes = evidence.find((said) => said.approvalId === listed.id && saidYes(said, hash, facts.keys));
    if (yes === undefined)
      return refuse(code, 'A yes that the order names is not signed by the endpoint’s key. Ask again.');
    if (cited) covered(envelope, yes, now);
    else if (!ofSession && row.commandId !== commandId)
      return refuse(code, 'An approval that the order names was given for something else.');
    granted.add(ofSession ? 'session' : 'action');
  }
  if (!granted.has('session')) refuse('NO_CONSENT', 'Nobody at the endpoint has allowed this session.');
  if ((envelope.risk !== 'read_only' || envelope.runAs.kind !== 'runtime') && !granted.has('action'))
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

function saidYes({ signature, ...said }: Evidence, hash: string, keys: readonly string[]): boolean {
  if (said.decision !== 'approve' || said.hash !== hash) return false;
  const bytes = decisionBytes(said);
  return keys.some((spki) => {
    const key = createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
    return verify(null, bytes, key, Buffer.from(signature, 'base64'));
  });
}
