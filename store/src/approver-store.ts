import { randomUUID } from 'node:crypto';
import type { EndpointFacts } from '@throughline/domain/agent-protocol';
import { DomainError } from '@throughline/domain/errors';
import type { ApproverPins, Assertion } from '@throughline/domain/passkey';
import { ACTION_CLASSES, type ActionClass } from '@throughline/domain/policy';
import type { MergedPolicy } from '@throughline/domain/policy/merge';
import { type ApproverThere, approverClasses } from '@throughline/domain/policy/rulings';
import type { Pool } from 'pg';
import type { PolicySubject } from './policy-store.ts';
import { hashToken, newToken } from './secret-token.ts';
import { type Scope, type Tx, withTenant, withoutTenant } from './tenant.ts';

/** A passkey has to be made within a day; what waits may be looked at with one link for three months. */
const LINK_DAYS = { register: 1, desk: 90 } as const;
export type LinkKind = keyof typeof LINK_DAYS;

export interface ApproverRow {
  id: string;
  client_id: string;
  name: string;
  email: string;
  phone: string;
  /** Base64; null until the passkey is made. */
  credential_id: string | null;
  public_key: Buffer | null;
  registered_at: Date | null;
  created_at: Date;
  revoked_at: Date | null;
}
const COLUMNS =
  'a.id, a.client_id, a.name, a.email, a.phone, a.credential_id, a.public_key, a.registered_at, a.created_at, a.revoked_at';

/** The approvers in scope who were not revoked, by name; of one client where one is named. */
export async function approvers(tx: Tx, { mspId }: Scope, clientId: string | null): Promise<ApproverRow[]> {
  const { rows } = await tx.query<ApproverRow>(
    `select ${COLUMNS} from approver a
     where a.msp_id = $1 and a.revoked_at is null and ($2::uuid is null or a.client_id = $2) order by lower(a.name), a.id`,
    [mspId, clientId],
  );
  return rows;
}

export async function approverById(tx: Tx, { mspId }: Scope, id: string): Promise<ApproverRow | null> {
  const { rows } = await tx.query<ApproverRow>(
    `select ${COLUMNS} from approver a where a.msp_id = $1 and a.id = $2 and a.revoked_at is null`,
    [mspId, id],
  );
  return rows[0] ?? null;
}

/** Whose passkeys an endpoint of this client pins, and what for. */
export async function pinsOf(
  tx: Tx,
  scope: Scope,
  clientId: string,
  site: Pick<ApproverPins, 'rpId' | 'origin'>,
  policy: Pick<MergedPolicy, 'strong' | 'modes'>,
): Promise<ApproverPins> {
  const registered = (await approvers(tx, scope, clientId)).flatMap(({ name, credential_id, public_key }) =>
    credential_id === null || public_key === null
      ? []
      : [{ name, credentialId: credential_id, publicKey: public_key.toString('base64') }],
  );
  const classes = approverClasses(policy);
  const some = policy.strong === null && classes.length > 0;
  return { ...site, approvers: registered.slice(0, 50), ...(some ? { classes } : {}) };
}

/** Whether the endpoint's client has an approver with a passkey, and whose passkeys the endpoint last said that it had pinned, and what for. */
export async function approverAt(
  tx: Tx,
  mspId: string,
  endpointId: string,
): Promise<{ approver: ApproverThere; pinned: readonly ActionClass[] }> {
  const { rows } = await tx.query<{ registered: boolean; pins: EndpointFacts['pinned'] | null }>(
    `select exists(select 1 from approver a where a.msp_id = e.msp_id and a.client_id = e.client_id and a.revoked_at is null
         and a.public_key is not null) as registered,
       e.facts->'pinned' as pins
     from endpoint e where e.msp_id = $1 and e.id = $2`,
    [mspId, endpointId],
  );
  const pins = rows[0]?.pins ?? null;
  const pinned = pins === null ? [] : (pins.classes ?? ACTION_CLASSES);
  if (rows[0]?.registered !== true) return { approver: 'none_registered', pinned };
  return { approver: pins !== null && pins.approvers.length > 0 ? 'yes' : 'none_pinned', pinned };
}

