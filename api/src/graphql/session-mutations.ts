import { DEFAULT_TIMEOUT_MS } from '@throughline/domain/command';
import { DomainError, notFound } from '@throughline/domain/errors';
import { type PolicyVerdict, type PolicySource as Source, attended } from '@throughline/domain/policy';
import { asksApprover } from '@throughline/domain/policy/strong-rule';
import * as approvals from '../sessions/approval.ts';
import * as assignment from '../sessions/assign.ts';
import { cancelCommand, dispatchCommand } from '../sessions/command.ts';
import { answerCommand } from '../sessions/input.ts';
import { completeSession } from '../sessions/complete.ts';
import { sendApprovalLink } from '../sessions/approval-link.ts';
import { recordContact } from '../sessions/contact.ts';
import { captureFacts } from '../sessions/facts.ts';
import { addMessage } from '../sessions/message.ts';
import { openAdHoc } from '../sessions/open-session.ts';
import { policyFor } from '../sessions/policy.ts';
import { assess, proposeCommand } from '../sessions/propose.ts';
import { startSession } from '../sessions/start.ts';
import { seenSession } from '../sessions/viewer.ts';
import { judgedAtEndpoint } from '@throughline/store/command-store';
import { entriesAfter } from '@throughline/store/record-store';
import { Approver } from './approver.ts';
import { builder } from './builder.ts';
import { reading, viewerOf } from './context.ts';
import { Entry, type SessionEntry } from './entry.ts';
import { ContactHow, PolicySource, Priority, Risk, SessionOutcome, Shell } from './enums.ts';
import { ApprovalRequest, Command, Endpoint, Session, User } from './refs.ts';
import { runAsOf } from './run-as.ts';
import { orUserError } from './user-error.ts';

const StartSessionInput = builder.inputType('StartSessionInput', {
  description:
    'Either sessionId (a session that a ticket opened), or endpointId with title and request (an ad-hoc session).',
  fields: (t) => ({
    sessionId: t.globalID({ for: [Session] }),
    endpointId: t.globalID({ for: [Endpoint] }),
    title: t.string(),
    request: t.string(),
    requester: t.string(),
    channel: t.string(),
    priority: t.field({ type: Priority }),
    reason: t.string({ required: true }),
    unlessOpen: t.boolean({
      description: 'Refuse, naming it, when another session is open on the endpoint already.',
    }),
    idempotencyKey: t.string(),
  }),
});
const ProposeCommandInput = builder.inputType('ProposeCommandInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    shell: t.field({ type: Shell, required: true }),
    script: t.string({ required: true }),
    cwd: t.string(),
    runAs: t.string({
      description: 'Empty for the runtime’s own account, `@user` for the signed-in user, else an account name.',
    }),
    timeoutMs: t.int(),
    maxOutputBytes: t.float({
      description: 'Stop the command when stdout and stderr together reach so many bytes. Empty for no limit.',
    }),
    input: t.boolean({
      description: 'Keep its input open, for answers while it runs. Such a command always counts as a change at least.',
    }),
    reason: t.string(),
    sendWithinMs: t.int({
      description:
        'The order expires, never sent, when the endpoint is out of reach for so long. Empty for 15 minutes.',
    }),
    retryOf: t.globalID({ for: [Command] }),
    idempotencyKey: t.string(),
  }),
});
const SecretInput = builder.inputType('SecretInput', {
  description: 'A value that stands in the text as `{{secret:name}}`. It goes to the command and is kept nowhere.',
  fields: (t) => ({ name: t.string({ required: true }), value: t.string({ required: true }) }),
});
const AnswerCommandInput = builder.inputType('AnswerCommandInput', {
  fields: (t) => ({
    commandId: t.globalID({ required: true, for: [Command] }),
    text: t.string({ required: true, description: 'As the command reads it, line ends included.' }),
    end: t.boolean({ description: 'Nothing follows: the command reads the end of its input.' }),
    secrets: t.field({ type: [SecretInput] }),
    idempotencyKey: t.string(),
  }),
});
const CancelCommandInput = builder.inputType('CancelCommandInput', {
  fields: (t) => ({ commandId: t.globalID({ required: true, for: [Command] }) }),
});
const DispatchCommandInput = builder.inputType('DispatchCommandInput', {
  fields: (t) => ({ commandId: t.globalID({ required: true, for: [Command] }) }),
});
const DecideApprovalInput = builder.inputType('DecideApprovalInput', {
  fields: (t) => ({
    approvalId: t.globalID({ required: true, for: [ApprovalRequest] }),
    decision: t.string({ required: true }),
    reason: t.string(),
  }),
});
const NudgeApprovalInput = builder.inputType('NudgeApprovalInput', {
  fields: (t) => ({ approvalId: t.globalID({ required: true, for: [ApprovalRequest] }) }),
});
const SendApprovalLinkInput = builder.inputType('SendApprovalLinkInput', {
  fields: (t) => ({ approvalId: t.globalID({ required: true, for: [ApprovalRequest] }) }),
});
const RecordContactInput = builder.inputType('RecordContactInput', {
  fields: (t) => ({
    approvalId: t.globalID({ required: true, for: [ApprovalRequest] }),
    approverId: t.globalID({ for: [Approver], description: 'which of the request’s approvers, where it asks one' }),
    how: t.field({ type: ContactHow, required: true }),
    reached: t.boolean({ required: true, description: 'somebody answered' }),
    words: t.string(),
    idempotencyKey: t.string({ required: true }),
  }),
});
const WithdrawApprovalInput = builder.inputType('WithdrawApprovalInput', {
  fields: (t) => ({ approvalId: t.globalID({ required: true, for: [ApprovalRequest] }) }),
});
const assignInput = (name: string, reasonRequired: boolean) =>
  builder.inputType(name, {
    fields: (t) => ({
      sessionId: t.globalID({ required: true, for: [Session] }),
      userId: t.globalID({ required: true, for: [User] }),
      reason: t.string({ required: reasonRequired }),
      seenAssignment: t.int({
        description:
          'The session’s assignmentCount when you looked. Where somebody assigned it since, nothing happens and you are told who.',
      }),
      offShift: t.boolean({ description: 'Also where the person is off shift.' }),
    }),
  });
