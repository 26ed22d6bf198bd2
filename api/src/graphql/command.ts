import type { CommandStart as CommandStartFacts } from '@throughline/domain/agent-protocol';
import { runAsText } from '@throughline/domain/command';
import type { CommandInputRow } from '@throughline/store/command-input-store';
import type { CommandRow } from '@throughline/store/command-store';
import { inputsOfCommand } from '@throughline/store/command-input-store';
import { outputHead } from '@throughline/store/output-store';
import { encodeGlobalID } from '@pothos/plugin-relay';
import { builder } from './builder.ts';
import { type Context, reading } from './context.ts';
import { CommandState, PolicySource, Risk, Shell } from './enums.ts';
import { ApprovalRequest, Command, User } from './refs.ts';

const StreamSum = builder.objectRef<{ bytes: number; sha256: string | null }>('StreamSum').implement({
  fields: (t) => ({
    bytes: t.exposeFloat('bytes'),
    sha256: t.exposeString('sha256', { nullable: true }),
  }),
});

const PowershellResult = builder.objectRef<{ ok: boolean; lastExitCode: number | null }>('PowershellResult').implement({
  description: '`$?` and `$LASTEXITCODE` behind the script.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok'),
    lastExitCode: t.exposeInt('lastExitCode', { nullable: true }),
  }),
});

const EnvironmentVariable = builder.objectRef<{ name: string; value: string }>('EnvironmentVariable').implement({
  fields: (t) => ({ name: t.exposeString('name'), value: t.exposeString('value') }),
});

const CommandStart = builder.objectRef<CommandStartFacts>('CommandStart').implement({
  fields: (t) => ({
    pid: t.exposeInt('pid'),
    effectiveUser: t.exposeString('effectiveUser'),
    cwd: t.exposeString('cwd'),
    shellPath: t.exposeString('shellPath'),
    shellVersion: t.exposeString('shellVersion'),
    resolvedPath: t.exposeString('resolvedPath', { nullable: true }),
    path: t.exposeString('path'),
    arch: t.exposeString('arch'),
    executionPolicy: t.string({ nullable: true, resolve: (start) => start.executionPolicy ?? null }),
    environment: t.field({
      type: [EnvironmentVariable],
      resolve: (start) => Object.entries(start.environment).map(([name, value]) => ({ name, value })),
    }),
  }),
});

const CommandInput = builder.objectRef<CommandInputRow>('CommandInput').implement({
  description: 'What was typed into a running command, and what became of it.',
  fields: (t) => ({
    seq: t.exposeInt('seq'),
    text: t.exposeString('text', { description: 'a secret stands in it by its name only' }),
    end: t.exposeBoolean('ends'),
    typedBy: t.string({
      resolve: async (row, _args, context) => (await User.getDataloader(context).load(row.typed_by))?.name ?? '',
    }),
    typedAt: t.field({ type: 'DateTime', resolve: (row) => row.typed_at }),
    notAfter: t.field({
      type: 'DateTime',
      description: 'not given any more after this',
      resolve: (row) => row.not_after,
    }),
    given: t.boolean({ nullable: true, description: 'null while nobody knows', resolve: (row) => row.given }),
    words: t.exposeString('words', { nullable: true }),
  }),
});

