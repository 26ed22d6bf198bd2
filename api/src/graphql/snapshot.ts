import type { Hidden } from '@throughline/domain/scrub/scrub';
import {
  DEFAULT_SNAPSHOT_EXPIRY,
  type SnapshotExpiry,
  type SnapshotState as State,
} from '@throughline/domain/snapshot';
import { sessionById } from '@throughline/store/session-store';
import {
  type SnapshotEditRow,
  type SnapshotRow,
  editsOf,
  snapshotState,
  snapshotToken,
  snapshotsByIds,
  snapshotsOf,
} from '@throughline/store/snapshot-store';
import type { Scope, Tx } from '@throughline/store/tenant';
import { usersByIds } from '@throughline/store/user-store';
import { type Review, reviewOf, reviewSource } from '../snapshots/review.ts';
import * as snapshots from '../snapshots/snapshot.ts';
import { builder } from './builder.ts';
import { type Context, inOrder, onlyUuids, reading, viewerOf } from './context.ts';
import { Session } from './refs.ts';
import { orUserError } from './user-error.ts';

/* Scrubbed copies of a session's record, for whoever has their link. Before a person has confirmed the copy there is no link. */

const SnapshotState = builder.enumType('SnapshotState', {
  values: {
    DRAFT: { value: 'draft' satisfies State },
    PUBLISHED: { value: 'published' satisfies State },
    EXPIRED: { value: 'expired' satisfies State },
    REVOKED: { value: 'revoked' satisfies State },
  } as const,
});
const SnapshotExpiryEnum = builder.enumType('SnapshotExpiry', {
  values: {
    HOUR: { value: 'hour' satisfies SnapshotExpiry },
    DAY: { value: 'day' satisfies SnapshotExpiry },
    WEEK: { value: 'week' satisfies SnapshotExpiry },
    MONTH: { value: 'month' satisfies SnapshotExpiry },
  } as const,
});

const SnapshotMark = builder.objectRef<Hidden>('SnapshotMark').implement({
  description: 'Something that is hidden, and under which mark.',
  fields: (t) => ({
    mark: t.exposeString('mark'),
    kind: t.exposeString('kind'),
    value: t.string({
      nullable: true,
      description: 'What lies under it; null for a secret.',
      resolve: ({ kind, value }) => (kind === 'secret' ? null : value),
    }),
    places: t.exposeInt('places', { description: 'In how many places it stands.' }),
  }),
});

const SnapshotReview = builder.objectRef<Review>('SnapshotReview').implement({
  description: 'The copy as it would be published now, and what it hides.',
  fields: (t) => ({
    hash: t.exposeString('hash', { description: 'Of this very copy: whoever confirms names it.' }),
    rules: t.exposeInt('rules', { description: 'Version of the rules that scrubbed it.' }),
    places: t.exposeInt('places', { description: 'In how many places something is hidden.' }),
    marks: t.field({ type: [SnapshotMark], resolve: ({ hidden }) => hidden }),
    document: t.string({
      description: 'JSON (domain/src/snapshot.ts).',
      resolve: ({ document }) => JSON.stringify(document),
    }),
  }),
});

const SnapshotEdit = builder.objectRef<SnapshotEditRow & { by: string }>('SnapshotEdit').implement({
  fields: (t) => ({
    action: t.exposeString('action', { description: 'hide, show or undo' }),
    value: t.string({
      description: 'Empty once the snapshot is out: what it hides is kept nowhere beside it.',
      resolve: ({ value }) => value ?? '',
    }),
    by: t.exposeString('by'),
    at: t.field({ type: 'DateTime', resolve: (row) => row.edited_at }),
  }),
});

