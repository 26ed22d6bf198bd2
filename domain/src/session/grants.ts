import { covers, scopeEnd } from '../approval-scope.ts';
import type { Risk } from '../command.ts';
import type { CommandPlace } from '../command-place.ts';
import type { Decision, Effect, ScopeEnd } from '../effect.ts';
import type { Grant, OpenApproval, SessionState } from '../session-state.ts';
import { KEPT } from './kept.ts';

/** More than anybody needs at once in one session. */
const GRANTS = 50;

/** What is held against the grants: the command's words, class and place. */
interface Asked {
  hash: string;
  risk: Risk;
  place?: CommandPlace;
  otherIdentity: boolean;
}

/** Keeps a yes that covers more than its own command. */
export function keepGrant(state: SessionState, decision: Decision, { kind, hash }: OpenApproval, at: number): void {
  const { approvalId, scope, decidedAt } = decision;
  // Another identity is asked for each time.
  if (scope === undefined || kind !== 'action' || state.endedScopes?.includes(approvalId) === true) return;
  // By whichever clock is behind: the endpoint judges by its own and would refuse what came late by that.
  const until = scopeEnd(scope, Math.min(decidedAt, at));
  state.grants = [...(state.grants ?? []), { approvalId, hash, scope, until }].slice(-GRANTS);
}

export function grantFor(state: SessionState, asked: Asked, at: number): Grant | undefined {
  const { hash, risk, place, otherIdentity } = asked;
  if (otherIdentity) return undefined;
  return state.grants?.find(
    (grant) => at < grant.until && covers(grant.scope, grant.hash, { hash, risk, place: place ?? null }),
  );
}

/** The person ended at the endpoint what an earlier yes covers: later commands ask again. What was sent on it, the endpoint refuses unless it runs. */
export function endScope(state: SessionState, end: ScopeEnd, at: number): Effect[] {
  const { endedScopes = [], grants = [], status } = state;
  if (status === 'completed' || endedScopes.includes(end.approvalId)) return [];
  state.endedScopes = [...endedScopes, end.approvalId].slice(-KEPT);
  state.grants = grants.filter((grant) => grant.approvalId !== end.approvalId);
  return [{ do: 'end_scope', ...end, at }];
}
