import type { ClockName } from '@throughline/domain/sla';
import type { Scope, Tx } from './tenant.ts';

/** How a promise stands: kept in time, broken (met late or not yet), or still running in time. */
export const STANDINGS = ['met', 'breached', 'open'] as const;
export type Standing = (typeof STANDINGS)[number];
export type ReportedClock = Exclude<ClockName, 'consent_wait'>;

/** Since when a clock stands still: until it goes on nothing of its limit is used up. */
const pausedSql = (of: string): string =>
  `case when ${of}->'pauses'->-1->>'until' is null then (${of}->'pauses'->-1->>'from')::bigint end`;

/** A clock's standing in SQL; `now` is a parameter, in ms since the epoch. Null: the session has no such clock. */
export const standingSql = (clock: ReportedClock, now: string): string => {
  const of = `s.clocks->'${clock}'`;
  // A breach is one also while its mark is still to be written, or where it was met before that.
  return `case when ${of} is null then null
    when ${of}->>'breachedAt' is not null or coalesce((${of}->>'metAt')::bigint, ${pausedSql(of)}, ${now}::bigint) > (${of}->>'dueAt')::bigint then 'breached'
    when ${of}->>'metAt' is not null then 'met' else 'open' end`;
};

const elapsedSql = (clock: ReportedClock): string =>
  `(s.clocks->'${clock}'->>'metAt')::bigint - (s.clocks->'${clock}'->>'startedAt')::bigint`;

export interface ReportRow {
  by: 'all' | 'client' | 'technician';
  /** Null: of all, or of nobody. */
  client_id: string | null;
  assignee_id: string | null;
  sessions: number;
  response_met: number;
  response_breached: number;
  response_open: number;
  /** Of those that were met, in or out of time; by the clock on the wall, in ms. */
  response_median: number | null;
  resolution_met: number;
  resolution_breached: number;
  resolution_open: number;
  resolution_median: number | null;
}

export interface ReportPeriod {
  from: Date;
  until: Date;
  /** Against which running clocks are held. */
  now: Date;
}

/** The sessions that were opened in a period: all, by client, and by whose they are now. One pass over the period's index range. */
export async function slaReport(tx: Tx, { mspId }: Scope, { from, until, now }: ReportPeriod): Promise<ReportRow[]> {
  const { rows } = await tx.query<ReportRow>(reportSql, [mspId, from, until, now.getTime()]);
  return rows;
}

const counted = (clock: ReportedClock): string =>
  STANDINGS.map((is) => `count(*) filter (where ${clock} = '${is}')::int as ${clock}_${is}`).join(', ');
const median = (clock: ReportedClock): string =>
  `percentile_cont(0.5) within group (order by ${clock}_ms) as ${clock}_median`;

export const reportSql = `
  select case when grouping(client_id) = 0 then 'client' when grouping(assignee_id) = 0 then 'technician' else 'all' end as by,
    client_id, assignee_id, count(*)::int as sessions,
    ${counted('response')}, ${median('response')}, ${counted('resolution')}, ${median('resolution')}
  from (
    select s.client_id, s.assignee_id, ${standingSql('response', '$4')} as response, ${elapsedSql('response')} as response_ms,
      ${standingSql('resolution', '$4')} as resolution, ${elapsedSql('resolution')} as resolution_ms
    from session s where s.msp_id = $1 and s.opened_at >= $2 and s.opened_at < $3
  ) each
  group by grouping sets ((), (client_id), (assignee_id))
  order by sessions desc, client_id, assignee_id`;
