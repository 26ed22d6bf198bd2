import type { SlaDocument } from '@throughline/domain/sla/document';
import { type SlaRule as RuleView, mergeSla } from '@throughline/domain/sla/merge';
import { slaChanges } from '@throughline/domain/sla/words';
import { type SlaVersionRow, slaHistory, slaOf } from '@throughline/store/sla-store';
import type { Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import { permit } from '../sessions/viewer.ts';
import { type PreviewedDue, type SlaPreview as PreviewView, previewSla } from '../sla/preview-sla.ts';
import { setSla } from '../sla/set-sla.ts';
import { type NamedSlaSubject, slaSubjectOf } from '../sla/subject.ts';
import { builder } from './builder.ts';
import { reading, viewerOf } from './context.ts';
import { ClockName, PolicySource, Priority } from './enums.ts';
import { Client, ClientGroup, User } from './refs.ts';
import { SlaDocumentInput, SlaDocumentType, spelledSla } from './sla-document.ts';
import { orUserError } from './user-error.ts';

interface VersionView extends SlaVersionRow {
  changes: string[];
}
interface SlaView extends NamedSlaSubject {
  versions: VersionView[];
  holds: RuleView[];
}

const SlaVersion = builder.objectRef<VersionView>('SlaVersion').implement({
  fields: (t) => ({
    version: t.exposeInt('version'),
    document: t.field({ type: SlaDocumentType, resolve: (row) => row.document }),
    changes: t.exposeStringList('changes', { description: 'in words, against the version before' }),
    note: t.exposeString('note'),
    madeBy: t.string({
      nullable: true,
      resolve: async (row, _args, context) =>
        row.made_by === null ? null : ((await User.getDataloader(context).load(row.made_by))?.name ?? null),
    }),
    madeAt: t.field({ type: 'DateTime', resolve: (row) => row.made_at }),
  }),
});
const SlaRule = builder.objectRef<RuleView>('SlaRule').implement({
  description: 'A field of the policy in force, in words, and whose it is.',
  fields: (t) => ({
    what: t.exposeString('what'),
    says: t.exposeString('says'),
    level: t.field({ type: PolicySource, resolve: (rule) => rule.level }),
    version: t.exposeInt('version', { description: '0: built in' }),
  }),
});
const SlaPolicy = builder.objectRef<SlaView>('SlaPolicy').implement({
  description: 'What one organisation, client group or client lays down. Field by field the most specific counts.',
  fields: (t) => ({
    level: t.field({ type: PolicySource, resolve: (view) => view.level }),
    name: t.exposeString('name'),
    version: t.int({ description: '0: nothing was laid down yet', resolve: (view) => view.versions[0]?.version ?? 0 }),
    document: t.field({
      type: SlaDocumentType,
      resolve: (view): SlaDocument => view.versions[0]?.document ?? {},
    }),
    versions: t.field({ type: [SlaVersion], description: 'the newest first', resolve: (view) => view.versions }),
    holds: t.field({
      type: [SlaRule],
      description: 'what holds here, this level and those above it as one',
      resolve: (view) => view.holds,
    }),
  }),
});

const SlaDue = builder.objectRef<PreviewedDue>('SlaDue').implement({
  description: 'A clock that starts now. Null: never.',
  fields: (t) => ({
    priority: t.field({ type: Priority, resolve: (due) => due.priority }),
    clock: t.field({ type: ClockName, resolve: (due) => due.clock }),
    warnAt: t.field({ type: 'DateTime', nullable: true, resolve: (due) => due.warnAt }),
    dueAt: t.field({ type: 'DateTime', nullable: true, resolve: (due) => due.dueAt }),
    escalateAt: t.field({ type: 'DateTime', nullable: true, resolve: (due) => due.escalateAt }),
    dueBefore: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'by the policies of now',
      resolve: (due) => due.dueBefore,
    }),
  }),
});
const SlaPreview = builder.objectRef<PreviewView>('SlaPreview').implement({
  fields: (t) => ({
    changes: t.exposeStringList('changes', { description: 'what the change says, in words' }),
    at: t.field({ type: 'DateTime', resolve: (preview) => preview.at }),
    dues: t.field({ type: [SlaDue], resolve: (preview) => preview.dues }),
  }),
});

const SetSlaPolicyInput = builder.inputType('SetSlaPolicyInput', {
  description: 'One of groupId and clientId, or none for the organisation.',
  fields: (t) => ({
    groupId: t.globalID({ for: [ClientGroup] }),
    clientId: t.globalID({ for: [Client] }),
    document: t.field({ type: SlaDocumentInput, required: true }),
    expectedVersion: t.int({ required: true, description: 'the version that was read; 0 where there was none' }),
    note: t.string({ description: 'why, for the history' }),
  }),
});

async function viewOf(tx: Tx, viewer: Viewer, subject: NamedSlaSubject): Promise<SlaView> {
  const rows = await slaHistory(tx, viewer.mspId, subject);
  const versions = rows.map((row, i) => ({ ...row, changes: slaChanges(rows[i + 1]?.document ?? {}, row.document) }));
  const { rules } = mergeSla(await slaOf(tx, viewer.mspId, subject));
  return { ...subject, versions, holds: rules };
}

builder.queryFields((t) => ({
  slaPolicy: t.field({
    type: SlaPolicy,
    description: 'One of groupId and clientId, or none for the organisation.',
    args: { groupId: t.arg.globalID({ for: [ClientGroup] }), clientId: t.arg.globalID({ for: [Client] }) },
    resolve: (_root, args, context) => {
      const viewer = viewerOf(context);
      permit(viewer, 'settings.write', true);
      return reading(context, async (tx) => viewOf(tx, viewer, await slaSubjectOf(tx, viewer, args)));
    },
  }),
  previewSla: t.field({
    type: SlaPreview,
    description: 'What would be due when, came it now, with a change. Changes nothing.',
    args: {
      groupId: t.arg.globalID({ for: [ClientGroup] }),
      clientId: t.arg.globalID({ for: [Client] }),
      document: t.arg({ type: SlaDocumentInput, required: true }),
    },
    resolve: (_root, { document, ...ids }, context) =>
      reading(context, (tx) =>
        previewSla(tx, viewerOf(context), { ...ids, document: spelledSla(document), at: Date.now() }),
      ),
  }),
}));

builder.mutationFields((t) => ({
  setSlaPolicy: t.field({
    type: SlaPolicy,
    errors: orUserError('SetSlaPolicyResult'),
    args: { input: t.arg({ type: SetSlaPolicyInput, required: true }) },
    resolve: (_root, { input }, context) =>
      reading(context, async (tx) => {
        const viewer = viewerOf(context);
        const { document, note, ...rest } = input;
        const change = { ...rest, document: spelledSla(document), note: note ?? '' };
        return viewOf(tx, viewer, await setSla(tx, viewer, change));
      }),
  }),
}));
