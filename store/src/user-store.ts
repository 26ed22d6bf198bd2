import { randomUUID } from 'node:crypto';
import { DomainError, notFound } from '@throughline/domain/errors';
import type { Rights } from '@throughline/domain/rights';
import type { Role } from '@throughline/domain/role';
import type { Candidate } from '@throughline/domain/suggest-assignee';
import { rightsOfUser } from './rights-store.ts';
import type { Tx } from './tenant.ts';

export interface UserRow {
  id: string;
  email: string;
  name: string;
  role: Role;
  /** Whether the person sees every client, or only the granted ones. */
  all_clients: boolean;
  deactivated_at: Date | null;
  /** What was said as the person was deactivated; else empty. */
  deactivated_why: string;
  /** Whether the person takes work right now. */
  on_shift: boolean;
  /** Sessions assigned to the person that are not completed. */
  open_sessions: number;
  second_factor: boolean;
  /** Whether an account at the identity provider stands for the person. */
  single_sign_on: boolean;
  last_sign_in_at: Date | null;
}

export interface NewUser {
  name: string;
  email: string;
  role: Role;
  /** null: every client, also those to come. */
  clientIds: readonly string[] | null;
}

const COLUMNS = `u.id, u.email, u.name, u.role, u.all_clients, u.deactivated_at, u.deactivated_why, u.on_shift, u.last_sign_in_at,
  (select count(*)::int from session s where s.msp_id = u.msp_id and s.assignee_id = u.id and s.status <> 'completed') as open_sessions,
  exists (select from second_factor f where f.msp_id = u.msp_id and f.user_id = u.id and f.confirmed_at is not null) as second_factor,
  exists (select from sso_identity i where i.msp_id = u.msp_id and i.user_id = u.id) as single_sign_on`;

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

/** Who can be given a session: technicians of both levels who still work here: those on shift first, then the least busy. */
export async function assignable(tx: Tx, mspId: string): Promise<UserRow[]> {
  const { rows } = await tx.query<UserRow>(
    `select ${COLUMNS} from app_user u
     where u.msp_id = $1 and u.role in ('technician', 'senior') and u.deactivated_at is null
     order by u.on_shift desc, open_sessions, lower(u.name), u.id`,
    [mspId],
  );
  return rows;
}

/** Who has one of these roles today and may see this client. */
export async function withRoles(tx: Tx, mspId: string, roles: readonly Role[], clientId: string): Promise<string[]> {
  return (await seers(tx, mspId, clientId)).filter(({ role }) => roles.includes(role)).map(({ id }) => id);
}

/** Everybody who works here and may see this client. */
export async function seers(tx: Tx, mspId: string, clientId: string): Promise<Pick<UserRow, 'id' | 'role'>[]> {
  const { rows } = await tx.query<Pick<UserRow, 'id' | 'role'>>(
    `select u.id, u.role from app_user u where u.msp_id = $1 and u.deactivated_at is null and (u.all_clients or exists (
       select 1 from client_grant g where g.msp_id = u.msp_id and g.user_id = u.id and g.client_id = $2))`,
    [mspId, clientId],
  );
  return rows;
}

/** Comes on shift or goes off it. False when there is no such person at work. */
export async function setShift(tx: Tx, mspId: string, userId: string, onShift: boolean): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update app_user set on_shift = $3 where msp_id = $1 and id = $2 and deactivated_at is null`,
    [mspId, userId, onShift],
  );
  return rowCount === 1;
}

/** What a suggestion weighs of everybody who can take work: shift, load, reach, and the clients of their sessions since `since`. */
export async function candidates(tx: Tx, mspId: string, since: Date): Promise<Candidate[]> {
  const people = await assignable(tx, mspId);
  const { rows } = await tx.query<{ assignee_id: string; client_id: string; count: number }>(
    `select s.assignee_id, s.client_id, count(*)::int as count from session s
     where s.msp_id = $1 and s.assignee_id = any($2) and s.opened_at >= $3 group by 1, 2`,
    [mspId, people.map((person) => person.id), since],
  );
  const grants = await tx.query<{ user_id: string; client_id: string }>(
    `select g.user_id, g.client_id from client_grant g where g.msp_id = $1`,
    [mspId],
  );
  return people.map(({ id, name, on_shift, open_sessions, all_clients }) => ({
    id,
    name,
    onShift: on_shift,
    open: open_sessions,
    clients: all_clients ? '*' : grants.rows.filter((g) => g.user_id === id).map((g) => g.client_id),
    worked: Object.fromEntries(rows.filter((r) => r.assignee_id === id).map((r) => [r.client_id, r.count])),
  }));
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

/** A person with what they may do and see, asked for together; null when there is none or they were deactivated. */
export async function standingOf(
  tx: Tx,
  mspId: string,
  userId: string,
): Promise<{ user: UserRow; rights: Rights; clients: '*' | string[] } | null> {
  const [[user], rights, clients] = await Promise.all([
    usersByIds(tx, mspId, [userId]),
    rightsOfUser(tx, mspId, userId),
    grantsOf(tx, mspId, userId),
  ]);
  return user === undefined || user.deactivated_at !== null ? null : { user, rights, clients };
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

/** Errors: NOT_FOUND when a client is not there, or not in sight of who gives it. */
export async function grantClients(tx: Tx, mspId: string, userId: string, clientIds: readonly string[]): Promise<void> {
  const wanted = [...new Set(clientIds)];
  // Selected, not just inserted: foreign keys do not heed row-level security, a select does.
  const { rowCount } = await tx.query(
    `insert into client_grant (msp_id, user_id, client_id)
     select c.msp_id, $2, c.id from client c where c.msp_id = $1 and c.id = any($3::uuid[])`,
    [mspId, userId, wanted],
  );
  if (rowCount !== wanted.length) throw notFound('Client');
}
