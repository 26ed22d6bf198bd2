import { DomainError, notFound } from '@throughline/domain/errors';
import { type SavedViewRow, dropView, saveView, savedViews } from '@throughline/store/saved-view-store';
import { z } from 'zod';
import { builder } from './builder.ts';
import { type Context, reading, viewerOf } from './context.ts';
import { orUserError } from './user-error.ts';

/* A person's own views of the board. What is kept is the address's query: a view shows what its link would. */

const zView = z.object({
  name: z.string().trim().min(1).max(80),
  /** Only the board's own fields, in the spelling of an address. */
  query: z
    .string()
    .max(2000)
    .regex(/^((group|device|pending|technician|priority|sla|q|hide|view)=[^&#?]*(&|$))*$/),
});

const SavedView = builder.objectRef<SavedViewRow>('SavedView').implement({
  fields: (t) => ({ name: t.exposeString('name'), query: t.exposeString('query') }),
});
const SavedViews = builder.objectRef<{ views: SavedViewRow[] }>('SavedViews').implement({
  fields: (t) => ({ views: t.field({ type: [SavedView], resolve: (all) => all.views }) }),
});
const SaveViewInput = builder.inputType('SaveViewInput', {
  fields: (t) => ({
    name: t.string({ required: true, description: 'The same name again replaces the earlier view.' }),
    query: t.string({ required: true, description: 'What stands in the board’s address behind the question mark.' }),
  }),
});
const DropViewInput = builder.inputType('DropViewInput', {
  fields: (t) => ({ name: t.string({ required: true }) }),
});

const mine = (context: Context): Promise<SavedViewRow[]> => {
  const { mspId, userId } = viewerOf(context);
  return reading(context, (tx) => savedViews(tx, mspId, userId));
};

builder.queryFields((t) => ({
  savedViews: t.field({ type: [SavedView], resolve: (_root, _args, context) => mine(context) }),
}));

builder.mutationFields((t) => ({
  saveView: t.field({
    type: SavedViews,
    errors: orUserError('SaveViewResult'),
    args: { input: t.arg({ type: SaveViewInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const view = zView.safeParse(input);
      if (!view.success)
        throw new DomainError(
          'INVALID_INPUT',
          'A view needs a name of 1 to 80 characters, and holds the board’s own filters only.',
        );
      const { mspId, userId } = viewerOf(context);
      await reading(context, (tx) => saveView(tx, mspId, userId, view.data.name, view.data.query));
      return { views: await mine(context) };
    },
  }),
  dropView: t.field({
    type: SavedViews,
    errors: orUserError('DropViewResult'),
    args: { input: t.arg({ type: DropViewInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { mspId, userId } = viewerOf(context);
      if (!(await reading(context, (tx) => dropView(tx, mspId, userId, input.name)))) throw notFound('View');
      return { views: await mine(context) };
    },
  }),
}));
