import { randomUUID } from 'node:crypto';
import type { KeptLink } from '@throughline/domain/approval-link';
import { DomainError } from '@throughline/domain/errors';
import type { Language } from '@throughline/domain/prompt/catalogue';
import type { Pool } from 'pg';
import { publish } from './notify.ts';
import type { Seal } from './seal.ts';
import { hashToken } from './secret-token.ts';
import { type Tx, withTenant } from './tenant.ts';
import { organisationOf } from './token-route.ts';

/** The newest link to a question. */
export interface ApprovalLinkRow {
  id: string;
  approval_id: string;
  /** Whom it was mailed to. */
  name: string;
  email: string;
  created_at: Date;
  expires_at: Date;
  mailed_at: Date | null;
  not_mailed_why: string | null;
  opened_at: Date | null;
  answered_at: Date | null;
  decision: 'approve' | 'deny' | null;
  reason: string | null;
  language: Language | null;
  shown_text: string | null;
  refused_why: string | null;
}
const COLUMNS = `l.id, l.approval_id, l.name, l.email, l.created_at, l.expires_at, l.mailed_at, l.not_mailed_why, l.opened_at,
  l.answered_at, l.decision, l.reason, l.language, l.shown_text, l.refused_why`;

/** The link's secret: it follows from its id and the installation's key, so that no row, queue or log need hold it. */
export const linkToken = (seal: Pick<Seal, 'derive'>, linkId: string): string =>
  seal.derive('approval-link/v1', linkId).toString('base64url');

const NEWEST = `select ${COLUMNS} from approval_link l where l.msp_id = $1 and l.approval_id = any($2) and l.replaced_at is null`;

/** Stands in `not_mailed_why` as long as the mail may still go out. */
export const MAIL_LATE = 'The mail server does not take the mail yet; it is tried again.';

/** The newest link of each question that has one. */
export async function newestLinks(
  tx: Tx,
  mspId: string,
  approvalIds: readonly string[],
): Promise<Map<string, ApprovalLinkRow>> {
  const { rows } = await tx.query<ApprovalLinkRow>(NEWEST, [mspId, approvalIds]);
  return new Map(rows.map((row) => [row.approval_id, row]));
}

/** The newest link to a question, held to the end of the transaction: an answer that is just being given is waited for, and none comes after. */
export async function holdNewestLink(tx: Tx, mspId: string, approvalId: string): Promise<ApprovalLinkRow | null> {
  const { rows } = await tx.query<ApprovalLinkRow>(`${NEWEST} for update`, [mspId, [approvalId]]);
  return rows[0] ?? null;
}

