import type { ReviewResult } from '@throughline/domain/quality-review';
import type { SessionStatus } from '@throughline/domain/session-state';
import { SESSION_COLUMNS, type SessionRow } from './session-store.ts';
import { type ReportedClock, type Standing, standingSql } from './sla-report-store.ts';
import type { Scope, Tx } from './tenant.ts';

export interface SessionFilter {
  status?: SessionStatus | null;
  clientId?: string | null;
  endpointId?: string | null;
  /** By the outcome of the newest review; `none`: completed and not reviewed. */
  review?: ReviewResult | 'none' | null;
  /** Null: nobody's; left out: anybody's. */
  assigneeId?: string | null;
  openedFrom?: Date | null;
  openedUntil?: Date | null;
  clock?: ReportedClock | null;
  standing?: Standing | null;
}

/** Newest number first; `before` is the last number of the page before. */
export async function sessionPage(
  tx: Tx,
  scope: Scope,
  filter: SessionFilter,
  before: number | null,
  limit: number,
): Promise<SessionRow[]> {
  const { where, value } = conditions(scope, filter);
  if (before !== null) where.push(`s.number < ${value(before)}`);
  const { rows } = await tx.query<SessionRow>(
    `select ${SESSION_COLUMNS} from session s where ${where.join(' and ')} order by s.number desc limit ${value(limit)}`,
    value.all,
  );
  return rows;
}

/** How many there are in all. Costs what it counts, if from an index alone: ask only where it is shown. */
export async function sessionCount(tx: Tx, scope: Scope, filter: SessionFilter): Promise<number> {
  const { where, value } = conditions(scope, filter);
  const { rows } = await tx.query<{ count: number }>(
    `select count(*)::int as count from session s where ${where.join(' and ')}`,
    value.all,
  );
  return rows[0]?.count ?? 0;
}

/** A parameter for each value, and all of them so far. */
function parameters() {
  const all: unknown[] = [];
  return Object.assign((value: unknown): string => `$${all.push(value)}`, { all });
}

/** Only what is asked for stands in the statement, so that Postgres finds the index that answers it. */
function conditions({ mspId, clients }: Scope, filter: SessionFilter) {
  const value = parameters();
  const where = [`s.msp_id = ${value(mspId)}`];
  // Row-level security says the same, but in a function that no index can serve.
  if (clients !== '*') where.push(`s.client_id = any(${value(clients)}::uuid[])`);
  if (filter.status != null) where.push(statusIs(filter.status, value));
  if (filter.clientId != null) where.push(`s.client_id = ${value(filter.clientId)}`);
  if (filter.endpointId != null) where.push(`s.endpoint_id = ${value(filter.endpointId)}`);
  if (filter.assigneeId === null) where.push('s.assignee_id is null');
  else if (filter.assigneeId !== undefined) where.push(`s.assignee_id = ${value(filter.assigneeId)}`);
  if (filter.openedFrom != null) where.push(`s.opened_at >= ${value(filter.openedFrom)}`);
  if (filter.openedUntil != null) where.push(`s.opened_at < ${value(filter.openedUntil)}`);
  if (filter.standing != null)
    where.push(`${standingSql(filter.clock ?? 'response', value(Date.now()))} = ${value(filter.standing)}`);
  if (filter.review === 'none') where.push(`s.status = 'completed' and s.review is null`);
  else if (filter.review != null) where.push(`s.review = ${value(filter.review)}`);
  return { where, value };
}

/** Spelt out where an index is for one status alone. */
const statusIs = (status: SessionStatus, value: (of: unknown) => string): string =>
  status === 'completed' ? `s.status = 'completed'` : `s.status <> 'completed' and s.status = ${value(status)}`;
