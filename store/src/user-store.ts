import { randomUUID } from 'node:crypto';
import { DomainError, notFound } from '@throughline/domain/errors';
import type { Role } from '@throughline/domain/role';
import type { Tx } from './tenant.ts';

export interface UserRow {
  id: string;
  email: string;
  name: string;
  role: Role;
  /** Whether the person sees every client, or only the granted ones. */
  all_clients: boolean;
  deactivated_at: Date | null;
  /** Sessions assigned to the person that are not completed. */
  open_sessions: number;
}

export interface NewUser {
  name: string;
  email: string;
  role: Role;
  /** null: every client, also those to come. */
  clientIds: readonly string[] | null;
}

const COLUMNS = `u.id, u.email, u.name, u.role, u.all_clients, u.deactivated_at,
  (select count(*)::int from session s where s.msp_id = u.msp_id and s.assignee_id = u.id and s.status <> 'completed') as open_sessions`;

/** Everybody, also those who left, by name. */
export async function users(tx: Tx, mspId: string): Promise<UserRow[]> {
  const { rows } = await tx.query<UserRow>(
    `select ${COLUMNS} from app_user u where u.msp_id = $1 order by lower(u.name), u.id`,
    [mspId],
  );
  return rows;
}

export async function usersByIds(tx: Tx, mspId: string, ids: readonly string[]): Promise<UserRow[]> {
  const { rows } = await tx.query<UserRow>(`select ${COLUMNS} from app_user u where u.msp_id = $1 and u.id = any($2)`, [
    mspId,
    ids,
  ]);
  return rows;
}

/** Who can be given a session: technicians of both levels who still work here, least busy first. */
export async function assignable(tx: Tx, mspId: string): Promise<UserRow[]> {
  const { rows } = await tx.query<UserRow>(
    `select ${COLUMNS} from app_user u
     where u.msp_id = $1 and u.role in ('technician', 'senior') and u.deactivated_at is null
     order by open_sessions, lower(u.name), u.id`,
    [mspId],
  );
  return rows;
}

/** The clients a person may see. */
export async function grantsOf(tx: Tx, mspId: string, userId: string): Promise<'*' | string[]> {
  const { rows } = await tx.query<{ all_clients: boolean; client_ids: string[] }>(
    `select u.all_clients, array(
       select g.client_id::text from client_grant g where g.msp_id = u.msp_id and g.user_id = u.id order by 1
     ) as client_ids
     from app_user u where u.msp_id = $1 and u.id = $2`,
    [mspId, userId],
  );
  const row = rows[0];
  if (row === undefined) return [];
  return row.all_clients ? '*' : row.client_ids;
}

/**
 * Adds a person without a password; a setup link lets them choose one.
 * Errors: CONFLICT when the e-mail address is taken, NOT_FOUND when a client is not there (or not the creator's to give).
 */
export async function createUser(tx: Tx, mspId: string, user: NewUser): Promise<UserRow> {
  const id = randomUUID();
  const email = user.email.trim().toLowerCase();
  const { rowCount } = await tx.query(
    `insert into app_user (msp_id, id, email, name, role, all_clients) values ($1, $2, $3, $4, $5, $6)
     on conflict (msp_id, email) do nothing`,
    [mspId, id, email, user.name.trim(), user.role, user.clientIds === null],
  );
  if (rowCount === 0)
    throw new DomainError('CONFLICT', `Somebody already has the e-mail address ${email}. Use another one.`, { email });
  if (user.clientIds !== null) await grantClients(tx, mspId, id, user.clientIds);
  const [row] = await usersByIds(tx, mspId, [id]);
  if (row === undefined) throw new Error('A user just created is not there');
  return row;
}

async function grantClients(tx: Tx, mspId: string, userId: string, clientIds: readonly string[]): Promise<void> {
  const wanted = [...new Set(clientIds)];
  // Selected, not just inserted: foreign keys do not heed row-level security, a select does.
  const { rowCount } = await tx.query(
    `insert into client_grant (msp_id, user_id, client_id)
     select c.msp_id, $2, c.id from client c where c.msp_id = $1 and c.id = any($3::uuid[])`,
    [mspId, userId, wanted],
  );
  if (rowCount !== wanted.length) throw notFound('Client');
}