const Snapshot = builder.loadableNodeRef('Snapshot', {
  id: { resolve: (row: SnapshotRow) => row.id },
  load: async (ids: string[], context) =>
    inOrder(ids, await reading(context, (tx, scope) => snapshotsByIds(tx, scope, onlyUuids(ids)))),
});
Snapshot.implement({
  description: 'A scrubbed copy of a session’s record as it stood at one moment.',
  fields: (t) => ({
    state: t.field({ type: SnapshotState, resolve: snapshotState }),
    throughSeq: t.exposeInt('through_seq', { description: 'The last entry of the record that is in it.' }),
    createdAt: t.field({ type: 'DateTime', resolve: (row) => row.created_at }),
    createdBy: t.string({ resolve: (row, _args, context) => nameOf(context, row.created_by) }),
    publishedBy: t.string({
      nullable: true,
      description: 'Who confirmed the copy: not always who began it.',
      resolve: (row, _args, context) => (row.published_by === null ? null : nameOf(context, row.published_by)),
    }),
    publishedAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.published_at }),
    expiresAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.expires_at }),
    revokedAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.revoked_at }),
    views: t.exposeInt('views', { description: 'How often the copy was opened by its link.' }),
    lastViewAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.last_view_at }),
    url: t.string({
      nullable: true,
      description: 'Its link, while it works, for whoever may share the session.',
      resolve: async (row, _args, context) => {
        if (snapshotState(row) !== 'published') return null;
        if (!(await reading(context, (tx, scope) => mayShare(context, tx, scope, row)))) return null;
        const { seal, publicUrl } = context.deps;
        return new URL(`/snapshots/${snapshotToken(seal, row.id)}`, publicUrl).href;
      },
    }),
    edits: t.field({
      type: [SnapshotEdit],
      description: 'What reviewers hid, showed again or took back, in that order.',
      resolve: (row, _args, context) =>
        reading(context, async (tx, scope) => {
          if (!(await mayShare(context, tx, scope, row))) return [];
          const edits = await editsOf(tx, scope.mspId, row.id);
          const people = await usersByIds(tx, scope.mspId, [...new Set(edits.map((edit) => edit.edited_by))]);
          const names = new Map(people.map(({ id, name }) => [id, name]));
          return edits.map((edit) => ({ ...edit, by: names.get(edit.edited_by) ?? '' }));
        }),
    }),
    review: t.field({
      type: SnapshotReview,
      nullable: true,
      description: 'Of a draft, for whoever may share the session. It is made anew each time.',
      complexity: 500,
      resolve: async (row, _args, context) => {
        if (snapshotState(row) !== 'draft') return null;
        const source = await reading(context, async (tx, scope) =>
          (await mayShare(context, tx, scope, row)) ? reviewSource(tx, scope, row) : null,
        );
        const asker = { mspId: viewerOf(context).mspId, gone: context.gone };
        return source === null ? null : reviewOf(context.deps.scrubber, asker, source);
      },
    }),
    canRevoke: t.boolean({
      description: 'Whoever may share the session, whoever published it, and an admin; while its link works.',
      resolve: (row, _args, context) =>
        reading(context, async (tx, scope) => {
          const session = await sessionById(tx, scope, row.session_id);
          return (
            snapshotState(row) === 'published' &&
            session !== null &&
            snapshots.mayRevoke(viewerOf(context), session, row)
          );
        }),
    }),
    session: t.field({ type: Session, resolve: (row) => row.session_id }),
  }),
});

/** A program is told no link, and reviews nothing: what leaves the organisation, a person looks through. */
async function mayShare(context: Context, tx: Tx, scope: Scope, row: SnapshotRow): Promise<boolean> {
  const viewer = viewerOf(context);
  if (viewer.scopes !== null) return false;
  const session = await sessionById(tx, scope, row.session_id);
  return session !== null && snapshots.mayShare(viewer, session);
}

const nameOf = (context: Context, userId: string): Promise<string> =>
  reading(context, async (tx, scope) => (await usersByIds(tx, scope.mspId, [userId]))[0]?.name ?? '');

builder.objectField(Session, 'snapshots', (t) =>
  t.field({
    type: [Snapshot],
    description: 'newest first',
    resolve: (row, _args, context) => reading(context, (tx, scope) => snapshotsOf(tx, scope, row.id)),
  }),
);

builder.queryFields((t) => ({
  snapshot: t.field({
    type: Snapshot,
    nullable: true,
    args: { id: t.arg.globalID({ required: true, for: Snapshot }) },
    resolve: (_root, { id }) => id.id,
  }),
}));

