import type { Tx } from './tenant.ts';

export interface AuditRow {
  id: number;
  at: Date;
  actor: string;
  action: string;
  target: string;
  details: Record<string, unknown> | null;
}

/** Notes an act outside sessions (sign-in, settings, refused webhooks). Never put a password, token or secret into `details`. */
export async function audit(
  tx: Tx,
  mspId: string,
  actor: string,
  action: string,
  target: string,
  details: Record<string, unknown> | null = null,
): Promise<void> {
  await tx.query('insert into audit_event (msp_id, actor, action, target, details) values ($1, $2, $3, $4, $5)', [
    mspId,
    actor,
    action,
    target,
    details === null ? null : JSON.stringify(details),
  ]);
}

/** How many of the newest rows `auditOnce` looks through. */
const RECENT = 300;

/** The same, unless one of the newest rows says just this already and is not older than `minutes`. */
export async function auditOnce(
  tx: Tx,
  mspId: string,
  actor: string,
  action: string,
  target: string,
  details: Record<string, unknown>,
  minutes: number,
): Promise<void> {
  await tx.query(
    `insert into audit_event (msp_id, actor, action, target, details) select $1::uuid, $2::text, $3::text, $4::text, $5::jsonb
     where not exists (
       select from (
         select at, actor, action, target, details from audit_event where msp_id = $1 order by id desc limit $6
       ) r where r.actor = $2 and r.action = $3 and r.target = $4 and r.details = $5::jsonb
         and r.at > now() - make_interval(mins => $7)
     )`,
    [mspId, actor, action, target, JSON.stringify(details), RECENT, minutes],
  );
}

export interface AuditFilter {
  /** Words that all must stand somewhere in actor, action, target or details, in any case. */
  search?: string | null;
  from?: Date | null;
  /** Not included. */
  until?: Date | null;
}

/** Newest first; `before` is the last id of the page before. */
export async function auditPage(
  tx: Tx,
  mspId: string,
  before: number | null,
  limit: number,
  filter: AuditFilter = {},
): Promise<AuditRow[]> {
  const words = (filter.search ?? '').split(/\s+/).filter(Boolean);
  const patterns = words.slice(0, 10).map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`);
  const { rows } = await tx.query<AuditRow>(
    `select id, at, actor, action, target, details from audit_event
     where msp_id = $1 and ($2::bigint is null or id < $2)
       and ($4::timestamptz is null or at >= $4) and ($5::timestamptz is null or at < $5)
       and concat_ws(' ', actor, action, target, details::text) ilike all ($6::text[])
     order by id desc limit $3`,
    [mspId, before, limit, filter.from ?? null, filter.until ?? null, patterns],
  );
  return rows;
}
