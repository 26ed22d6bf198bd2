import { randomUUID } from 'node:crypto';
import { MAILED_AT_FIRST, NOTIFICATION_KINDS, type NotificationKind } from '@throughline/domain/notification-kind';
import { publish } from './notify.ts';
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

export interface News {
  userId: string;
  /** Raised once per person and key, however often the same thing is told. */
  key: string;
  kind: NotificationKind;
  /** One line. All that a mail says beside the link, so nothing here that a person typed as a reason or a command printed. */
  title: string;
  /** What the app shows where that is more than the title. */
  text?: string;
  /** A path of the web app, to the exact place. */
  link: string;
}

/** Tells one person in the app, and by e-mail where they chose so. */
export async function raise(tx: Tx, mspId: string, news: News): Promise<void> {
  const { rows } = await tx.query<{ told: boolean; mailed: boolean }>(
    `with told as (
       insert into notification (msp_id, id, user_id, key, kind, text, link, at)
       values ($1, $2, $3, $4, $5, $6, $7, now()) on conflict do nothing returning id
     ), mailed as (
       insert into mail_outbox (msp_id, id, notification_id, subject) select $1, $8, told.id, $9 from told
       where coalesce(
         (select email from notification_preference where msp_id = $1 and user_id = $3 and kind = $5), $10)
       returning id
     )
     select exists (select from told) as told, exists (select from mailed) as mailed`,
    [
      ...[mspId, randomUUID(), news.userId, news.key, news.kind, news.text ?? news.title, news.link],
      ...[randomUUID(), news.title, MAILED_AT_FIRST.includes(news.kind)],
    ],
  );
  if (rows[0]?.told === true) await publish(tx, { k: 'notification', m: mspId, u: news.userId });
  if (rows[0]?.mailed === true) await publish(tx, { k: 'mail', m: mspId });
}

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

/** What came or was read after an instant, oldest first, for live followers. */
export async function notificationsSince(
  tx: Tx,
  mspId: string,
  userId: string,
  since: Date,
): Promise<NotificationRow[]> {
  const { rows } = await tx.query<NotificationRow>(
    `(select ${COLUMNS} from notification where msp_id = $1 and user_id = $2 and at > $3 order by at, id limit 100)
     union
     (select ${COLUMNS} from notification where msp_id = $1 and user_id = $2 and read_at > $3 order by read_at, id limit 100)
     order by at, id`,
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

/** For good, in every window of the person's. */
export async function markRead(tx: Tx, mspId: string, userId: string, ids: readonly string[]): Promise<void> {
  const { rowCount } = await tx.query(
    'update notification set read_at = now() where msp_id = $1 and user_id = $2 and id = any($3) and read_at is null',
    [mspId, userId, ids],
  );
  if (rowCount !== 0) await publish(tx, { k: 'notification', m: mspId, u: userId });
}

export interface Preference {
  kind: NotificationKind;
  email: boolean;
}

/** What is mailed to a person, for every kind. */
export async function preferencesOf(tx: Tx, mspId: string, userId: string): Promise<Preference[]> {
  const { rows } = await tx.query<{ kind: string; email: boolean }>(
    'select kind, email from notification_preference where msp_id = $1 and user_id = $2',
    [mspId, userId],
  );
  const chosen = new Map(rows.map((row) => [row.kind, row.email]));
  return NOTIFICATION_KINDS.map((kind) => ({ kind, email: chosen.get(kind) ?? MAILED_AT_FIRST.includes(kind) }));
}

export async function setPreference(tx: Tx, mspId: string, userId: string, wish: Preference): Promise<void> {
  await tx.query(
    `insert into notification_preference (msp_id, user_id, kind, email) values ($1, $2, $3, $4)
     on conflict (msp_id, user_id, kind) do update set email = excluded.email`,
    [mspId, userId, wish.kind, wish.email],
  );
}
