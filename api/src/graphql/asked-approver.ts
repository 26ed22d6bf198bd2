import { asksApprover } from '@throughline/domain/policy/strong-rule';
import { type AskedApprover as AskedRow, askedApprovers } from '@throughline/store/asked-approver-store';
import DataLoader from 'dataloader';
import { builder } from './builder.ts';
import { type Context, reading, viewerOf } from './context.ts';
import { ApprovalRequest } from './refs.ts';

const AskedApprover = builder.objectRef<AskedRow>('AskedApprover').implement({
  description: 'A named approver who could answer a request, and how they are reached. Empty text: not known.',
  fields: (t) => ({
    id: t.globalID({ resolve: ({ id }) => ({ id, type: 'Approver' }) }),
    name: t.exposeString('name'),
    email: t.exposeString('email'),
    phone: t.exposeString('phone'),
  }),
});

builder.objectField(ApprovalRequest, 'approvers', (t) =>
  t.field({
    type: [AskedApprover],
    description:
      'who of the client could answer with a passkey; none where the person at the device is asked, and none once nothing waits any more',
    resolve: (row, _args, context) =>
      row.state === 'waiting' && asksApprover(row.rule) ? loaderOf(context).load(row.id) : [],
  }),
);

/** One look for all requests of a board. */
const loaders = new WeakMap<Context, DataLoader<string, AskedRow[]>>();

function loaderOf(context: Context): DataLoader<string, AskedRow[]> {
  const known = loaders.get(context);
  if (known !== undefined) return known;
  const { mspId } = viewerOf(context);
  const loader = new DataLoader<string, AskedRow[]>(
    async (ids) => {
      const found = await reading(context, (tx) => askedApprovers(tx, mspId, ids));
      return ids.map((id) => found.get(id) ?? []);
    },
    // A subscription's context lives long, and approvers come and go.
    { cache: false },
  );
  loaders.set(context, loader);
  return loader;
}
