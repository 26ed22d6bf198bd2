import { randomUUID } from 'node:crypto';
import { asksApprover } from '@throughline/domain/policy/strong-rule';
import { publish } from './notify.ts';
import type { Tx } from './tenant.ts';

/** A named approver of the client whose computer a question is about, who has a passkey and so could answer it. */
export interface AskedApprover {
  id: string;
  name: string;
  /** Empty: not known. */
  email: string;
  phone: string;
}

/** Who could answer, by question, each list by name. Whether a question asks an approver at all, its rule says. */
export async function askedApprovers(
  tx: Tx,
  mspId: string,
  approvalIds: readonly string[],
): Promise<Map<string, AskedApprover[]>> {
  const { rows } = await tx.query<AskedApprover & { approval_id: string }>(
    `select a.id as approval_id, w.id, w.name, w.email, w.phone
     from approval_request a join session s on s.msp_id = a.msp_id and s.id = a.session_id
     join approver w on w.msp_id = s.msp_id and w.client_id = s.client_id
     where a.msp_id = $1 and a.id = any($2) and w.revoked_at is null and w.public_key is not null
     order by lower(w.name), w.id`,
    [mspId, approvalIds],
  );
  const found = new Map<string, AskedApprover[]>();
  for (const { approval_id, ...approver } of rows)
    found.set(approval_id, [...(found.get(approval_id) ?? []), approver]);
  return found;
}

/** Tells open pages that who of a client could answer, or how they are reached, changed: once for each question that waits for them. */
export async function publishAsked(tx: Tx, mspId: string, clientId: string): Promise<void> {
  const { rows } = await tx.query<{ session_id: string; command_id: string; rule: string | null }>(
    `select a.session_id, a.command_id, c.rule
     from approval_request a join session s on s.msp_id = a.msp_id and s.id = a.session_id
     join command c on c.msp_id = a.msp_id and c.id = a.command_id
     where a.msp_id = $1 and s.client_id = $2 and a.state = 'waiting'`,
    [mspId, clientId],
  );
  for (const { session_id, command_id, rule } of rows)
    if (asksApprover(rule)) await publish(tx, { k: 'approval', m: mspId, s: session_id, c: command_id });
}

/** Has each of them mailed whose address is known. Their own pages show that they are asked again by themselves. */
export async function mailApprovers(
  tx: Tx,
  mspId: string,
  approvalId: string,
  approvers: readonly AskedApprover[],
): Promise<void> {
  const mailed = approvers.filter(({ email }) => email !== '');
  if (mailed.length === 0) return;
  await tx.query(
    `insert into mail_outbox (msp_id, id, approver_id, approval_id, subject)
     select $1, t.id, t.approver, $2, '' from unnest($3::uuid[], $4::uuid[]) as t (id, approver)`,
    [mspId, approvalId, mailed.map(() => randomUUID()), mailed.map(({ id }) => id)],
  );
  await publish(tx, { k: 'mail', m: mspId });
}