const CreateSnapshotInput = builder.inputType('CreateSnapshotInput', {
  fields: (t) => ({ sessionId: t.globalID({ required: true, for: [Session] }) }),
});
const HideInSnapshotInput = builder.inputType('HideInSnapshotInput', {
  fields: (t) => ({
    snapshotId: t.globalID({ required: true, for: [Snapshot] }),
    value: t.string({ required: true, description: 'As it stands in the copy; hidden wherever it does.' }),
  }),
});
const ShowInSnapshotInput = builder.inputType('ShowInSnapshotInput', {
  fields: (t) => ({
    snapshotId: t.globalID({ required: true, for: [Snapshot] }),
    value: t.string({ required: true, description: 'What lies under a mark. A secret is never shown.' }),
  }),
});
const UndoSnapshotEditInput = builder.inputType('UndoSnapshotEditInput', {
  fields: (t) => ({
    snapshotId: t.globalID({ required: true, for: [Snapshot] }),
    value: t.string({ required: true, description: 'What the edit is of.' }),
  }),
});
const ConfirmSnapshotInput = builder.inputType('ConfirmSnapshotInput', {
  fields: (t) => ({
    snapshotId: t.globalID({ required: true, for: [Snapshot] }),
    hash: t.string({ required: true, description: 'The review’s, of the copy that was looked at.' }),
    expiry: t.field({ type: SnapshotExpiryEnum, description: 'Left out: WEEK.' }),
  }),
});
const RevokeSnapshotInput = builder.inputType('RevokeSnapshotInput', {
  fields: (t) => ({ snapshotId: t.globalID({ required: true, for: [Snapshot] }) }),
});
const DiscardSnapshotInput = builder.inputType('DiscardSnapshotInput', {
  fields: (t) => ({ snapshotId: t.globalID({ required: true, for: [Snapshot] }) }),
});

builder.mutationFields((t) => ({
  createSnapshot: t.field({
    type: Snapshot,
    description: 'Begins a draft of the record as it stands now. It has no link.',
    errors: orUserError('CreateSnapshotResult'),
    args: { input: t.arg({ type: CreateSnapshotInput, required: true }) },
    resolve: (_root, { input }, context) =>
      snapshots.createSnapshot(context.deps, viewerOf(context), input.sessionId.id),
  }),
  hideInSnapshot: t.field({
    type: Snapshot,
    errors: orUserError('HideInSnapshotResult'),
    args: { input: t.arg({ type: HideInSnapshotInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await snapshots.editSnapshot(context.deps, viewerOf(context), input.snapshotId.id, 'hide', input.value);
      return input.snapshotId.id;
    },
  }),
  showInSnapshot: t.field({
    type: Snapshot,
    errors: orUserError('ShowInSnapshotResult'),
    args: { input: t.arg({ type: ShowInSnapshotInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await snapshots.editSnapshot(context.deps, viewerOf(context), input.snapshotId.id, 'show', input.value);
      return input.snapshotId.id;
    },
  }),
  undoSnapshotEdit: t.field({
    type: Snapshot,
    description: 'Takes the latest hiding or showing of a value back: what was there before it is there again.',
    errors: orUserError('UndoSnapshotEditResult'),
    args: { input: t.arg({ type: UndoSnapshotEditInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await snapshots.editSnapshot(context.deps, viewerOf(context), input.snapshotId.id, 'undo', input.value);
      return input.snapshotId.id;
    },
  }),
  confirmSnapshot: t.field({
    type: Snapshot,
    description: 'Publishes the copy that was looked at, by a link that whoever has it can open until it expires.',
    errors: orUserError('ConfirmSnapshotResult'),
    args: { input: t.arg({ type: ConfirmSnapshotInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const snapshotId = input.snapshotId.id;
      const expiry = input.expiry ?? DEFAULT_SNAPSHOT_EXPIRY;
      await snapshots.confirmSnapshot(context.deps, viewerOf(context), { snapshotId, hash: input.hash, expiry });
      return snapshotId;
    },
  }),
  revokeSnapshot: t.field({
    type: Snapshot,
    description: 'Ends its link at once. The copy’s content is deleted; how often it was seen is kept.',
    errors: orUserError('RevokeSnapshotResult'),
    args: { input: t.arg({ type: RevokeSnapshotInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await snapshots.revokeSnapshot(context.deps, viewerOf(context), input.snapshotId.id);
      return input.snapshotId.id;
    },
  }),
  discardSnapshot: t.field({
    type: Session,
    description: 'Throws a draft away.',
    errors: orUserError('DiscardSnapshotResult'),
    args: { input: t.arg({ type: DiscardSnapshotInput, required: true }) },
    resolve: (_root, { input }, context) =>
      snapshots.discardSnapshot(context.deps, viewerOf(context), input.snapshotId.id),
  }),
}));
