import { unattendedWords } from '@throughline/domain/policy/document';
import type { UnattendedRule } from '@throughline/domain/unattended';
import { type QueuePlace, inQueueOrder } from '@throughline/domain/queue-order';
import { type Briefing as BriefingSections, type BriefingLine, briefingOf } from '@throughline/domain/briefing';
import { type SessionDurations, durationsOf } from '@throughline/domain/session-durations';
import type { Permission } from '@throughline/domain/role';
import { CLOCKS, pausedSince } from '@throughline/domain/sla';
import { approvalsOfSession } from '@throughline/store/approval-store';
import { commandsOfSession } from '@throughline/store/command-store';
import { type Participant as ParticipantRow, participantsOf } from '@throughline/store/participant-store';
import { entriesAfter, recordHead } from '@throughline/store/record-store';
import { type SessionRow, followUpsOf, queueOf, sessionByNumber } from '@throughline/store/session-store';
import { type TicketRow, ticketOf } from '@throughline/store/ticket-store';
import type { Viewer } from '../auth/viewer.ts';
import { mayFollowUp } from '../sessions/follow-up.ts';
import { marksOf } from '../sla/marks.ts';
import { auditViewing } from '../sessions/audit-reading.ts';
import { holderOf } from '../sessions/command-rights.ts';
import { mayShare } from '../snapshots/snapshot.ts';
import { allows, commandsAreOwn, isOwn } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { reading, viewerOf } from './context.ts';
import { EntryConnection } from './entry.ts';
import { ClockName, PolicySource, Priority, ReviewFilter, SessionOutcome, SessionStatus, WaitingOn } from './enums.ts';
import { SlaStanding } from './sla-report.ts';
import { numberCursor, pageSize, toConnection } from './page.ts';
import { ApprovalRequest, Client, Command, Endpoint, Incident, Session, SessionConnection, User } from './refs.ts';
import { listSessions } from './session-list.ts';

interface ClockView {
  name: (typeof CLOCKS)[number];
  startedAt: number;
  warnAt: number;
  breachAt: number;
  metAt: number | null;
  warnedAt: number | null;
  breachedAt: number | null;
  pausedAt: number | null;
}

const Clock = builder.objectRef<ClockView>('Clock').implement({
  fields: (t) => ({
    name: t.field({ type: ClockName, resolve: (clock) => clock.name }),
    startedAt: t.field({ type: 'DateTime', resolve: (clock) => clock.startedAt }),
    warnAt: t.field({ type: 'DateTime', resolve: (clock) => clock.warnAt }),
    breachAt: t.field({ type: 'DateTime', resolve: (clock) => clock.breachAt }),
    metAt: t.field({ type: 'DateTime', nullable: true, resolve: (clock) => clock.metAt }),
    warnedAt: t.field({ type: 'DateTime', nullable: true, resolve: (clock) => clock.warnedAt }),
    breachedAt: t.field({ type: 'DateTime', nullable: true, resolve: (clock) => clock.breachedAt }),
    pausedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when it stands still; its marks are as they stood then.',
      resolve: (clock) => clock.pausedAt,
    }),
  }),
});

export const clocksOf = (row: SessionRow): ClockView[] =>
  CLOCKS.flatMap((name) => {
    const clock = row.clocks[name];
    if (clock === undefined) return [];
    const { warnAt, dueAt } = marksOf(row.priority, name, clock);
    return [{ name, ...clock, warnAt, breachAt: dueAt, pausedAt: pausedSince(clock) }];
  });

function placeOf(row: SessionRow): QueuePlace {
  const due = clocksOf(row).flatMap((clock) =>
    clock.metAt === null && clock.pausedAt === null ? [clock.breachAt] : [],
  );
  return {
    urgent: row.priority === 'urgent',
    dueAt: due.length === 0 ? null : Math.min(...due),
    openedAt: row.opened_at.getTime(),
    number: row.number,
  };
}

const Ticket = builder.objectRef<TicketRow>('Ticket').implement({
  fields: (t) => ({
    externalId: t.exposeString('ticket_id'),
    url: t.exposeString('url', { nullable: true }),
    connectionName: t.exposeString('connection_name'),
    noteState: t.exposeString('note_state', { nullable: true }),
    noteError: t.exposeString('note_error', { nullable: true }),
  }),
});

