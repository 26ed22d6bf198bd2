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

/** Newest first; `before` is the last id of the page before. */
export async function auditPage(tx: Tx, mspId: string, before: number | null, limit: number): Promise<AuditRow[]> {
  const { rows } = await tx.query<AuditRow>(
    `select id, at, actor, action, target, details from audit_event
     where msp_id = $1 and ($2::bigint is null or id < $2)
     order by id desc limit $3`,
    [mspId, before, limit],
  );
  return rows;
}
