import { LINK_LIFETIME_MS } from '@throughline/domain/approval-link';
import type { Pool } from 'pg';
import { deadLink } from './approval-link-store.ts';
import { hashToken } from './secret-token.ts';
import { withTenant } from './tenant.ts';
import { organisationOf } from './token-route.ts';

/** What became of the answer that a link was used up by. */
export interface AnsweredLinkOutcome {
  decision: 'approve' | 'deny';
  /** Whether the answer counted; null: the computer has not said yet. */
  counted: boolean | null;
  /** Why it did not. */
  why: string;
}

/**
 * For whoever holds a link that was answered, for a quarter of an hour after: their phone may have lost the reply. It tells nothing of the
 * question. Errors: NOT_FOUND for any other link, in the words of every dead one.
 */
export async function answeredLinkOutcome(pool: Pool, token: string): Promise<AnsweredLinkOutcome> {
  const hash = hashToken(token);
  const mspId = await organisationOf(pool, 'route_approval_link', hash);
  if (mspId === null) throw deadLink();
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const { rows } = await tx.query<Row>(
      `select l.decision, l.refused_why, l.replaced_at, a.state, a.channel
       from approval_link l join approval_request a on a.msp_id = l.msp_id and a.id = l.approval_id
       where l.msp_id = $1 and l.token_hash = $2 and l.answered_at > now() - make_interval(secs => $3)`,
      [mspId, hash, LINK_LIFETIME_MS / 1000],
    );
    const link = rows[0];
    if (link === undefined) throw deadLink();
    return { decision: link.decision, ...became(link) };
  });
}

interface Row {
  decision: 'approve' | 'deny';
  refused_why: string | null;
  replaced_at: Date | null;
  state: string;
  channel: string | null;
}

function became({ decision, refused_why, replaced_at, state, channel }: Row): Omit<AnsweredLinkOutcome, 'decision'> {
  if (refused_why !== null) return { counted: false, why: refused_why };
  if (state === 'waiting' && replaced_at === null) return { counted: null, why: '' };
  const own = replaced_at === null && channel === 'link' && state === (decision === 'approve' ? 'approved' : 'denied');
  return { counted: own, why: own ? '' : 'Another answer came first, or the time was over.' };
}