/** A fresh link in the place of any before it, which the caller holds, and its mail. Returns its id. */
export async function makeApprovalLink(
  tx: Tx,
  mspId: string,
  seal: Seal,
  link: { approvalId: string; name: string; email: string; sentBy: string; at: Date; expiresAt: Date },
): Promise<string> {
  const id = randomUUID();
  await tx.query(
    'update approval_link set replaced_at = $3 where msp_id = $1 and approval_id = $2 and replaced_at is null',
    [mspId, link.approvalId, link.at],
  );
  await tx.query(
    `insert into approval_link (msp_id, id, approval_id, token_hash, name, email, sent_by, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[mspId, id, link.approvalId, hashToken(linkToken(seal, id))],
      ...[link.name, link.email, link.sentBy, link.at, link.expiresAt],
    ],
  );
  await tx.query(`insert into mail_outbox (msp_id, id, link_id, subject) values ($1, $2, $3, '')`, [
    mspId,
    randomUUID(),
    id,
  ]);
  await publish(tx, { k: 'mail', m: mspId });
  return id;
}

export interface ApprovalLinkHolder extends ApprovalLinkRow {
  msp_id: string;
  msp_name: string;
}

/** One answer for every link that does not work, whatever the reason: it tells nothing to who guesses. */
export const deadLink = () =>
  new DomainError(
    'NOT_FOUND',
    'This link no longer works: it was used, it is too old, a newer one took its place, or its question was answered. Ask your technician for a new one, or answer at the computer.',
  );

/** Does something as the holder of a link that may still be answered by, in one transaction that holds its row. Errors: NOT_FOUND for any other. */
export async function asLinkHolder<T>(
  pool: Pool,
  token: string,
  work: (tx: Tx, holder: ApprovalLinkHolder) => Promise<T>,
): Promise<T> {
  const hash = hashToken(token);
  const mspId = await organisationOf(pool, 'route_approval_link', hash);
  if (mspId === null) throw deadLink();
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const { rows } = await tx.query<ApprovalLinkHolder>(
      `select ${COLUMNS}, l.msp_id, m.name as msp_name
       from approval_link l join approval_request a on a.msp_id = l.msp_id and a.id = l.approval_id join msp m on m.id = l.msp_id
       where l.msp_id = $1 and l.token_hash = $2 and l.replaced_at is null and l.answered_at is null and l.expires_at > now()
         and a.state = 'waiting' and a.expires_at > now() for update of l`,
      [mspId, hash],
    );
    const link = rows[0];
    if (link === undefined) throw deadLink();
    return work(tx, link);
  });
}

/** Notes that the page was looked at; true the first time. */
export async function linkOpened(tx: Tx, { msp_id, id }: ApprovalLinkHolder): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update approval_link set opened_at = now() where msp_id = $1 and id = $2 and opened_at is null',
    [msp_id, id],
  );
  return rowCount === 1;
}

/** Uses the link up. The row is held by whoever asks this. */
export async function keepLinkAnswer(
  tx: Tx,
  { msp_id, id }: ApprovalLinkHolder,
  answer: { decision: 'approve' | 'deny'; reason: string; language: Language; text: string },
): Promise<void> {
  await tx.query(
    `update approval_link set answered_at = now(), opened_at = coalesce(opened_at, now()), decision = $3, reason = $4, language = $5, shown_text = $6
     where msp_id = $1 and id = $2`,
    [msp_id, id, answer.decision, answer.reason, answer.language, answer.text],
  );
}

/** The answer by a link came to nothing, and why; the first word stands. */
export async function linkRefused(tx: Tx, mspId: string, approvalId: string, why: string): Promise<void> {
  await tx.query(
    `update approval_link set refused_why = coalesce(refused_why, $3)
     where msp_id = $1 and approval_id = $2 and replaced_at is null and answered_at is not null`,
    [mspId, approvalId, why],
  );
}

/** An answer that the endpoint has not judged yet; null: there is none. */
export async function linkAnswer(tx: Tx, mspId: string, approvalId: string): Promise<AnsweredLink | null> {
  const link = (await newestLinks(tx, mspId, [approvalId])).get(approvalId);
  return link === undefined || link.refused_why !== null || !isAnswered(link) ? null : link;
}

export type AnsweredLink = ApprovalLinkRow & {
  opened_at: Date;
  answered_at: Date;
  decision: 'approve' | 'deny';
  reason: string;
  language: Language;
  shown_text: string;
};
const isAnswered = (link: ApprovalLinkRow): link is AnsweredLink => link.answered_at !== null;

/** The link as the endpoint signs it and the record keeps it. */
export const keptLink = ({ id, name, email, created_at, opened_at, answered_at }: AnsweredLink): KeptLink => ({
  ...{ id, name, email, sentAt: created_at.toISOString() },
  ...{ openedAt: opened_at.toISOString(), answeredAt: answered_at.toISOString() },
});

/** The person at the device that a question is put to, as far as a link could reach them. */
export interface AskedPerson {
  /** The client's contact; without a name, the address. Empty: neither is known. */
  name: string;
  email: string;
  online: boolean;
  /** The computer last said that its owner lets an answer by a link count. */
  takesLinks: boolean;
}

/** By question. */
export async function askedPeople(
  tx: Tx,
  mspId: string,
  approvalIds: readonly string[],
): Promise<Map<string, AskedPerson>> {
  const { rows } = await tx.query<AskedPerson & { id: string }>(
    `select a.id, coalesce(nullif(btrim(c.contact_name), ''), btrim(c.contact_email), '') as name, coalesce(btrim(c.contact_email), '') as email,
       e.online, coalesce(e.facts->'approvalLink' = 'true'::jsonb, false) as "takesLinks"
     from approval_request a join session s on s.msp_id = a.msp_id and s.id = a.session_id
     join client c on c.msp_id = s.msp_id and c.id = s.client_id join endpoint e on e.msp_id = s.msp_id and e.id = s.endpoint_id
     where a.msp_id = $1 and a.id = any($2)`,
    [mspId, approvalIds],
  );
  return new Map(rows.map(({ id, ...person }) => [id, person]));
}
