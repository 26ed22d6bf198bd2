import { remarksOf } from '@throughline/store/output-store';
import DataLoader from 'dataloader';
import { builder } from './builder.ts';
import { type Context, reading } from './context.ts';
import { Command } from './refs.ts';

/** One look for all commands of a request: a session's page asks for every command's remarks, and few have any. */
const loaders = new WeakMap<Context, DataLoader<string, string[]>>();

builder.objectField(Command, 'remarks', (t) =>
  t.stringList({
    description: 'what the runtime itself had to say while it ran, such as why it waits',
    resolve: (row, _args, context) => loaderOf(context).load(row.id),
  }),
);

function loaderOf(context: Context): DataLoader<string, string[]> {
  const known = loaders.get(context);
  if (known !== undefined) return known;
  const loader = new DataLoader<string, string[]>(
    async (ids) => {
      const found = await reading(context, (tx, scope) => remarksOf(tx, scope.mspId, ids));
      return ids.map((id) => found.get(id) ?? []);
    },
    // A subscription's context lives long, and remarks come later.
    { cache: false },
  );
  loaders.set(context, loader);
  return loader;
}
