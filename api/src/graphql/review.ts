import { DomainError, notFound } from '@throughline/domain/errors';
import { MARKS, REVIEW_RESULTS } from '@throughline/domain/quality-review';
import { audit } from '@throughline/store/audit-store';
import {
  type ChecklistRow,
  type ReviewRow,
  checklists,
  createChecklist,
  retireChecklist,
  reviewsOf,
} from '@throughline/store/review-store';
import { z } from 'zod';
import { reviewSession } from '../sessions/review.ts';
import { permit } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { type Context, reading, viewerOf } from './context.ts';
import { Session, User } from './refs.ts';
import { orUserError } from './user-error.ts';

/* Quality review: the organisation's checklists, and sessions held against them. */

const ReviewMark = builder.enumType('ReviewMark', { values: MARKS });
export const ReviewOutcome = builder.enumType('ReviewOutcome', { values: REVIEW_RESULTS });

const Checklist = builder.objectRef<ChecklistRow>('Checklist').implement({
  fields: (t) => ({ name: t.exposeString('name'), items: t.exposeStringList('items') }),
});
const Checklists = builder.objectRef<{ checklists: ChecklistRow[] }>('Checklists').implement({
  fields: (t) => ({ checklists: t.field({ type: [Checklist], resolve: (all) => all.checklists }) }),
});
const QualityReview = builder.objectRef<ReviewRow>('QualityReview').implement({
  description: 'A session held against a checklist. The record has the items and the note, in entry entrySeq.',
  fields: (t) => ({
    checklist: t.exposeString('checklist'),
    result: t.field({ type: ReviewOutcome, resolve: (row) => row.result }),
    entrySeq: t.exposeInt('entry_seq'),
    reviewer: t.field({ type: User, resolve: (row) => row.reviewed_by }),
    at: t.field({ type: 'DateTime', resolve: (row) => row.reviewed_at }),
  }),
});
builder.objectField(Session, 'reviews', (t) =>
  t.field({
    type: [QualityReview],
    description: 'newest first',
    resolve: (row, _args, context) => reading(context, (tx, scope) => reviewsOf(tx, scope, row.id)),
  }),
);

const ReviewMarkInput = builder.inputType('ReviewMarkInput', {
  fields: (t) => ({
    mark: t.field({ type: ReviewMark, required: true }),
    entry: t.int({ description: 'The entry of the record that shows it. Needed for what is met.' }),
  }),
});
const ReviewSessionInput = builder.inputType('ReviewSessionInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    checklist: t.string({ required: true, description: 'Its name.' }),
    marks: t.field({ type: [ReviewMarkInput], required: true, description: 'One for each item, in its order.' }),
    result: t.field({ type: ReviewOutcome, required: true }),
    note: t.string({ required: true }),
    idempotencyKey: t.string(),
  }),
});
const CreateChecklistInput = builder.inputType('CreateChecklistInput', {
  fields: (t) => ({ name: t.string({ required: true }), items: t.stringList({ required: true }) }),
});
const RetireChecklistInput = builder.inputType('RetireChecklistInput', {
  fields: (t) => ({ name: t.string({ required: true }) }),
});
const zChecklist = z.object({
  name: z.string().trim().min(1).max(200),
  items: z.array(z.string().trim().min(1).max(500)).min(1).max(50),
});

const all = (context: Context) => reading(context, (tx, scope) => checklists(tx, scope.mspId));

builder.queryFields((t) => ({
  checklists: t.field({ type: [Checklist], resolve: (_root, _args, context) => all(context) }),
}));

builder.mutationFields((t) => ({
  reviewSession: t.field({
    type: Session,
    description: 'Records how a completed session did against a checklist; its technician is told.',
    errors: orUserError('ReviewSessionResult'),
    args: { input: t.arg({ type: ReviewSessionInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await reviewSession(context.deps, viewerOf(context), {
        sessionId: input.sessionId.id,
        checklist: input.checklist,
        marks: input.marks.map(({ mark, entry }) => ({ mark, entry: entry ?? null })),
        result: input.result,
        note: input.note,
        idempotencyKey: input.idempotencyKey ?? null,
      });
      return input.sessionId.id;
    },
  }),
  createChecklist: t.field({
    type: Checklists,
    errors: orUserError('CreateChecklistResult'),
    args: { input: t.arg({ type: CreateChecklistInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const viewer = viewerOf(context);
      permit(viewer, 'settings.write', true);
      const list = zChecklist.safeParse(input);
      if (!list.success)
        throw new DomainError(
          'INVALID_INPUT',
          'A checklist needs a name of 1 to 200 characters, and 1 to 50 items of up to 500 characters.',
        );
      await reading(context, async (tx) => {
        await createChecklist(tx, viewer.mspId, list.data.name, list.data.items);
        await audit(tx, viewer.mspId, viewer.email, 'checklist.created', list.data.name, { items: list.data.items });
      });
      return { checklists: await all(context) };
    },
  }),
  retireChecklist: t.field({
    type: Checklists,
    description: 'Takes a checklist out of use. What was reviewed by it stays.',
    errors: orUserError('RetireChecklistResult'),
    args: { input: t.arg({ type: RetireChecklistInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const viewer = viewerOf(context);
      permit(viewer, 'settings.write', true);
      await reading(context, async (tx) => {
        if (!(await retireChecklist(tx, viewer.mspId, input.name))) throw notFound('Checklist');
        await audit(tx, viewer.mspId, viewer.email, 'checklist.retired', input.name);
      });
      return { checklists: await all(context) };
    },
  }),
}));
