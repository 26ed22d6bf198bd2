import { randomUUID } from 'node:crypto';
import { consentHash } from '@throughline/domain/action';
import type { Ruling } from '@throughline/domain/policy';
import { sha256 } from '@throughline/store/record-store';
import { withTenant } from '@throughline/store/tenant';
import { keepText } from '@throughline/store/text-store';
import { startUpdate } from '@throughline/workflows/messages';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { requireReason } from './assign.ts';
import { START_WAIT_MS, askFacts } from './facts.ts';
import { checkAsking, policyFor } from './policy.ts';
import { doerOf, step } from './step.ts';
import { isOwn, permit, scopeOf, seenSession } from './viewer.ts';

const ruleOf = ({ rule, level, version }: Ruling) => ({ rule, level, version });

/** The technician starts work: the person at the endpoint is asked for consent. Nothing can run before they say yes. */
export async function startSession(deps: Deps, viewer: Viewer, sessionId: string, reason: string): Promise<void> {
  requireReason(reason, 'Say in a few words why you want to work on this computer: the person there reads it.');
  const { endpointId, title } = await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, sessionId);
    permit(viewer, 'session.start', isOwn(viewer, session) || session.assignee_id === null, session.client_id);
    return { endpointId: session.endpoint_id, title: session.title };
  });
  // Before the start itself, so that the endpoint's state stands in the record ahead of any command.
  await askFacts(deps, viewer, endpointId, START_WAIT_MS);
  await checkAsking(deps, viewer, endpointId, title);
  await step(deps, viewer, sessionId, 'session.start', startUpdate, async (tx, session) => {
    const { policy, noAsking, unattended } = await policyFor(tx, viewer.mspId, session.endpoint_id);
    return {
      by: doerOf(viewer, 'session.start', session),
      approvalId: randomUUID(),
      hash: consentHash(sha256, sessionId, session.endpoint_id),
      reasonText: await keepText(tx, viewer.mspId, reason),
      policy,
      ...(unattended && { unattended: { ...ruleOf(unattended), orAsk: noAsking === null } }),
    };
  });
}
