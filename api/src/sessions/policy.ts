import { DomainError } from '@throughline/domain/errors';
import type { Ruling } from '@throughline/domain/policy';
import {
  type PolicyNow,
  type Situation,
  UNSEEN,
  approverClasses,
  dependsOnPeople,
  ownerAsks,
  policyNow,
} from '@throughline/domain/policy/rulings';
import { approverAt } from '@throughline/store/approver-store';
import { audit } from '@throughline/store/audit-store';
import { type EndpointFactsRow, endpointFacts } from '@throughline/store/endpoint-facts-store';
import { policyOfEndpoint } from '@throughline/store/policy-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { askFacts } from './facts.ts';
import { scopeOf } from './viewer.ts';

/** A technician who pressed the button waits for the endpoint's answer no longer than this. */
const ASK_WAIT_MS = 2_000;

/** The policy for an endpoint at this moment, all levels merged. Errors: NOT_FOUND. */
export async function policyFor(
  tx: Tx,
  mspId: string,
  endpointId: string,
): Promise<PolicyNow & { dependsOnEndpoint: boolean }> {
  const [merged, { approver, pinned }] = await Promise.all([
    policyOfEndpoint(tx, mspId, endpointId),
    approverAt(tx, mspId, endpointId),
  ]);
  const people = dependsOnPeople(merged);
  const seen = people ? whoIsThere(await endpointFacts(tx, mspId, endpointId)) : UNSEEN;
  const owners = ownerAsks(merged, pinned);
  // What is pinned there may have changed since it last told.
  const depends = people || owners.length > 0 || (approverClasses(merged).length > 0 && approver === 'none_pinned');
  return { ...policyNow(merged, { at: Date.now(), ...seen, approver, pinned }), dependsOnEndpoint: depends };
}

/** Has the endpoint tell who is there now and what is pinned, for a policy that hangs on it. Takes its time, so it has no place in a transaction. */
export const lookWhoIsThere = (deps: Deps, viewer: Viewer, endpointId: string) =>
  askFacts(deps, viewer, endpointId, ASK_WAIT_MS);

/** Refuses to ask somebody now whom the policy leaves in peace, and notes that: the session has no record of its own yet. */
export async function checkAsking(deps: Deps, viewer: Viewer, endpointId: string, what: string): Promise<void> {
  const noAsking = await withTenant(deps.pool, scopeOf(viewer), async (tx): Promise<Ruling | null> => {
    const { noAsking: ruling, unattended } = await policyFor(tx, viewer.mspId, endpointId);
    // What may run unattended asks nobody, and so disturbs nobody.
    if (ruling === null || unattended !== null) return null;
    const { rule, level, version, words } = ruling;
    await audit(tx, viewer.mspId, viewer.email, 'session.start_refused', what, { rule, level, version, words });
    return ruling;
  });
  if (noAsking !== null) throw new DomainError('POLICY_DENIED', noAsking.words, { rule: noAsking.rule });
}

/** What an endpoint out of reach said is too old to tell who is there now. */
function whoIsThere(row: EndpointFactsRow | null): Pick<Situation, 'people' | 'locked'> {
  if (row?.facts == null || !row.online) return UNSEEN;
  const { users, consoleUser, screenLocked } = row.facts;
  const locked = screenLocked === true;
  if (users.length === 0) return { people: 'nobody', locked };
  return { people: users.length > 1 && consoleUser == null ? 'several' : 'one', locked };
}