const AssignSessionInput = assignInput('AssignSessionInput', false);
const ReassignSessionInput = assignInput('ReassignSessionInput', true);
const EscalateSessionInput = builder.inputType('EscalateSessionInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    userId: t.globalID({ required: true, for: [User] }),
    reason: t.string({ required: true }),
  }),
});
const AcceptSessionInput = builder.inputType('AcceptSessionInput', {
  fields: (t) => ({ sessionId: t.globalID({ required: true, for: [Session] }) }),
});
const DeclineSessionInput = builder.inputType('DeclineSessionInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    reason: t.string({ required: true }),
  }),
});
const HoldSessionInput = builder.inputType('HoldSessionInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    held: t.boolean({ required: true, description: 'False: it does not wait for the client any more.' }),
    reason: t.string({ description: 'Needed where it begins to wait.' }),
  }),
});
const SetPriorityInput = builder.inputType('SetPriorityInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    priority: t.field({ type: Priority, required: true }),
    reason: t.string(),
  }),
});
const CompleteSessionInput = builder.inputType('CompleteSessionInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    outcome: t.field({ type: SessionOutcome, required: true }),
    note: t.string({ required: true }),
    verification: t.intList({ required: true }),
    notVerifiedBecause: t.string(),
  }),
});
const CaptureFactsInput = builder.inputType('CaptureFactsInput', {
  fields: (t) => ({ sessionId: t.globalID({ required: true, for: [Session] }) }),
});
const AddMessageInput = builder.inputType('AddMessageInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    text: t.string({ required: true }),
    onEntry: t.int(),
    idempotencyKey: t.string(),
    toPerson: t.boolean({ description: 'show it to the person at the device as well; else it stays at the desk' }),
  }),
});