const Participant = builder.objectRef<ParticipantRow>('Participant').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    kind: t.exposeString('kind'),
    role: t.exposeString('role', { nullable: true }),
    firstAt: t.field({ type: 'DateTime', resolve: (row) => row.first_at }),
    lastAt: t.field({ type: 'DateTime', resolve: (row) => row.last_at }),
  }),
});

/** Entries a briefing is read from: more than any session of a day has. */
const BRIEFED = 20_000;

const Durations = builder.objectRef<SessionDurations>('SessionDurations').implement({
  description: 'How the time was spent, in milliseconds. The three parts add up to the total.',
  fields: (t) => ({
    totalMs: t.exposeFloat('totalMs'),
    waitingForApprovalMs: t.exposeFloat('waitingForApprovalMs'),
    activeMs: t.exposeFloat('activeMs'),
    idleMs: t.exposeFloat('idleMs'),
  }),
});

const BriefingItem = builder.objectRef<BriefingLine>('BriefingLine').implement({
  fields: (t) => ({ seq: t.exposeInt('seq'), text: t.exposeString('text') }),
});
const Briefing = builder.objectRef<BriefingSections>('Briefing').implement({
  fields: (t) => {
    const section = (pick: (briefing: BriefingSections) => BriefingLine[]) =>
      t.field({ type: [BriefingItem], resolve: pick });
    return {
      tried: section((b) => b.tried),
      failed: section((b) => b.failed),
      pending: section((b) => b.pending),
      ruledOut: section((b) => b.ruledOut),
      next: section((b) => b.next),
    };
  },
});

export const Unattended = builder.objectRef<UnattendedRule>('Unattended').implement({
  fields: (t) => ({
    rule: t.exposeString('rule'),
    policyLevel: t.field({ type: PolicySource, resolve: ({ level }) => level }),
    policyVersion: t.exposeInt('version'),
    words: t.string({ resolve: unattendedWords }),
  }),
});

const SessionCan = builder.objectRef<{ row: SessionRow; viewer: Viewer }>('SessionCan').implement({
  fields: (t) => {
    const can = (permission: Permission, when: (row: SessionRow) => boolean = () => true) =>
      t.boolean({
        resolve: ({ row, viewer }) =>
          row.status !== 'completed' &&
          when(row) &&
          allows(viewer, permission, isOwn(viewer, row) || row.assignee_id === null, row.client_id),
      });
    return {
      start: can('session.start', (row) => row.status === 'unstarted'),
      runCommand: t.boolean({
        description: 'Whoever has command rights, once there is consent.',
        resolve: ({ row, viewer }) =>
          row.status === 'active' &&
          holderOf(row) === viewer.userId &&
          allows(viewer, 'command.run', true, row.client_id),
      }),
      cancelCommand: t.boolean({
        resolve: ({ row, viewer }) =>
          row.status !== 'completed' && allows(viewer, 'command.run', commandsAreOwn(viewer, row), row.client_id),
      }),
      takeRights: t.boolean({
        description: 'A senior at any time; the assignee once whoever has command rights has closed the session.',
        resolve: ({ row, viewer }) =>
          row.status !== 'completed' &&
          ![null, viewer.userId].includes(holderOf(row)) &&
          allows(viewer, 'command.run', isOwn(viewer, row), row.client_id),
      }),
      askForRights: t.boolean({
        resolve: ({ row, viewer }) =>
          row.status !== 'completed' &&
          ![null, viewer.userId].includes(holderOf(row)) &&
          allows(viewer, 'command.run', true, row.client_id),
      }),
      giveRights: t.boolean({
        resolve: ({ row, viewer }) =>
          row.status !== 'completed' &&
          holderOf(row) !== null &&
          (holderOf(row) === viewer.userId || allows(viewer, 'session.assign', false, row.client_id)),
      }),
      assign: can('session.assign'),
      accept: t.boolean({
        description: 'Or decline: only whoever it was given to, before they begin.',
        resolve: ({ row, viewer }) => row.awaits_acceptance && isOwn(viewer, row),
      }),
      escalate: can('session.escalate'),
      hold: can('session.escalate'),
      complete: can('session.complete', (row) => row.status === 'active'),
      followUp: t.boolean({
        resolve: ({ row, viewer }) => row.status === 'completed' && mayFollowUp(viewer, row.client_id),
      }),
      shareSnapshot: t.boolean({
        description: 'A scrubbed copy of the record, once they have reviewed it.',
        resolve: ({ row, viewer }) => row.status !== 'unstarted' && mayShare(viewer, row),
      }),
      flag: t.boolean({
        description: 'Ask a senior to look, also after it is completed.',
        resolve: ({ row, viewer }) => allows(viewer, 'flag.raise', isOwn(viewer, row), row.client_id),
      }),
      reviewFlags: t.boolean({
        description: 'Confirm or redirect its flags, except their own.',
        resolve: ({ row, viewer }) => allows(viewer, 'flag.review', isOwn(viewer, row), row.client_id),
      }),
      message: t.boolean({
        resolve: ({ row, viewer }) => allows(viewer, 'message.write', isOwn(viewer, row), row.client_id),
      }),
    };
  },
});