Command.implement({
  fields: (t) => ({
    sessionId: t.id({ resolve: (row) => encodeGlobalID('Session', row.session_id) }),
    entrySeq: t.exposeInt('entry_seq', { nullable: true, description: 'seq of the entry that proposed it' }),
    shell: t.field({ type: Shell, resolve: (row) => row.spec.shell }),
    script: t.string({ resolve: (row) => row.spec.script }),
    cwd: t.string({ nullable: true, resolve: (row) => row.spec.cwd }),
    runAs: t.string({ resolve: (row) => runAsText(row.spec.runAs) }),
    timeoutMs: t.int({ resolve: (row) => row.spec.timeoutMs }),
    maxOutputBytes: t.float({ nullable: true, resolve: (row) => row.spec.maxOutputBytes ?? null }),
    inputOpen: t.boolean({
      description: 'whether a technician may type into it while it runs',
      resolve: (row) => row.spec.input === true,
    }),
    waitsForInput: t.exposeBoolean('waits_for_input', { description: 'it waits for an answer right now' }),
    inputs: t.field({
      type: [CommandInput],
      resolve: (row, _args, context) =>
        row.spec.input === true ? reading(context, (tx, scope) => inputsOfCommand(tx, scope, row.id)) : [],
    }),
    reason: t.exposeString('reason'),
    origin: t.exposeString('origin'),
    risk: t.field({ type: Risk, resolve: (row) => row.risk }),
    riskWhy: t.exposeString('risk_why'),
    rule: t.exposeString('rule', { nullable: true }),
    policyVersion: t.exposeInt('policy_version', { nullable: true }),
    policyLevel: t.field({ type: PolicySource, nullable: true, resolve: (row) => row.policy_level }),
    policyWords: t.exposeString('policy_words', { nullable: true }),
    state: t.field({ type: CommandState, resolve: (row) => row.state }),
    words: t.exposeString('words', { nullable: true }),
    proposedBy: t.string({
      resolve: async (row, _args, context) => (await User.getDataloader(context).load(row.proposed_by))?.name ?? '',
    }),
    proposedByEmail: t.string({
      resolve: async (row, _args, context) => (await User.getDataloader(context).load(row.proposed_by))?.email ?? '',
    }),
    proposedAt: t.field({ type: 'DateTime', resolve: (row) => row.proposed_at }),
    sendBy: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'until when its order may reach the endpoint',
      resolve: (row) => row.send_by,
    }),
    dispatchedAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.dispatched_at }),
    startedAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.started_at }),
    finishedAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.finished_at }),
    cancelRequestedAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.cancel_requested_at }),
    endpointStartedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'by the endpoint’s clock',
      resolve: (row) => row.exit?.startedAt ?? null,
    }),
    endpointFinishedAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.exit?.finishedAt ?? null }),
    exitCode: t.int({ nullable: true, resolve: (row) => row.exit?.exitCode ?? null }),
    signal: t.string({ nullable: true, resolve: (row) => row.exit?.signal ?? null }),
    start: t.field({ type: CommandStart, nullable: true, resolve: (row) => row.start }),
    stdout: t.field({ type: StreamSum, resolve: (row, _args, context) => sumOf(row, 'stdout', context) }),
    stderr: t.field({ type: StreamSum, resolve: (row, _args, context) => sumOf(row, 'stderr', context) }),
    askedForInput: t.boolean({ resolve: (row) => row.exit?.askedForInput ?? false }),
    pipeLeaked: t.boolean({ resolve: (row) => row.exit?.pipeLeaked ?? false }),
    outputLimited: t.boolean({
      description: 'stopped because its output reached the limit',
      resolve: (row) => row.exit?.outputLimited ?? false,
    }),
    powershell: t.field({ type: PowershellResult, nullable: true, resolve: (row) => row.exit?.powershell ?? null }),
    approval: t.field({ type: ApprovalRequest, nullable: true, resolve: (row) => row.approval_id }),
    retryOf: t.id({
      nullable: true,
      resolve: (row) => (row.retry_of === null ? null : encodeGlobalID('Command', row.retry_of)),
    }),
  }),
});

/** The signed sum of an ended command; of a running one, what is stored so far. */
async function sumOf(row: CommandRow, stream: 'stdout' | 'stderr', context: Context) {
  if (row.exit !== null) return row.exit[stream];
  const head = await reading(context, (tx, scope) => outputHead(tx, scope.mspId, row.id));
  return { bytes: head.bytes[stream], sha256: null };
}

builder.queryFields((t) => ({
  command: t.field({
    type: Command,
    nullable: true,
    args: { id: t.arg.globalID({ required: true, for: Command }) },
    resolve: (_root, args) => args.id.id,
  }),
}));