/** Names of the clients in sight that a policy counts for and that nobody with a passkey could allow something for. */
export async function clientsWithoutApprover(tx: Tx, mspId: string, { level, id }: PolicySubject): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    `select c.name from client c
     where c.msp_id = $1 and c.retired_at is null
       and case $2 when 'organisation' then c.msp_id = $3 when 'client_group' then c.group_id = $3 when 'client' then c.id = $3
         else c.id = (select e.client_id from endpoint e where e.msp_id = $1 and e.id = $3) end
       and not exists (select 1 from approver a
         where a.msp_id = c.msp_id and a.client_id = c.id and a.revoked_at is null and a.public_key is not null)
     order by lower(c.name), c.id limit 100`,
    [mspId, level, id],
  );
  return rows.map(({ name }) => name);
}

export async function createApprover(
  tx: Tx,
  mspId: string,
  input: { clientId: string; name: string; email: string; phone: string; createdBy: string },
): Promise<ApproverRow> {
  const { rows } = await tx.query<ApproverRow>(
    `insert into approver as a (msp_id, id, client_id, name, email, phone, created_by) values ($1, $2, $3, $4, $5, $6, $7)
     returning ${COLUMNS}`,
    [mspId, randomUUID(), input.clientId, input.name, input.email, input.phone, input.createdBy],
  );
  return rows[0] as ApproverRow;
}

/** How an approver is reached. */
export async function setApproverContact(
  tx: Tx,
  mspId: string,
  id: string,
  { email, phone }: { email: string; phone: string },
): Promise<void> {
  await tx.query('update approver set email = $3, phone = $4 where msp_id = $1 and id = $2', [mspId, id, email, phone]);
}

/** Their links end with them. What endpoints have pinned, only their owners can unpin. */
export async function revokeApprover(tx: Tx, mspId: string, id: string): Promise<void> {
  await tx.query('update approver set revoked_at = coalesce(revoked_at, now()) where msp_id = $1 and id = $2', [
    mspId,
    id,
  ]);
}

/** A fresh link of that kind in the place of any before it. Only its hash is kept. */
export async function makeLink(tx: Tx, mspId: string, approverId: string, kind: LinkKind): Promise<string> {
  await tx.query(
    `update approver_link set replaced_at = now()
     where msp_id = $1 and approver_id = $2 and kind = $3 and used_at is null and replaced_at is null`,
    [mspId, approverId, kind],
  );
  const token = newToken();
  await tx.query(
    `insert into approver_link (msp_id, id, approver_id, kind, token_hash, expires_at)
     values ($1, $2, $3, $4, $5, now() + make_interval(days => $6))`,
    [mspId, randomUUID(), approverId, kind, hashToken(token), LINK_DAYS[kind]],
  );
  return token;
}

export interface LinkHolder extends ApproverRow {
  msp_id: string;
  link_id: string;
  msp_name: string;
  client_name: string;
}

