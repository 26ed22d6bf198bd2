import { notFound } from '@throughline/domain/errors';
import type { PolicyMode as Mode, PolicySource as Source } from '@throughline/domain/policy';
import { type PolicyDocument, STRONG_WORDS, policyChanges, spanWords } from '@throughline/domain/policy/document';
import type { MergedPolicy, PolicyOfLevel } from '@throughline/domain/policy/merge';
import { quietWords } from '@throughline/domain/policy/quiet-hours';
import { clientsWithoutApprover } from '@throughline/store/approver-store';
import {
  type PolicySubject,
  type PolicyVersionRow,
  policiesAbove,
  policiesBelow,
  policyHistory,
  policyOfEndpoint,
} from '@throughline/store/policy-store';
import type { Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import { type PolicyPreview, type PreviewedCommand, previewPolicy } from '../policy/preview-policy.ts';
import { setPolicy } from '../policy/set-policy.ts';
import { subjectOf } from '../policy/subject.ts';
import { permit } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { onlyUuids, reading, viewerOf } from './context.ts';
import { PolicyMode, PolicySource, Risk } from './enums.ts';
import { PolicyDocumentInput, PolicyDocumentType, spelled } from './policy-document.ts';
import { Client, ClientGroup, Command, Endpoint, User } from './refs.ts';
import { orUserError } from './user-error.ts';

interface VersionView extends PolicyVersionRow {
  changes: string[];
}
interface PolicyView extends PolicySubject {
  name: string;
  versions: VersionView[];
}

const PolicyVersion = builder.objectRef<VersionView>('PolicyVersion').implement({
  fields: (t) => ({
    version: t.exposeInt('version'),
    document: t.field({ type: PolicyDocumentType, resolve: (row) => row.document }),
    changes: t.exposeStringList('changes', { description: 'in words, against the version before' }),
    note: t.exposeString('note'),
    madeBy: t.string({
      nullable: true,
      description: 'null: it came with the client group',
      resolve: async (row, _args, context) =>
        row.made_by === null ? null : ((await User.getDataloader(context).load(row.made_by))?.name ?? null),
    }),
    madeAt: t.field({ type: 'DateTime', resolve: (row) => row.made_at }),
  }),
});
const PolicyAbove = builder.objectRef<PolicyOfLevel & { name: string }>('PolicyAbove').implement({
  description: 'What a level lays down that the subject lies within.',
  fields: (t) => ({
    level: t.field({ type: PolicySource, resolve: (above) => above.level }),
    name: t.exposeString('name'),
    version: t.exposeInt('version'),
    document: t.field({ type: PolicyDocumentType, resolve: (above) => above.document }),
  }),
});
const PolicyBelow = builder.objectRef<PolicyOfLevel & { name: string }>('PolicyBelow').implement({
  description: 'What something lays down that lies within the subject.',
  fields: (t) => ({
    level: t.field({ type: PolicySource, resolve: (below) => below.level }),
    name: t.exposeString('name'),
    version: t.exposeInt('version'),
    document: t.field({ type: PolicyDocumentType, resolve: (below) => below.document }),
  }),
});
const Policy = builder.objectRef<PolicyView>('Policy').implement({
  description: 'What one organisation, client group, client or endpoint lays down. The strictest of the four counts.',
  fields: (t) => ({
    level: t.field({ type: PolicySource, resolve: (view) => view.level }),
    name: t.exposeString('name'),
    version: t.int({ description: '0: nothing was laid down yet', resolve: (view) => view.versions[0]?.version ?? 0 }),
    withoutApprover: t.stringList({
      description: 'names of the clients it counts for that have no approver with a passkey, at most 100',
      resolve: (view, _args, context) => reading(context, (tx, scope) => clientsWithoutApprover(tx, scope.mspId, view)),
    }),
    document: t.field({
      type: PolicyDocumentType,
      resolve: (view): PolicyDocument => view.versions[0]?.document ?? {},
    }),
    above: t.field({
      type: [PolicyAbove],
      description: 'the broadest first; levels that laid nothing down are left out',
      complexity: { multiplier: 3 },
      resolve: ({ level, id }, _args, context) =>
        reading(context, (tx, scope) => policiesAbove(tx, scope.mspId, { level, id })),
    }),
    below: t.field({
      type: [PolicyBelow],
      description: 'those that say something of a class of commands, the broadest first, at most 100',
      complexity: { multiplier: 10 },
      resolve: ({ level, id }, _args, context) =>
        reading(context, (tx, scope) => policiesBelow(tx, scope.mspId, { level, id })),
    }),
    versions: t.field({
      type: [PolicyVersion],
      description: 'the newest first',
      resolve: (view) => view.versions,
    }),
  }),
});

interface RuleView {
  name: string;
  says: string;
  level: Source;
  version: number;
}
const PolicyRule = builder.objectRef<RuleView>('PolicyRule').implement({
  description: 'A field of the merged policy, and whose it is.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'as PolicyDocument names it' }),
    says: t.exposeString('says'),
    level: t.field({ type: PolicySource, resolve: (rule) => rule.level }),
    version: t.exposeInt('version', { description: '0: built in' }),
  }),
});

