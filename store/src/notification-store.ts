import type { Tx } from './tenant.ts';

export interface NotificationRow {
  id: string;
  kind: string;
  text: string;
  link: string;
  at: Date;
  read_at: Date | null;
}

const COLUMNS = 'id, kind, text, link, at, read_at';

/** A person's news, newest first. */
export async function notificationsOf(
  tx: Tx,
  mspId: string,
  userId: string,
  limit: number,
): Promise<NotificationRow[]> {
  const { rows } = await tx.query<NotificationRow>(
    `select ${COLUMNS} from notification where msp_id = $1 and user_id = $2 order by at desc, id limit $3`,
    [mspId, userId, limit],
  );
  return rows;
}

/** What came after an instant, oldest first, for live followers. */
export async function notificationsSince(
  tx: Tx,
  mspId: string,
  userId: string,
  since: Date,
): Promise<NotificationRow[]> {
  const { rows } = await tx.query<NotificationRow>(
    `select ${COLUMNS} from notification where msp_id = $1 and user_id = $2 and at > $3 order by at, id limit 100`,
    [mspId, userId, since],
  );
  return rows;
}

export async function unreadCount(tx: Tx, mspId: string, userId: string): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    'select count(*)::int as count from notification where msp_id = $1 and user_id = $2 and read_at is null',
    [mspId, userId],
  );
  return rows[0]?.count ?? 0;
}

export async function markRead(tx: Tx, mspId: string, userId: string, ids: readonly string[]): Promise<void> {
  await tx.query(
    'update notification set read_at = coalesce(read_at, now()) where msp_id = $1 and user_id = $2 and id = any($3)',
    [mspId, userId, ids],
  );
}
