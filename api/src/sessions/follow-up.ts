import { DomainError } from '@throughline/domain/errors';
import { withTenant } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { openOn } from './open-session.ts';
import { allows, permit, scopeOf, seenSession } from './viewer.ts';

export interface FollowUp {
  sessionId: string;
  title: string;
  request: string;
  requester: string;
  channel: string;
  idempotencyKey: string | null;
}

/** Whoever starts sessions or gives them out may open one for a matter that came back. */
export const mayFollowUp = (viewer: Viewer, clientId: string): boolean =>
  allows(viewer, 'session.start', true, clientId) || allows(viewer, 'session.assign', false, clientId);

/** Opens a session that carries on a completed one, on the same endpoint, not started. Nothing of the completed one changes. */
export async function followUp(deps: Deps, viewer: Viewer, input: FollowUp): Promise<string> {
  const before = await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, input.sessionId);
    const { rows } = await tx.query<{ retired_at: Date | null }>(
      'select retired_at from endpoint where msp_id = $1 and id = $2',
      [viewer.mspId, session.endpoint_id],
    );
    return { ...session, retired: rows[0]?.retired_at != null };
  });
  if (!mayFollowUp(viewer, before.client_id)) permit(viewer, 'session.start', true, before.client_id);
  if (before.status !== 'completed')
    throw new DomainError('INVALID_STATE', `Session ${before.number} is still open. Go on in it.`);
  if (before.retired)
    throw new DomainError('INVALID_STATE', 'This endpoint is retired. Open a session on the one that took its place.');
  if (input.request.trim() === '')
    throw new DomainError('REASON_REQUIRED', 'Say what came back: the technician starts from it.');
  return openOn(deps, viewer, {
    endpointId: before.endpoint_id,
    title: input.title.trim() || before.title,
    request: input.request,
    requester: input.requester.trim() || before.requester,
    channel: input.channel || before.channel,
    priority: 'normal',
    idempotencyKey: input.idempotencyKey,
    follows: { sessionId: before.id, number: before.number },
  });
}
