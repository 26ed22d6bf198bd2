import { publish } from '@throughline/store/notify';
import { withTenant } from '@throughline/store/tenant';
import { noteTyping } from '@throughline/store/watch-store';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { isOwn, permit, scopeOf, seenSession } from './viewer.ts';

/** Tells the others who have the session open that this person types, or no more. Without an open page it tells nobody. */
export async function typing(deps: Deps, viewer: Viewer, sessionId: string, types: boolean): Promise<void> {
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, sessionId);
    permit(viewer, 'message.write', isOwn(viewer, session), session.client_id);
    const shown = await noteTyping(tx, scopeOf(viewer), { sessionId, userId: viewer.userId, typing: types });
    if (shown) await publish(tx, { k: 'watch', m: viewer.mspId, s: sessionId });
  });
}
