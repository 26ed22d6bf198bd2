import { randomUUID } from 'node:crypto';
import { DomainError, notFound } from '@throughline/domain/errors';
import { type PolicyDocument, zPolicyDocument } from '@throughline/domain/policy/document';
import { publish } from './notify.ts';
import { firstGroupPolicy } from './policy-store.ts';
import type { Scope, Tx } from './tenant.ts';

export interface ClientRow {
  id: string;
  group_id: string;
  name: string;
  /** The client's id in the PSA. */
  external_id: string | null;
  contact_name: string | null;
  contact_phone: string | null;
  contact_email: string | null;
  created_at: Date;
  retired_at: Date | null;
  /** Endpoints not retired. */
  endpoint_count: number;
}

export interface GroupRow {
  id: string;
  name: string;
  created_at: Date;
  /** Its own policy of now, without what the other levels add; version 0 where it never had one. */
  policy_version: number;
  policy: PolicyDocument;
}

export interface NewClient {
  name: string;
  groupId: string;
  contactName?: string | null;
  contactPhone?: string | null;
  contactEmail?: string | null;
  externalId?: string | null;
}

const COLUMNS = `c.id, c.group_id, c.name, c.external_id, c.contact_name, c.contact_phone, c.contact_email, c.created_at, c.retired_at,
  (select count(*)::int from endpoint e where e.msp_id = c.msp_id and e.client_id = c.id and e.retired_at is null) as endpoint_count`;

/** The clients in scope that are still looked after, by name. */
export async function clients(tx: Tx, scope: Scope): Promise<ClientRow[]> {
  const { rows } = await tx.query<ClientRow>(
    `select ${COLUMNS} from client c where c.msp_id = $1 and c.retired_at is null order by lower(c.name), c.id`,
    [scope.mspId],
  );
  return rows;
}

export async function clientsByIds(tx: Tx, scope: Scope, ids: readonly string[]): Promise<ClientRow[]> {
  const { rows } = await tx.query<ClientRow>(`select ${COLUMNS} from client c where c.msp_id = $1 and c.id = any($2)`, [
    scope.mspId,
    ids,
  ]);
  return rows;
}

const GROUP = `select g.id, g.name, g.created_at, coalesce(p.version, 0) as policy_version, coalesce(p.document, '{}') as policy
  from client_group g left join lateral (
    select v.version, v.document from policy_version v
    where v.msp_id = g.msp_id and v.level = 'client_group' and v.subject_id = g.id order by v.version desc limit 1
  ) p on true`;

export async function groups(tx: Tx, mspId: string): Promise<GroupRow[]> {
  const { rows } = await tx.query<GroupRow>(`${GROUP} where g.msp_id = $1 order by lower(g.name), g.id`, [mspId]);
  return rows.map(checked);
}

export async function groupsByIds(tx: Tx, mspId: string, ids: readonly string[]): Promise<GroupRow[]> {
  const { rows } = await tx.query<GroupRow>(`${GROUP} where g.msp_id = $1 and g.id = any($2)`, [mspId, ids]);
  return rows.map(checked);
}

/** With version 1 of its policy. Errors: CONFLICT when the name is taken. */
export async function createGroup(tx: Tx, mspId: string, name: string, by: string | null = null): Promise<GroupRow> {
  const id = randomUUID();
  const { rowCount } = await tx.query(
    'insert into client_group (msp_id, id, name) values ($1, $2, $3) on conflict (msp_id, name) do nothing',
    [mspId, id, name.trim()],
  );
  if (rowCount === 0)
    throw new DomainError('CONFLICT', `There is already a client group named ${name.trim()}. Choose another name.`);
  await firstGroupPolicy(tx, mspId, id, by);
  const [row] = await groupsByIds(tx, mspId, [id]);
  if (row === undefined) throw new Error('A client group just created is not there');
  return row;
}

/** Errors: CONFLICT when the name is taken, NOT_FOUND for the group, FORBIDDEN for a person who sees some clients only. */
export async function createClient(tx: Tx, mspId: string, client: NewClient): Promise<ClientRow> {
  const id = randomUUID();
  const { rows } = await tx.query<{ sees: boolean }>('select sees_client($1) as sees', [id]);
  // Row-level security would refuse the insert; this says it in words.
  if (rows[0]?.sees !== true)
    throw new DomainError(
      'FORBIDDEN',
      'You see some clients only, so you cannot add one. Ask an admin who sees all of them.',
    );
  const [group] = await groupsByIds(tx, mspId, [client.groupId]);
  if (group === undefined) throw notFound('Client group');
  const { rowCount } = await tx.query(
    `insert into client (msp_id, id, group_id, name, external_id, contact_name, contact_phone, contact_email)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (msp_id, name) do nothing`,
    [
      mspId,
      id,
      client.groupId,
      client.name.trim(),
      textOrNull(client.externalId),
      textOrNull(client.contactName),
      textOrNull(client.contactPhone),
      textOrNull(client.contactEmail),
    ],
  );
  if (rowCount === 0)
    throw new DomainError('CONFLICT', `There is already a client named ${client.name.trim()}. Choose another name.`);
  const [row] = await clientsByIds(tx, { mspId, clients: '*' }, [id]);
  if (row === undefined) throw new Error('A client just created is not there');
  return row;
}

/** Who at the client is reached, and how. Empty: not known. */
export interface ClientContact {
  contactName: string;
  contactPhone: string;
  contactEmail: string;
}

/** The client as it is then. Errors: NOT_FOUND. */
export async function setClientContact(
  tx: Tx,
  mspId: string,
  id: string,
  { contactName, contactPhone, contactEmail }: ClientContact,
): Promise<ClientRow> {
  await tx.query(
    'update client set contact_name = $3, contact_phone = $4, contact_email = $5 where msp_id = $1 and id = $2',
    [mspId, id, textOrNull(contactName), textOrNull(contactPhone), textOrNull(contactEmail)],
  );
  const [row] = await clientsByIds(tx, { mspId, clients: '*' }, [id]);
  if (row === undefined) throw notFound('Client');
  return row;
}

/** Pages that show what waits for somebody of the client show the new contact. */
export async function publishContact(tx: Tx, mspId: string, clientId: string): Promise<void> {
  const { rows } = await tx.query<{ session_id: string; command_id: string | null }>(
    `select a.session_id, a.command_id from approval_request a join session s on s.msp_id = a.msp_id and s.id = a.session_id
     where a.msp_id = $1 and s.client_id = $2 and a.state = 'waiting'`,
    [mspId, clientId],
  );
  for (const { session_id: s, command_id: c } of rows)
    await publish(tx, { k: 'approval', m: mspId, s, ...(c && { c }) });
}

const checked = (row: GroupRow): GroupRow => ({ ...row, policy: zPolicyDocument.parse(row.policy) });
const textOrNull = (text: string | null | undefined): string | null => text?.trim() || null;
