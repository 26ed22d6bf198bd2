import type { Actor as ActorValue } from '@throughline/domain/actor';
import type { TranscriptEntry } from '@throughline/domain/entry';
import { entriesAfter } from '@throughline/store/record-store';
import { builder } from './builder.ts';
import { onlyUuids, reading } from './context.ts';

export type SessionEntry = TranscriptEntry & { sessionId: string };

const Actor = builder.objectRef<ActorValue>('Actor').implement({
  fields: (t) => ({
    kind: t.exposeString('kind'),
    name: t.string({ resolve: nameOf }),
    email: t.string({ nullable: true, resolve: (actor) => (actor.kind === 'user' ? actor.email : null) }),
    role: t.string({ nullable: true, resolve: (actor) => (actor.kind === 'user' ? actor.role : null) }),
    account: t.string({ nullable: true, resolve: (actor) => (actor.kind === 'end_user' ? actor.account : null) }),
  }),
});

function nameOf(actor: ActorValue): string {
  switch (actor.kind) {
    case 'user':
    case 'psa':
      return actor.name;
    case 'end_user':
      return actor.account;
    case 'endpoint':
      return 'endpoint';
    case 'system':
      return 'Throughline';
  }
}

export const Entry = builder.objectRef<SessionEntry>('Entry');
builder.node(Entry, {
  id: { resolve: (entry) => `${entry.sessionId}.${entry.seq}` },
  description: 'One immutable line of the record. `payload` is the shape of its kind (domain/src/entry.ts).',
  loadOne: async (id, context) => {
    const [sessionId = '', seq = ''] = id.split('.');
    if (onlyUuids([sessionId]).length === 0 || !/^\d{1,9}$/.test(seq)) return null;
    const [entry] = await reading(context, (tx, scope) => entriesAfter(tx, scope, sessionId, Number(seq) - 1, 1));
    return entry === undefined ? null : ({ ...entry, sessionId } as SessionEntry);
  },
  fields: (t) => ({
    seq: t.exposeInt('seq'),
    kind: t.exposeString('kind'),
    at: t.field({ type: 'DateTime', resolve: (entry) => entry.at }),
    actor: t.field({ type: Actor, resolve: (entry) => entry.actor }),
    origin: t.exposeString('origin'),
    payload: t.field({ type: 'JSON', resolve: (entry) => entry.payload }),
    hash: t.exposeString('hash'),
  }),
});

export const EntryConnection = builder.connectionObject(
  { type: Entry, name: 'EntryConnection' },
  { name: 'EntryEdge' },
);