Session.implement({
  fields: (t) => ({
    number: t.exposeInt('number'),
    title: t.exposeString('title'),
    request: t.exposeString('request'),
    requester: t.exposeString('requester'),
    channel: t.exposeString('channel'),
    reason: t.exposeString('reason', { nullable: true }),
    status: t.field({ type: SessionStatus, resolve: (row) => row.status }),
    outcome: t.field({ type: SessionOutcome, nullable: true, resolve: (row) => row.outcome }),
    waitingOn: t.field({ type: WaitingOn, resolve: (row) => row.waiting_on }),
    priority: t.field({ type: Priority, resolve: (row) => row.priority }),
    escalated: t.exposeBoolean('escalated'),
    openFlags: t.exposeInt('open_flags', { description: 'Flags of it that no senior has confirmed yet.' }),
    client: t.field({ type: Client, resolve: (row) => row.client_id }),
    endpoint: t.field({ type: Endpoint, resolve: (row) => row.endpoint_id }),
    assignee: t.field({ type: User, nullable: true, resolve: (row) => row.assignee_id }),
    assignmentCount: t.exposeInt('assignments', {
      description: 'How often it went to somebody or back: who assigns names what they saw.',
    }),
    awaitsAcceptance: t.exposeBoolean('awaits_acceptance', {
      description: 'Somebody else gave it to the assignee, who has neither accepted nor begun.',
    }),
    acceptBy: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Not taken up until then, it goes back into the queue.',
      resolve: (row) => row.accept_by,
    }),
    onHoldSince: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when it waits for the client.',
      resolve: (row) => row.on_hold_since,
    }),
    commandHolder: t.field({
      type: User,
      nullable: true,
      description: 'Who alone may send commands: the assignee, unless the rights went to somebody else.',
      resolve: holderOf,
    }),
    ticket: t.field({
      type: Ticket,
      nullable: true,
      resolve: (row, _args, context) =>
        row.ticket_id === null ? null : reading(context, (tx, scope) => ticketOf(tx, scope, row.id)),
    }),
    clocks: t.field({ type: [Clock], resolve: clocksOf }),
    openedAt: t.field({ type: 'DateTime', resolve: (row) => row.opened_at }),
    consentAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.consent_at }),
    unattended: t.field({
      type: Unattended,
      nullable: true,
      description: 'By which rule of the policy it runs, and nobody was asked; null: people allow what runs.',
      resolve: ({ unattended }) => unattended,
    }),
    firstCommandAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.first_command_at }),
    completedAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.completed_at }),
    note: t.exposeString('note', { nullable: true }),
    incident: t.field({
      type: Incident,
      nullable: true,
      description: 'The trouble it is seen together with others under.',
      resolve: (row) => row.incident_id,
    }),
    follows: t.field({
      type: Session,
      nullable: true,
      description: 'The completed session whose matter came back.',
      resolve: (row) => row.follows_id,
    }),
    followUps: t.field({
      type: [Session],
      description: 'The sessions that carry this one on.',
      resolve: (row, _args, context) => reading(context, (tx, scope) => followUpsOf(tx, scope, row.id)),
    }),
    durations: t.field({
      type: Durations,
      resolve: async (row, _args, context) => {
        const asked = await reading(context, (tx, scope) => approvalsOfSession(tx, scope, row.id));
        const waits = asked.map((a) => ({ from: a.requested_at.getTime(), until: a.decided_at?.getTime() ?? null }));
        const [openedAt, consentAt, completedAt] = [row.opened_at, row.consent_at, row.completed_at].map(
          (at) => at?.getTime() ?? null,
        );
        return durationsOf(
          { openedAt: openedAt ?? 0, consentAt: consentAt ?? null, completedAt: completedAt ?? null },
          waits,
          Date.now(),
        );
      },
    }),
    briefing: t.field({
      type: Briefing,
      description: 'What the record says to whoever takes over: by plain rules, each line with its entry.',
      complexity: 50,
      resolve: (row, _args, context) =>
        reading(context, async (tx, scope) => briefingOf(await entriesAfter(tx, scope, row.id, 0, BRIEFED))),
    }),
    verification: t.exposeIntList('verification'),
    notVerifiedBecause: t.exposeString('not_verified_because', { nullable: true }),
    commands: t.field({
      type: [Command],
      resolve: (row, _args, context) => reading(context, (tx, scope) => commandsOfSession(tx, scope, row.id)),
    }),
    approvals: t.field({
      type: [ApprovalRequest],
      resolve: (row, _args, context) => reading(context, (tx, scope) => approvalsOfSession(tx, scope, row.id)),
    }),
    entries: t.field({
      type: EntryConnection,
      args: { first: t.arg.int(), after: t.arg.string() },
      resolve: (row, args, context) =>
        reading(context, async (tx, scope) => {
          const size = pageSize(args.first);
          await auditViewing(tx, viewerOf(context), row.number);
          const entries = await entriesAfter(tx, scope, row.id, numberCursor(args.after) ?? 0, size + 1);
          const nodes = entries.map((entry) => ({ ...entry, sessionId: row.id }));
          return toConnection(nodes, size, args.after != null, (entry) => String(entry.seq));
        }),
    }),
    entryCount: t.int({
      resolve: async (row, _args, context) =>
        (await reading(context, (tx, scope) => recordHead(tx, scope, row.id))).count,
    }),
    headHash: t.string({
      resolve: async (row, _args, context) =>
        (await reading(context, (tx, scope) => recordHead(tx, scope, row.id))).hash,
    }),
    participants: t.field({
      type: [Participant],
      resolve: (row, _args, context) => reading(context, (tx, scope) => participantsOf(tx, scope, row.id)),
    }),
    can: t.field({ type: SessionCan, resolve: (row, _args, context) => ({ row, viewer: viewerOf(context) }) }),
  }),
});

