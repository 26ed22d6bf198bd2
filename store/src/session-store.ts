import type { SessionStatus, WaitingOn } from '@throughline/domain/session-state';
import type { ActionClass } from '@throughline/domain/policy';
import type { ClockName, Priority, SlaClock } from '@throughline/domain/sla';
import type { UnattendedRule } from '@throughline/domain/unattended';
import type { Outcome } from '@throughline/domain/entry';
import { type Scope, type Tx, write } from './tenant.ts';

export interface SessionRow {
  id: string;
  number: number;
  client_id: string;
  endpoint_id: string;
  title: string;
  request: string;
  requester: string;
  channel: string;
  reason: string | null;
  status: SessionStatus;
  outcome: Outcome | null;
  waiting_on: WaitingOn;
  priority: Priority;
  escalated: boolean;
  assignee_id: string | null;
  /** Who has command rights; null: the assignee. */
  holder_id: string | null;
  /** How often it went to somebody or back. */
  assignments: number;
  /** Given to the assignee, who has not taken it up yet. */
  awaits_acceptance: boolean;
  accept_by: Date | null;
  /** Waits for the client since. */
  on_hold_since: Date | null;
  psa_connection_id: string | null;
  ticket_id: string | null;
  follows_id: string | null;
  incident_id: string | null;
  clocks: Partial<Record<ClockName, SlaClock>>;
  opened_at: Date;
  consent_at: Date | null;
  first_command_at: Date | null;
  completed_at: Date | null;
  note: string | null;
  verification: number[];
  not_verified_because: string | null;
  /** Flags of it that no senior has confirmed yet. */
  open_flags: number;
  /** No person allowed it: it runs by this rule, for these classes. */
  unattended: (UnattendedRule & { classes: ActionClass[] }) | null;
}

/** Of `session s`. */
export const SESSION_COLUMNS = `s.id, s.number, s.client_id, s.endpoint_id, s.title, s.request, s.requester, s.channel, s.reason, s.status, s.outcome,
  s.waiting_on, s.priority, s.escalated, s.assignee_id, s.holder_id, s.assignments, s.awaits_acceptance, s.accept_by, s.on_hold_since,
  s.psa_connection_id, s.ticket_id, s.follows_id, s.incident_id, s.clocks, s.opened_at, s.consent_at,
  s.first_command_at, s.completed_at, s.note, s.verification, s.not_verified_because, s.unattended,
  s.open_flags`;

export async function sessionsByIds(tx: Tx, scope: Scope, ids: readonly string[]): Promise<SessionRow[]> {
  const { rows } = await tx.query<SessionRow>(
    `select ${SESSION_COLUMNS} from session s where s.msp_id = $1 and s.id = any($2)`,
    [scope.mspId, ids],
  );
  return rows;
}

export async function sessionById(tx: Tx, scope: Scope, id: string): Promise<SessionRow | null> {
  return (await sessionsByIds(tx, scope, [id]))[0] ?? null;
}

export async function sessionByNumber(tx: Tx, scope: Scope, number: number): Promise<SessionRow | null> {
  const { rows } = await tx.query<SessionRow>(
    `select ${SESSION_COLUMNS} from session s where s.msp_id = $1 and s.number = $2`,
    [scope.mspId, number],
  );
  return rows[0] ?? null;
}

export async function openSessions(tx: Tx, scope: Scope): Promise<SessionRow[]> {
  const { rows } = await tx.query<SessionRow>(
    `select ${SESSION_COLUMNS} from session s where s.msp_id = $1 and s.status <> 'completed' order by s.opened_at, s.number`,
    [scope.mspId],
  );
  return rows;
}

/** The open sessions of these endpoints, oldest first. */
export async function openSessionsOn(tx: Tx, scope: Scope, endpointIds: readonly string[]): Promise<SessionRow[]> {
  const { rows } = await tx.query<SessionRow>(
    `select ${SESSION_COLUMNS} from session s
     where s.msp_id = $1 and s.endpoint_id = any($2) and s.status <> 'completed' order by s.opened_at, s.number`,
    [scope.mspId, endpointIds],
  );
  return rows;
}

/** A person's open work, oldest first. */
export async function queueOf(tx: Tx, scope: Scope, userId: string): Promise<SessionRow[]> {
  const { rows } = await tx.query<SessionRow>(
    `select ${SESSION_COLUMNS} from session s
     where s.msp_id = $1 and s.assignee_id = $2 and s.status <> 'completed'
     order by s.opened_at, s.number`,
    [scope.mspId, userId],
  );
  return rows;
}

/** The sessions of one incident, in the order they were opened. */
export async function sessionsOfIncident(tx: Tx, scope: Scope, incidentId: string): Promise<SessionRow[]> {
  const { rows } = await tx.query<SessionRow>(
    `select ${SESSION_COLUMNS} from session s where s.msp_id = $1 and s.incident_id = $2 order by s.number`,
    [scope.mspId, incidentId],
  );
  return rows;
}

/** The sessions that carry this one on, oldest first. */
export async function followUpsOf(tx: Tx, scope: Scope, sessionId: string): Promise<SessionRow[]> {
  const { rows } = await tx.query<SessionRow>(
    `select ${SESSION_COLUMNS} from session s where s.msp_id = $1 and s.follows_id = $2 order by s.number`,
    [scope.mspId, sessionId],
  );
  return rows;
}

/** Takes the organisation's next session number. */
export async function nextSessionNumber(tx: Tx, mspId: string): Promise<number> {
  const { rows } = await tx.query<{ number: number }>(
    'update msp set next_session_number = next_session_number + 1 where id = $1 returning next_session_number - 1 as number',
    [mspId],
  );
  const number = rows[0]?.number;
  if (number === undefined) throw new Error('The organisation has no row');
  return number;
}

export async function openSessionsOfEndpoint(tx: Tx, mspId: string, endpointId: string): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from session where msp_id = $1 and endpoint_id = $2 and status <> 'completed' order by opened_at`,
    [mspId, endpointId],
  );
  return rows.map((row) => row.id);
}

/**
 * One writer at a time per session, until the transaction ends. Who writes several of a session's rows takes it first: they lock
 * command, record and session in no common order, and would wait for each other in a circle.
 */
export async function lockSession(tx: Tx, sessionId: string): Promise<void> {
  await tx.query(LOCK, [sessionId]);
}

/** The same for whoever looks at no clock behind it: the lock holds for every statement that follows, and those wait for it in the database. */
export const lockAhead = (tx: Tx, sessionId: string): Promise<void> => write(tx, LOCK, [sessionId]);

const LOCK = 'select pg_advisory_xact_lock(hashtextextended($1, 0))';
