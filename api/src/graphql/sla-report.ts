import { DomainError } from '@throughline/domain/errors';
import { type ReportRow, STANDINGS, slaReport } from '@throughline/store/sla-report-store';
import { permit } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { reading, viewerOf } from './context.ts';
import { Client, User } from './refs.ts';

/** Bounds what one report reads. */
const LONGEST_MS = 366 * 86_400_000;

export const SlaStanding = builder.enumType('SlaStanding', {
  description: 'met in time; breached, met late or not yet; open, and still in time',
  values: STANDINGS,
});

interface FiguresView {
  met: number;
  breached: number;
  open: number;
  median: number | null;
}
const SlaFigures = builder.objectRef<FiguresView>('SlaFigures').implement({
  fields: (t) => ({
    met: t.exposeInt('met'),
    breached: t.exposeInt('breached'),
    open: t.exposeInt('open'),
    medianMinutes: t.float({
      nullable: true,
      description: 'from opening until met, in or out of time, by the clock on the wall; null: none was met',
      resolve: ({ median }) => (median === null ? null : median / 60_000),
    }),
  }),
});
const SlaReportRow = builder.objectRef<ReportRow>('SlaReportRow').implement({
  fields: (t) => ({
    client: t.field({ type: Client, nullable: true, resolve: (row) => row.client_id }),
    technician: t.field({
      type: User,
      nullable: true,
      description: 'whose the sessions are now; null: nobody’s',
      resolve: (row) => row.assignee_id,
    }),
    sessions: t.exposeInt('sessions'),
    response: t.field({
      type: SlaFigures,
      resolve: (r) => ({
        met: r.response_met,
        breached: r.response_breached,
        open: r.response_open,
        median: r.response_median,
      }),
    }),
    resolution: t.field({
      type: SlaFigures,
      resolve: (r) => ({
        met: r.resolution_met,
        breached: r.resolution_breached,
        open: r.resolution_open,
        median: r.resolution_median,
      }),
    }),
  }),
});
const SlaReport = builder.objectRef<ReportRow[]>('SlaReport').implement({
  description: 'The sessions that were opened in a period, as far as you see their clients.',
  fields: (t) => ({
    total: t.field({ type: SlaReportRow, resolve: (rows) => rows.find(({ by }) => by === 'all') ?? NOTHING }),
    clients: t.field({ type: [SlaReportRow], resolve: (rows) => rows.filter(({ by }) => by === 'client') }),
    technicians: t.field({ type: [SlaReportRow], resolve: (rows) => rows.filter(({ by }) => by === 'technician') }),
  }),
});

builder.queryFields((t) => ({
  slaReport: t.field({
    type: SlaReport,
    description: 'Sessions opened from `from` to before `until`, a year at most.',
    args: {
      from: t.arg({ type: 'DateTime', required: true }),
      until: t.arg({ type: 'DateTime', required: true }),
    },
    resolve: (_root, { from, until }, context) =>
      reading(context, (tx, scope) => {
        permit(viewerOf(context), 'report.read', true);
        const length = until.getTime() - from.getTime();
        if (length <= 0) throw new DomainError('INVALID_INPUT', 'The period ends before it begins.');
        if (length > LONGEST_MS) throw new DomainError('INVALID_INPUT', 'A report covers a year at most.');
        return slaReport(tx, scope, { from, until, now: new Date() });
      }),
  }),
}));

const NOTHING: ReportRow = {
  by: 'all',
  client_id: null,
  assignee_id: null,
  sessions: 0,
  response_met: 0,
  response_breached: 0,
  response_open: 0,
  response_median: null,
  resolution_met: 0,
  resolution_breached: 0,
  resolution_open: 0,
  resolution_median: null,
};
