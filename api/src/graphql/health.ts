import { searchLag } from '@throughline/store/search/search-queue';
import { type HealthPart as Part, checkHealth } from '../health.ts';
import { builder } from './builder.ts';
import { reading } from './context.ts';

const HealthPart = builder.objectRef<Part>('HealthPart').implement({
  fields: (t) => ({ name: t.exposeString('name'), ok: t.exposeBoolean('ok'), detail: t.exposeString('detail') }),
});

interface HealthView {
  ok: boolean;
  parts: Part[];
  searchBackend: string;
  version: string;
}

const Health = builder.objectRef<HealthView>('Health').implement({
  fields: (t) => ({
    ok: t.exposeBoolean('ok'),
    parts: t.field({ type: [HealthPart], resolve: (health) => health.parts }),
    searchBackend: t.exposeString('searchBackend'),
    searchLag: t.int({
      resolve: (_health, _args, context) => reading(context, (tx, scope) => searchLag(tx, scope.mspId)),
    }),
    version: t.exposeString('version'),
  }),
});

builder.queryFields((t) => ({
  health: t.field({ type: Health, resolve: (_root, _args, context) => checkHealth(context.deps) }),
}));