const Previewed = builder.objectRef<PreviewedCommand>('PreviewedCommand').implement({
  fields: (t) => ({
    command: t.field({ type: Command, resolve: ({ row }) => row.id }),
    sessionNumber: t.int({ resolve: ({ row }) => row.session_number }),
    risk: t.field({ type: Risk, resolve: ({ row }) => row.risk }),
    before: t.field({ type: PolicyMode, resolve: ({ before }): Mode => before.verdict }),
    after: t.field({ type: PolicyMode, resolve: ({ after }): Mode => after.verdict }),
    rule: t.string({ resolve: ({ after }) => after.rule }),
    words: t.string({ resolve: ({ after }) => after.words }),
  }),
});
const Preview = builder.objectRef<PolicyPreview>('PolicyPreview').implement({
  description: 'The commands of the last 30 days, judged by the policies of now and by these with the change.',
  fields: (t) => ({
    changes: t.exposeStringList('changes', { description: 'what the change says, in words' }),
    judged: t.exposeInt('judged'),
    more: t.exposeBoolean('more', { description: 'there are more commands than were judged: the newest were' }),
    asked: t.exposeInt('asked', { description: 'would have asked, and now do not' }),
    refused: t.exposeInt('refused', { description: 'would have been refused, and now are not' }),
    eased: t.exposeInt('eased', { description: 'would have been judged less strictly' }),
    commands: t.field({
      type: [Previewed],
      description: 'at most 100 of those judged otherwise, the newest first',
      complexity: { multiplier: 100 },
      resolve: (preview) => preview.listed,
    }),
  }),
});

const SetPolicyInput = builder.inputType('SetPolicyInput', {
  description: 'One of groupId, clientId and endpointId, or none for the organisation.',
  fields: (t) => ({
    groupId: t.globalID({ for: [ClientGroup] }),
    clientId: t.globalID({ for: [Client] }),
    endpointId: t.globalID({ for: [Endpoint] }),
    document: t.field({ type: PolicyDocumentInput, required: true }),
    expectedVersion: t.int({ required: true, description: 'the version that was read; 0 where there was none' }),
    note: t.string({ description: 'why, for the history' }),
  }),
});

async function viewOf(tx: Tx, viewer: Viewer, subject: PolicySubject & { name: string }): Promise<PolicyView> {
  const rows = await policyHistory(tx, viewer.mspId, subject);
  const versions = rows.map((row, i) => ({
    ...row,
    changes: policyChanges(rows[i + 1]?.document ?? {}, row.document),
  }));
  return { ...subject, versions };
}

builder.queryFields((t) => ({
  policy: t.field({
    type: Policy,
    description: 'One of groupId, clientId and endpointId, or none for the organisation.',
    args: {
      groupId: t.arg.globalID({ for: [ClientGroup] }),
      clientId: t.arg.globalID({ for: [Client] }),
      endpointId: t.arg.globalID({ for: [Endpoint] }),
    },
    resolve: (_root, args, context) => {
      const viewer = viewerOf(context);
      permit(viewer, 'settings.write', true);
      return reading(context, async (tx) => viewOf(tx, viewer, await subjectOf(tx, viewer, args)));
    },
  }),
  effectivePolicy: t.field({
    type: [PolicyRule],
    description: 'What holds on an endpoint, all levels merged, each with the level and version that says so.',
    args: { endpointId: t.arg.globalID({ required: true, for: [Endpoint] }) },
    resolve: (_root, { endpointId: { id } }, context) =>
      reading(context, async (tx, scope) => {
        permit(viewerOf(context), 'session.see', true);
        if (onlyUuids([id]).length === 0) throw notFound('Endpoint');
        return rulesOf(await policyOfEndpoint(tx, scope.mspId, id));
      }),
  }),
  previewPolicy: t.field({
    type: Preview,
    description: 'What a policy would have made of last month’s commands. Changes nothing.',
    args: {
      groupId: t.arg.globalID({ for: [ClientGroup] }),
      clientId: t.arg.globalID({ for: [Client] }),
      endpointId: t.arg.globalID({ for: [Endpoint] }),
      document: t.arg({ type: PolicyDocumentInput, required: true }),
    },
    resolve: (_root, { document, ...ids }, context) =>
      reading(context, (tx) =>
        previewPolicy(tx, context.deps, viewerOf(context), { ...ids, document: spelled(document) }),
      ),
  }),
}));

builder.mutationFields((t) => ({
  setPolicy: t.field({
    type: Policy,
    errors: orUserError('SetPolicyResult'),
    args: { input: t.arg({ type: SetPolicyInput, required: true }) },
    resolve: (_root, { input }, context) =>
      reading(context, async (tx) => {
        const viewer = viewerOf(context);
        const { document, note, ...rest } = input;
        return viewOf(
          tx,
          viewer,
          await setPolicy(tx, viewer, { ...rest, document: spelled(document), note: note ?? '' }),
        );
      }),
  }),
}));

function rulesOf(merged: MergedPolicy): RuleView[] {
  const rule = <T>(name: string, said: { value: T; level: Source; version: number }, says = String(said.value)) => ({
    name,
    says,
    level: said.level,
    version: said.version,
  });
  const { modes, riskFloor, approvalTimeoutMs, nobodySignedIn, severalPeople, lockedScreen, quietHours, strong } =
    merged;
  return [
    rule('readOnly', modes.read_only),
    rule('change', modes.change),
    rule('destructive', modes.destructive),
    rule('otherIdentity', modes.other_identity),
    rule('riskFloor', riskFloor),
    rule('approvalTimeoutSeconds', approvalTimeoutMs, spanWords(approvalTimeoutMs.value)),
    ...quietHours.map((hours) => rule('quietHours', hours, quietWords(hours.value))),
    rule('nobodySignedIn', nobodySignedIn),
    rule('severalPeople', severalPeople),
    rule('lockedScreen', lockedScreen),
    ...(strong === null ? [] : [rule('strong', strong, STRONG_WORDS)]),
  ];
}