builder.queryFields((t) => ({
  session: t.field({
    type: Session,
    nullable: true,
    args: { id: t.arg.globalID({ required: true, for: Session }) },
    resolve: (_root, args) => args.id.id,
  }),
  sessionByNumber: t.field({
    type: Session,
    nullable: true,
    args: { number: t.arg.int({ required: true }) },
    resolve: (_root, args, context) => reading(context, (tx, scope) => sessionByNumber(tx, scope, args.number)),
  }),
  sessions: t.field({
    type: SessionConnection,
    args: {
      first: t.arg.int(),
      after: t.arg.string(),
      status: t.arg({ type: SessionStatus }),
      clientId: t.arg.globalID({ for: Client }),
      review: t.arg({ type: ReviewFilter, description: 'By the newest review.' }),
      assigneeId: t.arg.globalID({ for: User }),
      unassigned: t.arg.boolean({ description: 'nobody’s only' }),
      openedFrom: t.arg({ type: 'DateTime' }),
      openedUntil: t.arg({ type: 'DateTime', description: 'not included' }),
      clock: t.arg({
        type: ClockName,
        description: 'of which slaStanding speaks: response (if left out) or resolution',
      }),
      slaStanding: t.arg({ type: SlaStanding }),
    },
    resolve: (_root, args, context) => {
      const whose = args.unassigned === true ? null : args.assigneeId?.id;
      const filter = {
        status: args.status ?? null,
        clientId: args.clientId?.id ?? null,
        ...(whose === undefined ? {} : { assigneeId: whose }),
        openedFrom: args.openedFrom ?? null,
        openedUntil: args.openedUntil ?? null,
        clock: args.clock === 'resolution' ? ('resolution' as const) : ('response' as const),
        standing: args.slaStanding ?? null,
        review: args.review ?? null,
      };
      return listSessions(context, filter, args);
    },
  }),
  queue: t.field({
    type: [Session],
    description: 'my open work, urgent first, then by due time, then by age',
    resolve: async (_root, _args, context) => {
      const rows = await reading(context, (tx, scope) => queueOf(tx, scope, viewerOf(context).userId));
      const placed = rows.map((row) => ({ row, ...placeOf(row) })).sort(inQueueOrder);
      return placed.map(({ row }) => row);
    },
  }),
}));
