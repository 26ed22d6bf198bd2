import { type FlagRow, flagState, flagsOf, openFlagCount, openFlags } from '@throughline/store/flag-store';
import * as flags from '../sessions/flag.ts';
import { permit } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { reading, viewerOf } from './context.ts';
import { FlagState, FlagVerdict } from './enums.ts';
import { pageSize, placeCursor, toConnection } from './page.ts';
import { Flag, Session, User } from './refs.ts';
import { orUserError } from './user-error.ts';

/* Flags: a technician asks a senior to look at a session, and the seniors' queue of what was asked. */

const FlagReview = builder.objectRef<FlagRow>('FlagReview').implement({
  description: 'The latest word on a flag; the record has those before.',
  fields: (t) => ({
    verdict: t.field({ type: FlagVerdict, resolve: (row) => row.verdict ?? 'redirect' }),
    note: t.string({ resolve: (row) => row.review_note ?? '' }),
    by: t.field({ type: User, nullable: true, resolve: (row) => row.reviewed_by }),
    at: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.reviewed_at }),
    entrySeq: t.int({ nullable: true, resolve: (row) => row.review_seq }),
  }),
});

Flag.implement({
  description: 'A session that somebody asks a senior to look at.',
  fields: (t) => ({
    note: t.exposeString('note', { description: 'Word for word as it was written.' }),
    by: t.field({ type: User, resolve: (row) => row.flagged_by }),
    at: t.field({ type: 'DateTime', resolve: (row) => row.flagged_at }),
    entrySeq: t.exposeInt('entry_seq', { description: 'The entry of the record that says so.' }),
    session: t.field({ type: Session, resolve: (row) => row.session_id }),
    state: t.field({ type: FlagState, resolve: flagState }),
    seenBy: t.field({
      type: [User],
      description: 'Who of those that review flags opened it, in that order.',
      resolve: (row) => row.seen_by,
    }),
    seenByMe: t.boolean({ resolve: (row, _args, context) => row.seen_by.includes(viewerOf(context).userId) }),
    reviewCount: t.exposeInt('reviews', { description: 'How often it was reviewed: who reviews names what they saw.' }),
    review: t.field({ type: FlagReview, nullable: true, resolve: (row) => (row.verdict === null ? null : row) }),
    canReview: t.boolean({
      description: 'Confirm or redirect it. Nobody reviews their own.',
      resolve: (row, _args, context) => flags.mayReviewFlag(viewerOf(context), row),
    }),
  }),
});

builder.objectField(Session, 'flags', (t) =>
  t.field({
    type: [Flag],
    description: 'All of them, oldest first; the closed ones too.',
    resolve: (row, _args, context) => reading(context, (tx, scope) => flagsOf(tx, scope, row.id)),
  }),
);

const FlagConnection = builder.connectionObject(
  {
    type: Flag,
    name: 'FlagConnection',
    fields: (t) => ({
      totalCount: t.int({ resolve: (page) => (page as unknown as { totalCount(): Promise<number> }).totalCount() }),
    }),
  },
  { name: 'FlagEdge' },
);

builder.queryFields((t) => ({
  reviewQueue: t.field({
    type: FlagConnection,
    description: 'Open flags of the clients in sight, the longest waiting first.',
    args: { first: t.arg.int(), after: t.arg.string() },
    resolve: async (_root, args, context) => {
      permit(viewerOf(context), 'flag.queue', false);
      const size = pageSize(args.first);
      const after = placeCursor(args.after);
      const rows = size === 0 ? [] : await reading(context, (tx, scope) => openFlags(tx, scope, after, size + 1));
      return {
        ...toConnection(rows, size, after !== null, (row) => `${row.flagged_at.toISOString()} ${row.id}`),
        totalCount: () => reading(context, openFlagCount),
      };
    },
  }),
}));

const FlagSessionInput = builder.inputType('FlagSessionInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    note: t.string({ required: true, description: '1 to 4,000 characters, kept word for word.' }),
    idempotencyKey: t.string(),
  }),
});
const ReviewFlagInput = builder.inputType('ReviewFlagInput', {
  fields: (t) => ({
    flagId: t.globalID({ required: true, for: [Flag] }),
    verdict: t.field({ type: FlagVerdict, required: true }),
    note: t.string({ description: 'Needed to redirect.' }),
    seenReviewCount: t.int({ description: 'The reviewCount you saw: refused where somebody reviewed it since.' }),
  }),
});
const MarkFlagsSeenInput = builder.inputType('MarkFlagsSeenInput', {
  fields: (t) => ({ sessionId: t.globalID({ required: true, for: [Session] }) }),
});

builder.mutationFields((t) => ({
  flagSession: t.field({
    type: Flag,
    description: 'Asks a senior to look, during the session or after it. A second flag stands beside the first.',
    errors: orUserError('FlagSessionResult'),
    args: { input: t.arg({ type: FlagSessionInput, required: true }) },
    resolve: (_root, { input }, context) =>
      flags.flagSession(context.deps, viewerOf(context), {
        sessionId: input.sessionId.id,
        note: input.note,
        idempotencyKey: input.idempotencyKey ?? null,
      }),
  }),
  reviewFlag: t.field({
    type: Flag,
    description: 'Confirms a flag, which closes it, or redirects it; whoever raised it is told.',
    errors: orUserError('ReviewFlagResult'),
    args: { input: t.arg({ type: ReviewFlagInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await flags.reviewFlag(context.deps, viewerOf(context), {
        flagId: input.flagId.id,
        verdict: input.verdict,
        note: input.note ?? '',
        seenReviews: input.seenReviewCount ?? null,
      });
      return input.flagId.id;
    },
  }),
  markFlagsSeen: t.field({
    type: Session,
    description: 'You opened a flagged session: its open flags count as seen, and stay open.',
    errors: orUserError('MarkFlagsSeenResult'),
    args: { input: t.arg({ type: MarkFlagsSeenInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await flags.markFlagsSeen(context.deps, viewerOf(context), input.sessionId.id);
      return input.sessionId.id;
    },
  }),
}));