/** Does something as the holder of a link, in one transaction. Errors: NOT_FOUND, TOKEN_USED, TOKEN_EXPIRED. */
export async function asHolder<T>(
  pool: Pool,
  token: string,
  kind: LinkKind,
  work: (tx: Tx, holder: LinkHolder) => Promise<T>,
): Promise<T> {
  const hash = hashToken(token);
  const mspId = await withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ msp: string | null }>('select route_approver_link($1) as msp', [hash]);
    return rows[0]?.msp ?? null;
  });
  if (mspId === null) throw unknownLink();
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const { rows } = await tx.query<
      LinkHolder & { kind: LinkKind; used: boolean; replaced: boolean; expired: boolean; client_retired: boolean }
    >(
      `select ${COLUMNS}, l.msp_id, l.id as link_id, l.kind, l.used_at is not null as used, l.replaced_at is not null as replaced,
         l.expires_at <= now() as expired, m.name as msp_name, c.name as client_name, c.retired_at is not null as client_retired
       from approver_link l join approver a on a.msp_id = l.msp_id and a.id = l.approver_id
       join client c on c.msp_id = a.msp_id and c.id = a.client_id join msp m on m.id = l.msp_id
       where l.msp_id = $1 and l.token_hash = $2 for update of l`,
      [mspId, hash],
    );
    const link = rows[0];
    if (link === undefined || link.kind !== kind) throw unknownLink();
    if (link.revoked_at !== null || link.client_retired)
      throw new DomainError('TOKEN_EXPIRED', 'You are not an approver here any more. Ask your IT provider.');
    if (link.used)
      throw new DomainError(
        'TOKEN_USED',
        'This link was used already. Ask your IT provider for a new one if you need it.',
      );
    if (link.expired || link.replaced)
      throw new DomainError('TOKEN_EXPIRED', 'This link has expired. Ask your IT provider for a new one.');
    return work(tx, link);
  });
}

const unknownLink = () =>
  new DomainError('NOT_FOUND', 'This link is not known. Open it exactly as you got it, or ask your IT provider.');

/** Keeps the passkey and spends the link. Errors: CONFLICT for a passkey that somebody registered here already. */
export async function keepPasskey(
  tx: Tx,
  holder: LinkHolder,
  passkey: { credentialId: string; publicKey: Buffer },
): Promise<void> {
  const taken = await tx.query(
    'select 1 from approver where msp_id = $1 and credential_id = $2 and revoked_at is null and id <> $3',
    [holder.msp_id, passkey.credentialId, holder.id],
  );
  if (taken.rowCount !== 0) throw new DomainError('CONFLICT', 'This passkey is registered already. Make another one.');
  await tx.query(
    'update approver set credential_id = $3, public_key = $4, registered_at = now() where msp_id = $1 and id = $2',
    [holder.msp_id, holder.id, passkey.credentialId, passkey.publicKey],
  );
  await tx.query('update approver_link set used_at = now() where msp_id = $1 and id = $2', [
    holder.msp_id,
    holder.link_id,
  ]);
}

export interface AnswerRow {
  approval_id: string;
  approver_id: string;
  decision: 'approve' | 'deny';
  reason: string;
  passkey: Assertion;
  at: Date;
  refused_why: string | null;
}

/** The answer to carry to the endpoint; one that the endpoint refused may be followed by another. */
export async function keepAnswer(
  tx: Tx,
  mspId: string,
  answer: Omit<AnswerRow, 'at' | 'refused_why'>,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into approver_answer as w (msp_id, approval_id, approver_id, decision, reason, passkey) values ($1, $2, $3, $4, $5, $6)
     on conflict (msp_id, approval_id) do update
     set approver_id = excluded.approver_id, decision = excluded.decision, reason = excluded.reason, passkey = excluded.passkey,
       at = now(), refused_why = null
     where w.refused_why is not null`,
    [mspId, answer.approval_id, answer.approver_id, answer.decision, answer.reason, JSON.stringify(answer.passkey)],
  );
  return rowCount === 1;
}

/** Answers to questions of these ids, by question. */
export async function answersTo(
  tx: Tx,
  mspId: string,
  approvalIds: readonly string[],
): Promise<Map<string, AnswerRow>> {
  const { rows } = await tx.query<AnswerRow>(
    `select approval_id, approver_id, decision, reason, passkey, at, refused_why from approver_answer
     where msp_id = $1 and approval_id = any($2)`,
    [mspId, approvalIds],
  );
  return new Map(rows.map((row) => [row.approval_id, row]));
}

export async function answerRefused(tx: Tx, mspId: string, approvalId: string, why: string): Promise<void> {
  await tx.query('update approver_answer set refused_why = $3 where msp_id = $1 and approval_id = $2', [
    mspId,
    approvalId,
    why,
  ]);
}
