import type { Scope, Tx } from './tenant.ts';

/** A page that has not been heard of for so long counts as closed. */
export const WATCH_LOST_MS = 7_000;
/** How long somebody counts as typing after their last word of it. */
const TYPING_MS = 6_000;

/** Somebody who has a session's page open, however many times. */
export interface Watcher {
  user_id: string;
  typing: boolean;
  /** Asks for command rights. */
  asks: boolean;
}

/** Says that a page is still open. True when it was not known yet. Clears away pages that went without a word. */
export async function keepWatch(
  tx: Tx,
  { mspId }: Scope,
  watch: { id: string; sessionId: string; userId: string },
): Promise<boolean> {
  const known = await tx.query('update session_watch set seen_at = now() where msp_id = $1 and id = $2', [
    mspId,
    watch.id,
  ]);
  if (known.rowCount === 1) return false;
  await tx.query(
    `delete from session_watch where msp_id = $1 and session_id = $2 and seen_at < now() - interval '1 minute'`,
    [mspId, watch.sessionId],
  );
  await tx.query('insert into session_watch (msp_id, id, session_id, user_id) values ($1, $2, $3, $4)', [
    mspId,
    watch.id,
    watch.sessionId,
    watch.userId,
  ]);
  return true;
}

export async function endWatch(tx: Tx, { mspId }: Scope, id: string): Promise<void> {
  await tx.query('delete from session_watch where msp_id = $1 and id = $2', [mspId, id]);
}

/** Who has the session's page open now, by name. */
export async function watchersOf(tx: Tx, { mspId }: Scope, sessionId: string): Promise<Watcher[]> {
  const { rows } = await tx.query<Watcher>(
    `select w.user_id, bool_or(coalesce(w.typing_until > now(), false)) as typing, bool_or(w.asks) as asks
     from session_watch w join app_user u on u.msp_id = w.msp_id and u.id = w.user_id
     where w.msp_id = $1 and w.session_id = $2 and w.seen_at > now() - $3 * interval '1 millisecond'
     group by w.user_id, u.name order by u.name, w.user_id`,
    [mspId, sessionId, WATCH_LOST_MS],
  );
  return rows;
}

/** False where the person has no page of the session open. */
export async function noteTyping(
  tx: Tx,
  { mspId }: Scope,
  { sessionId, userId, typing }: { sessionId: string; userId: string; typing: boolean },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update session_watch set typing_until = case when $4 then now() + $5 * interval '1 millisecond' end
     where msp_id = $1 and session_id = $2 and user_id = $3`,
    [mspId, sessionId, userId, typing, TYPING_MS],
  );
  return (rowCount ?? 0) > 0;
}

/** False where the person has no page of the session open. */
export async function noteAsking(
  tx: Tx,
  { mspId }: Scope,
  { sessionId, userId, asks }: { sessionId: string; userId: string; asks: boolean },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update session_watch set asks = $4 where msp_id = $1 and session_id = $2 and user_id = $3',
    [mspId, sessionId, userId, asks],
  );
  return (rowCount ?? 0) > 0;
}

/** Nobody asks for command rights any more: they were given, or kept. */
export async function endAsking(tx: Tx, { mspId }: Scope, sessionId: string): Promise<void> {
  await tx.query('update session_watch set asks = false where msp_id = $1 and session_id = $2 and asks', [
    mspId,
    sessionId,
  ]);
}
