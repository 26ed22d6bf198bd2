import { type KeyObject, verify } from 'node:crypto';
import { parseEnvelope, specOf } from '@throughline/domain/envelope';
import { INPUT_LIFETIME_MS, type InputOrder } from '@throughline/domain/input-order';
import type { InputFacts } from './input-facts.ts';
import { SKEW_MS, refuse } from './refuse.ts';

/** One batch of effects may hold several answers, no more than that. */
const NUMBERS_AHEAD = 64;

/** Whether an answer may be signed: to a command that this signer ordered with its input open, at the same runtime, while it runs. */
export function checkInput(order: InputOrder, facts: InputFacts | null, publicKey: KeyObject, now: number): void {
  if (facts === null) return refuse('WRONG_COMMAND', 'No such command of this session was ordered.');
  if (facts.session_status === 'completed') refuse('SESSION_OVER', 'The session is over.');
  if (facts.revoked) refuse('REVOKED', 'The endpoint’s runtime was revoked.');
  if (facts.settled) refuse('WRONG_COMMAND', 'The command has ended.');
  if (!verify(null, facts.envelope, publicKey, facts.signature))
    refuse('WRONG_COMMAND', 'The command’s order does not bear this signer’s signature.');
  const ordered = parseEnvelope(facts.envelope);
  if (ordered.runtimeId !== order.runtimeId || ordered.endpointId !== order.endpointId)
    refuse('WRONG_RUNTIME', 'The answer is for another runtime than the command’s.');
  if (ordered.mspId !== order.mspId || ordered.sessionId !== order.sessionId || ordered.commandId !== order.commandId)
    refuse('WRONG_COMMAND', 'The answer is for another command than the one that was ordered.');
  if (specOf(ordered).input !== true) refuse('NO_OPEN_INPUT', 'The command was ordered without an open input.');
  const ahead = order.seq - facts.last_seq;
  if (ahead < 1 || ahead > NUMBERS_AHEAD) refuse('BAD_COUNTER', 'The answer’s number is not the command’s next.');
  if (order.notAfter > now + INPUT_LIFETIME_MS + SKEW_MS)
    refuse('BAD_LIFETIME', 'The answer would be valid for longer than answers may.');
}