builder.mutationFields((t) => ({
  startSession: t.field({
    type: Session,
    errors: orUserError('StartSessionResult'),
    args: { input: t.arg({ type: StartSessionInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const viewer = viewerOf(context);
      const sessionId = input.sessionId?.id ?? (await openAdHoc(context.deps, viewer, adHoc(input)));
      await startSession(context.deps, viewer, sessionId, input.reason);
      return sessionId;
    },
  }),
  proposeCommand: t.field({
    type: Command,
    errors: orUserError('ProposeCommandResult'),
    args: { input: t.arg({ type: ProposeCommandInput, required: true }) },
    resolve: (_root, { input }, context) =>
      proposeCommand(context.deps, viewerOf(context), {
        sessionId: input.sessionId.id,
        spec: {
          shell: input.shell,
          script: input.script,
          cwd: emptyToNull(input.cwd),
          runAs: runAsOf(input.runAs),
          timeoutMs: input.timeoutMs ?? DEFAULT_TIMEOUT_MS,
          ...(input.maxOutputBytes == null ? {} : { maxOutputBytes: input.maxOutputBytes }),
          ...(input.input === true ? { input: true as const } : {}),
        },
        reason: input.reason ?? '',
        sendWithinMs: input.sendWithinMs ?? null,
        retryOf: input.retryOf?.id ?? null,
        idempotencyKey: input.idempotencyKey ?? null,
      }),
  }),
  answerCommand: t.field({
    type: Command,
    description: 'Types into a running command whose input is open.',
    errors: orUserError('AnswerCommandResult'),
    args: { input: t.arg({ type: AnswerCommandInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await answerCommand(context.deps, viewerOf(context), {
        commandId: input.commandId.id,
        text: input.text,
        end: input.end ?? false,
        secrets: input.secrets ?? [],
        idempotencyKey: input.idempotencyKey ?? null,
      });
      return input.commandId.id;
    },
  }),
  cancelCommand: t.field({
    type: Command,
    errors: orUserError('CancelCommandResult'),
    args: { input: t.arg({ type: CancelCommandInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await cancelCommand(context.deps, viewerOf(context), input.commandId.id);
      return input.commandId.id;
    },
  }),
  dispatchCommand: t.field({
    type: Command,
    description:
      'A command is sent by itself, once it may run. Asked for by hand this is refused, and the attempt goes on the record.',
    errors: orUserError('DispatchCommandResult'),
    args: { input: t.arg({ type: DispatchCommandInput, required: true }) },
    resolve: (_root, { input }, context) => dispatchCommand(context.deps, viewerOf(context), input.commandId.id),
  }),
  decideApproval: t.field({
    type: ApprovalRequest,
    description: 'Only the person at the device can decide: with any staff sign-in this answers FORBIDDEN.',
    errors: orUserError('DecideApprovalResult'),
    args: { input: t.arg({ type: DecideApprovalInput, required: true }) },
    resolve: (_root, { input }, context) =>
      approvals.decideApproval(context.deps, viewerOf(context), input.approvalId.id),
  }),
  nudgeApproval: t.field({
    type: ApprovalRequest,
    description:
      'Asks again: the person at the device there, named approvers by mail and on their own pages. Once in 30 s.',
    errors: orUserError('NudgeApprovalResult'),
    args: { input: t.arg({ type: NudgeApprovalInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await approvals.nudgeApproval(context.deps, viewerOf(context), input.approvalId.id);
      return input.approvalId.id;
    },
  }),
  sendApprovalLink: t.field({
    type: ApprovalRequest,
    description:
      'Mails the client’s contact a link to the question, to answer on a phone: once in 30 s, and only where the computer’s owner lets such an answer count. Nobody of the staff sees the link.',
    errors: orUserError('SendApprovalLinkResult'),
    args: { input: t.arg({ type: SendApprovalLinkInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await sendApprovalLink(context.deps, viewerOf(context), input.approvalId.id);
      return input.approvalId.id;
    },
  }),
  recordContact: t.field({
    type: ApprovalRequest,
    description: 'Notes on the record that whoever is waited for was called or written to.',
    errors: orUserError('RecordContactResult'),
    args: { input: t.arg({ type: RecordContactInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { how, reached, words, idempotencyKey } = input;
      const approvalId = input.approvalId.id;
      await recordContact(context.deps, viewerOf(context), {
        ...{ approvalId, approverId: input.approverId?.id ?? null, how, reached, idempotencyKey },
        words: words ?? '',
      });
      return approvalId;
    },
  }),
  withdrawApproval: t.field({
    type: ApprovalRequest,
    errors: orUserError('WithdrawApprovalResult'),
    args: { input: t.arg({ type: WithdrawApprovalInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await approvals.withdrawApproval(context.deps, viewerOf(context), input.approvalId.id);
      return input.approvalId.id;
    },
  }),
  assignSession: t.field({
    type: Session,
    errors: orUserError('AssignSessionResult'),
    args: { input: t.arg({ type: AssignSessionInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await assignment.assignSession(context.deps, viewerOf(context), assignmentOf(input));
      return input.sessionId.id;
    },
  }),
  reassignSession: t.field({
    type: Session,
    errors: orUserError('ReassignSessionResult'),
    args: { input: t.arg({ type: ReassignSessionInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      assignment.requireReason(input.reason ?? '', 'Say why it moves: both technicians read it.');
      await assignment.assignSession(context.deps, viewerOf(context), assignmentOf(input));
      return input.sessionId.id;
    },
  }),
  acceptSession: t.field({
    type: Session,
    description: 'Takes on what somebody else gave you. What you do in the session says the same.',
    errors: orUserError('AcceptSessionResult'),
    args: { input: t.arg({ type: AcceptSessionInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await assignment.acceptSession(context.deps, viewerOf(context), input.sessionId.id);
      return input.sessionId.id;
    },
  }),
  declineSession: t.field({
    type: Session,
    description: 'Puts what somebody else gave you back into the queue.',
    errors: orUserError('DeclineSessionResult'),
    args: { input: t.arg({ type: DeclineSessionInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await assignment.declineSession(context.deps, viewerOf(context), input.sessionId.id, input.reason);
      return input.sessionId.id;
    },
  }),
  holdSession: t.field({
    type: Session,
    description:
      'Says that the session waits for the client, or no more. The SLA policy says which clocks stand still.',
    errors: orUserError('HoldSessionResult'),
    args: { input: t.arg({ type: HoldSessionInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { sessionId, held, reason } = input;
      await assignment.holdSession(context.deps, viewerOf(context), sessionId.id, held, reason ?? '');
      return sessionId.id;
    },
  }),
  escalateSession: t.field({
    type: Session,
    errors: orUserError('EscalateSessionResult'),
    args: { input: t.arg({ type: EscalateSessionInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await assignment.escalateSession(
        context.deps,
        viewerOf(context),
        input.sessionId.id,
        input.userId.id,
        input.reason ?? '',
      );
      return input.sessionId.id;
    },
  }),
  setPriority: t.field({
    type: Session,
    errors: orUserError('SetPriorityResult'),
    args: { input: t.arg({ type: SetPriorityInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await assignment.setPriority(
        context.deps,
        viewerOf(context),
        input.sessionId.id,
        input.priority,
        input.reason ?? '',
      );
      return input.sessionId.id;
    },
  }),
  completeSession: t.field({
    type: Session,
    errors: orUserError('CompleteSessionResult'),
    args: { input: t.arg({ type: CompleteSessionInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await completeSession(context.deps, viewerOf(context), {
        sessionId: input.sessionId.id,
        outcome: input.outcome,
        note: input.note,
        verification: input.verification,
        notVerifiedBecause: input.notVerifiedBecause ?? '',
      });
      return input.sessionId.id;
    },
  }),
  captureFacts: t.field({
    type: Entry,
    description: 'Asks the endpoint what it is like now and writes the answer into the record.',
    errors: orUserError('CaptureFactsResult'),
    args: { input: t.arg({ type: CaptureFactsInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const sessionId = input.sessionId.id;
      const seq = await captureFacts(context.deps, viewerOf(context), sessionId);
      const [entry] = await reading(context, (tx, scope) => entriesAfter(tx, scope, sessionId, seq - 1, 1));
      if (entry === undefined) throw notFound('Entry');
      return { ...entry, sessionId } as SessionEntry;
    },
  }),
  addMessage: t.field({
    type: Entry,
    errors: orUserError('AddMessageResult'),
    args: { input: t.arg({ type: AddMessageInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const sessionId = input.sessionId.id;
      const seq = await addMessage(context.deps, viewerOf(context), {
        sessionId,
        text: input.text,
        onEntry: input.onEntry ?? null,
        idempotencyKey: input.idempotencyKey ?? null,
        toPerson: input.toPerson === true,
      });
      const [entry] = await reading(context, (tx, scope) => entriesAfter(tx, scope, sessionId, seq - 1, 1));
      if (entry === undefined) throw notFound('Message');
      return { ...entry, sessionId } as SessionEntry;
    },
  }),
}));

const assignmentOf = (input: typeof AssignSessionInput.$inferInput): assignment.Assignment => ({
  sessionId: input.sessionId.id,
  userId: input.userId.id,
  reason: input.reason ?? '',
  seen: input.seenAssignment ?? null,
  offShift: input.offShift === true,
});

interface AssessmentView {
  risk: 'read_only' | 'change' | 'destructive';
  why: string;
  verdict: string;
  words: string;
  rule: string;
  policyVersion: number;
  policyLevel: Source | null;
  asks: string | null;
}

const Assessment = builder.objectRef<AssessmentView>('Assessment').implement({
  fields: (t) => ({
    risk: t.field({ type: Risk, resolve: (view) => view.risk }),
    why: t.exposeString('why'),
    verdict: t.exposeString('verdict'),
    words: t.exposeString('words'),
    rule: t.exposeString('rule'),
    policyVersion: t.exposeInt('policyVersion', { description: 'of the policy of policyLevel; 0: built in' }),
    policyLevel: t.field({ type: PolicySource, nullable: true, resolve: (view) => view.policyLevel }),
    asks: t.exposeString('asks', { nullable: true }),
  }),
});

builder.queryFields((t) => ({
  assessCommand: t.field({
    type: Assessment,
    description: 'How the server would judge a script, before it is sent.',
    args: {
      sessionId: t.arg.globalID({ required: true, for: Session }),
      shell: t.arg({ type: Shell, required: true }),
      script: t.arg.string({ required: true }),
      input: t.arg.boolean(),
    },
    resolve: (_root, args, context) =>
      reading(context, async (tx, scope) => {
        const session = await seenSession(tx, viewerOf(context), args.sessionId.id);
        const { policy } = await policyFor(tx, scope.mspId, session.endpoint_id);
        const there = await judgedAtEndpoint(tx, scope.mspId, session.id, args);
        const { risk, why, verdict } = assess(
          context.deps,
          {
            shell: args.shell,
            script: args.script,
            runAs: { kind: 'runtime' },
            ...(args.input === true ? { input: true as const } : {}),
          },
          args.input === true ? attended(policy) : policy,
          session.unattended?.classes,
          there,
        );
        const asks = whoIsAsked(verdict);
        return {
          risk,
          why,
          verdict: verdict.verdict,
          words: verdict.words,
          rule: verdict.rule,
          policyVersion: verdict.version,
          policyLevel: verdict.level ?? null,
          asks,
        };
      }),
  }),
}));

function whoIsAsked({ verdict, rule }: PolicyVerdict): string | null {
  if (verdict !== 'ask' && verdict !== 'ask_approver') return null;
  return asksApprover(rule) ? 'a named approver of the client' : 'the person at the device';
}

function adHoc(input: typeof StartSessionInput.$inferInput) {
  if (input.endpointId == null)
    throw new DomainError(
      'INVALID_INPUT',
      'Name the session to start, or the endpoint for a session without a ticket.',
    );
  return {
    endpointId: input.endpointId.id,
    title: input.title?.trim() === '' || input.title == null ? input.reason.slice(0, 120) : input.title,
    request: input.request ?? '',
    requester: input.requester ?? '',
    channel: input.channel ?? '',
    priority: input.priority ?? 'normal',
    unlessOpen: input.unlessOpen ?? false,
    idempotencyKey: input.idempotencyKey ?? null,
  };
}

const emptyToNull = (text: string | null | undefined): string | null => (text == null || text === '' ? null : text);
