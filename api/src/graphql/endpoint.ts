import { approverClasses } from '@throughline/domain/policy/rulings';
import { type EndpointRow, type RuntimeRow, endpointPage, runtimesOfEndpoint } from '@throughline/store/endpoint-store';
import { type OwnerAllows, type OwnerWord, lastOwnerWord } from '@throughline/store/owner-word-store';
import { lastUpdates } from '@throughline/store/endpoint-update-store';
import { policyOfEndpoint } from '@throughline/store/policy-store';
import { builder } from './builder.ts';
import { type Context, reading } from './context.ts';
import { EndpointUpdate } from './endpoint-update.ts';
import { Shell } from './enums.ts';
import { pageSize, textCursor, toConnection } from './page.ts';
import { Client, Endpoint, Session, SessionConnection } from './refs.ts';
import { Unattended } from './session.ts';
import { listSessions } from './session-list.ts';

const ShellOffer = builder.objectRef<NonNullable<EndpointRow['facts']>['shells'][number]>('ShellOffer').implement({
  fields: (t) => ({
    shell: t.field({ type: Shell, resolve: (offer) => offer.shell }),
    path: t.exposeString('path'),
    version: t.exposeString('version'),
  }),
});

const Runtime = builder.objectRef<RuntimeRow>('Runtime').implement({
  description: 'A runtime that an endpoint has or had.',
  fields: (t) => ({
    label: t.exposeString('label'),
    agentVersion: t.exposeString('agent_version'),
    enrolledAt: t.field({ type: 'DateTime', resolve: (row) => row.created_at }),
    cutOffAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.revoked_at }),
  }),
});

const OwnerAllowsType = builder.objectRef<OwnerAllows>('OwnerAllows').implement({
  description: 'What a computer’s owner lets run unattended, as the computer signed it.',
  fields: (t) => ({
    by: t.field({ type: Unattended, description: 'the rule that was asked about', resolve: (said) => said.by }),
    classes: t.exposeStringList('classes', { description: 'read_only, change, destructive, other_identity' }),
    fileHash: t.exposeString('fileHash', { description: 'SHA-256 of the owner’s file' }),
    since: t.field({
      type: 'DateTime',
      description: 'it said just this at every session since; by its own clock',
      resolve: (said) => said.since,
    }),
  }),
});
const OwnerWordType = builder.objectRef<OwnerWord>('OwnerWord').implement({
  description: 'What a computer last said of its owner’s policy file, when a session was to run unattended.',
  fields: (t) => ({
    sessionNumber: t.exposeInt('sessionNumber'),
    at: t.field({ type: 'DateTime', resolve: (word) => word.at }),
    allowed: t.field({
      type: OwnerAllowsType,
      nullable: true,
      description: 'null: nothing',
      resolve: (word) => word.allowed,
    }),
    refusedWhy: t.exposeString('refusedWhy', { nullable: true, description: 'in the computer’s words' }),
  }),
});

Endpoint.implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    client: t.field({ type: Client, resolve: (row) => row.client_id }),
    os: t.exposeString('os'),
    arch: t.exposeString('arch'),
    simulated: t.exposeBoolean('simulated'),
    online: t.exposeBoolean('online'),
    lastSeenAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.last_seen_at }),
    retiredAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.retired_at }),
    runtimeLabel: t.exposeString('runtime_label', { nullable: true }),
    runtimes: t.field({
      type: [Runtime],
      description: 'newest first; those of replaced machines are kept',
      resolve: (row, _args, context) => reading(context, (tx, scope) => runtimesOfEndpoint(tx, scope, row.id)),
    }),
    agentVersion: t.exposeString('agent_version', { nullable: true }),
    update: t.field({
      type: EndpointUpdate,
      nullable: true,
      description: 'the last update it was offered; null when none ever was',
      resolve: (row, _args, context) =>
        reading(context, async (tx, scope) => (await lastUpdates(tx, scope, [row.id])).get(row.id) ?? null),
    }),
    strong: t.boolean({
      description:
        'a policy demands strong mode here; whose passkeys the computer has pinned it says itself, in its facts',
      resolve: (row, _args, context) =>
        reading(context, async (tx, scope) => (await policyOfEndpoint(tx, scope.mspId, row.id)).strong !== null),
    }),
    approverClasses: t.stringList({
      description: 'the classes of commands that a policy has a named approver decide here',
      resolve: (row, _args, context) =>
        reading(context, async (tx, scope) => approverClasses(await policyOfEndpoint(tx, scope.mspId, row.id))),
    }),
    ownerWord: t.field({
      type: OwnerWordType,
      nullable: true,
      description: 'null: it was never asked whether something may run unattended; its file no server ever sees',
      resolve: (row, _args, context) => reading(context, (tx, scope) => lastOwnerWord(tx, scope, row.id)),
    }),
    clockSkewMs: t.exposeInt('clock_skew_ms', { nullable: true }),
    shells: t.field({
      type: [ShellOffer],
      resolve: async (row, _args, context) => (await factsOf(row, context))?.shells ?? [],
    }),
    facts: t.field({ type: 'JSON', nullable: true, resolve: (row, _args, context) => factsOf(row, context) }),
    openSession: t.field({ type: Session, nullable: true, resolve: (row) => row.open_session_id }),
    sessions: t.field({
      type: SessionConnection,
      args: { first: t.arg.int(), after: t.arg.string() },
      resolve: (row, args, context) => listSessions(context, { endpointId: row.id }, args),
    }),
    createdAt: t.field({ type: 'DateTime', resolve: (row) => row.created_at }),
  }),
});

/** An endpoint of the board comes without its facts: they are read where somebody asks for them there. */
async function factsOf(row: EndpointRow, context: Context): Promise<NonNullable<EndpointRow['facts']> | null> {
  if (row.facts !== undefined) return row.facts;
  // By the loader: a whole board's are one statement. It may hold the row without them.
  const whole = (await Endpoint.getDataloader(context).clear(row.id).load(row.id)) as EndpointRow | null;
  return whole?.facts ?? null;
}

const EndpointConnection = builder.connectionObject(
  { type: Endpoint, name: 'EndpointConnection', fields: (t) => ({ totalCount: t.int({ resolve: totalOf }) }) },
  { name: 'EndpointEdge' },
);

function totalOf(connection: object): number {
  return (connection as { totalCount: number }).totalCount;
}

builder.queryFields((t) => ({
  endpoints: t.field({
    type: EndpointConnection,
    args: {
      first: t.arg.int(),
      after: t.arg.string(),
      search: t.arg.string(),
      clientId: t.arg.globalID({ for: Client }),
      retired: t.arg.boolean(),
    },
    resolve: (_root, args, context) =>
      reading(context, async (tx, scope) => {
        const size = pageSize(args.first);
        const filter = {
          search: args.search ?? null,
          clientId: args.clientId?.id ?? null,
          retired: args.retired ?? false,
        };
        const page = await endpointPage(tx, scope, filter, afterName(args.after), size + 1);
        return {
          ...toConnection(page.rows, size, args.after != null, (row) => `${row.id} ${row.name}`),
          totalCount: page.total,
        };
      }),
  }),
  endpoint: t.field({
    type: Endpoint,
    nullable: true,
    args: { id: t.arg.globalID({ required: true, for: Endpoint }) },
    resolve: (_root, args) => args.id.id,
  }),
}));

function afterName(cursor: string | null | undefined): { id: string; name: string } | null {
  const text = textCursor(cursor);
  return text === null ? null : { id: text.slice(0, 36), name: text.slice(37) };
}
