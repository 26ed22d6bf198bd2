import { DomainError, notFound } from '@throughline/domain/errors';
import { isUuid } from '@throughline/domain/ids';
import { ANNOUNCED_KINDS } from '@throughline/domain/notification-kind';
import { WEBHOOK_FORMATS } from '@throughline/domain/webhook-body';
import { audit } from '@throughline/store/audit-store';
import { clientsByIds, groupsByIds } from '@throughline/store/client-store';
import { outboundUrlFault } from '@throughline/store/outbound-address';
import {
  type OutboundWebhookRow,
  type WebhookPlaces,
  createOutboundWebhook,
  enableOutboundWebhook,
  outboundWebhooks,
  queueTest,
  retireOutboundWebhook,
} from '@throughline/store/outbound-store';
import type { Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import { permit, scopeOf } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { type Context, onlyUuids, reading, viewerOf } from './context.ts';
import { NotificationKind } from './enums.ts';
import { Client, ClientGroup, User } from './refs.ts';
import { orUserError } from './user-error.ts';

/** More than an organisation has other services for; each costs a message an event. */
const AT_MOST = 20;

const WebhookFormat = builder.enumType('WebhookFormat', { values: WEBHOOK_FORMATS });

/** A webhook can be told of every client's sessions: only people who see every client may have to do with it. */
export function permitted(context: Context): Viewer {
  const viewer = viewerOf(context);
  permit(viewer, 'settings.write', true);
  if (viewer.clients !== '*')
    throw new DomainError(
      'FORBIDDEN',
      'A webhook can be told of every client, so only people who see all clients may set one up.',
    );
  return viewer;
}

export const OutboundWebhook = builder.objectRef<OutboundWebhookRow>('OutboundWebhook');
builder.node(OutboundWebhook, {
  id: { resolve: (row) => row.id },
  loadOne: async (id, context) => {
    const { mspId } = permitted(context);
    return (await reading(context, (tx) => outboundWebhooks(tx, mspId))).find((row) => row.id === id) ?? null;
  },
  fields: (t) => ({
    name: t.exposeString('name'),
    host: t.exposeString('host', {
      description: 'Where it leads. The whole address is kept sealed: it may be a secret.',
    }),
    format: t.field({ type: WebhookFormat, resolve: (row) => row.format }),
    kinds: t.field({ type: [NotificationKind], resolve: (row) => row.kinds }),
    createdAt: t.field({ type: 'DateTime', resolve: (row) => row.created_at }),
    lastAt: t.field({ type: 'DateTime', nullable: true, description: 'the newest try', resolve: (row) => row.last_at }),
    lastOk: t.exposeBoolean('last_ok', { nullable: true }),
    lastWords: t.exposeString('last_words', { description: 'how the newest try ended; empty before the first' }),
    waiting: t.exposeInt('waiting', { description: 'messages not delivered yet' }),
    disabledAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'when it was paused, or switched off because nothing got through',
      resolve: (row) => row.disabled_at,
    }),
    pausedBy: t.field({
      type: User,
      nullable: true,
      description: 'null beside a `disabledAt`: nothing got through',
      resolve: (row) => row.paused_by,
    }),
    allClients: t.boolean({
      description: 'false: it hears of `groups` and `clients` only',
      resolve: (row) => !row.limited,
    }),
    groups: t.field({
      type: [ClientGroup],
      description: 'a group stands for the clients that are in it when something happens',
      resolve: (row) => row.group_ids,
    }),
    clients: t.field({ type: [Client], resolve: (row) => row.client_ids }),
  }),
});

const CreatedOutboundWebhook = builder
  .objectRef<{ secret: string; row: OutboundWebhookRow }>('CreatedOutboundWebhook')
  .implement({
    fields: (t) => ({
      secret: t.exposeString('secret', {
        description: 'Shown this once: with it the receiver checks each message, by Standard Webhooks.',
      }),
      webhook: t.field({ type: OutboundWebhook, resolve: ({ row }) => row }),
    }),
  });

const OutboundWebhookId = (name: string) =>
  builder.inputType(name, {
    fields: (t) => ({ webhookId: t.globalID({ required: true, for: [OutboundWebhook] }) }),
  });
const CreateOutboundWebhookInput = builder.inputType('CreateOutboundWebhookInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    url: t.string({ required: true, description: 'https, and not in a private network' }),
    format: t.field({ type: WebhookFormat, required: true }),
    kinds: t.field({ type: [NotificationKind], required: true }),
    groupIds: t.globalIDList({ for: [ClientGroup], description: 'Omit with `clientIds` for all clients.' }),
    clientIds: t.globalIDList({ for: [Client] }),
  }),
});
const TestOutboundWebhookInput = OutboundWebhookId('TestOutboundWebhookInput');
const EnableOutboundWebhookInput = OutboundWebhookId('EnableOutboundWebhookInput');
const RetireOutboundWebhookInput = OutboundWebhookId('RetireOutboundWebhookInput');

/** Errors: NOT_FOUND. */
export async function found(tx: Tx, mspId: string, id: string): Promise<OutboundWebhookRow> {
  const row = isUuid(id) ? (await outboundWebhooks(tx, mspId)).find((each) => each.id === id) : undefined;
  if (row === undefined) throw notFound('Webhook');
  return row;
}

/* What both making and changing one look at. Errors: INVALID_INPUT. */

export function nameOf(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > 80 || name.includes('\0'))
    throw new DomainError('INVALID_INPUT', 'A webhook needs a name of 1 to 80 characters.');
  return name;
}
export function addressOf(text: string, context: Context): string {
  const url = text.trim();
  const fault = outboundUrlFault(url, context.deps.webhookNetworks);
  if (fault !== null) throw new DomainError('INVALID_INPUT', fault);
  return url;
}
export function kindsOf(chosen: readonly string[]): OutboundWebhookRow['kinds'] {
  const kinds = ANNOUNCED_KINDS.filter((kind) => chosen.includes(kind));
  if (kinds.length === 0) throw new DomainError('INVALID_INPUT', 'Choose at least one kind of event.');
  return kinds;
}

type IdList = readonly { id: string }[] | null | undefined;
/** What the webhook is to be limited to; undefined where nothing is said of it. Errors: also NOT_FOUND. */
export async function placesOf(
  tx: Tx,
  viewer: Viewer,
  input: { groupIds?: IdList; clientIds?: IdList },
): Promise<WebhookPlaces | undefined> {
  if (!input.groupIds && !input.clientIds) return undefined;
  const ids = (list: IdList) => [...new Set(list?.map(({ id }) => id))];
  const [groupIds, clientIds] = [ids(input.groupIds), ids(input.clientIds)];
  if (groupIds.length + clientIds.length === 0)
    throw new DomainError('INVALID_INPUT', 'Choose at least one client or client group, or all clients.');
  if ((await groupsByIds(tx, viewer.mspId, onlyUuids(groupIds))).length < groupIds.length)
    throw notFound('Client group');
  if ((await clientsByIds(tx, scopeOf(viewer), onlyUuids(clientIds))).length < clientIds.length)
    throw notFound('Client');
  return { groupIds, clientIds };
}

/** For the audit trail. */
export async function placeNames(
  tx: Tx,
  viewer: Viewer,
  row: OutboundWebhookRow,
): Promise<{ clients: string[] | 'all' }> {
  if (!row.limited) return { clients: 'all' };
  const [groups, clients] = [
    await groupsByIds(tx, viewer.mspId, row.group_ids),
    await clientsByIds(tx, scopeOf(viewer), row.client_ids),
  ];
  return { clients: [...groups.map(({ name }) => `group ${name}`), ...clients.map(({ name }) => name)].sort() };
}

builder.queryFields((t) => ({
  outboundWebhooks: t.field({
    type: [OutboundWebhook],
    resolve: (_root, _args, context) => {
      const { mspId } = permitted(context);
      return reading(context, (tx) => outboundWebhooks(tx, mspId));
    },
  }),
}));

builder.mutationFields((t) => ({
  createOutboundWebhook: t.field({
    type: CreatedOutboundWebhook,
    errors: orUserError('CreateOutboundWebhookResult'),
    args: { input: t.arg({ type: CreateOutboundWebhookInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = permitted(context);
      const { mspId } = viewer;
      const name = nameOf(input.name);
      const url = addressOf(input.url, context);
      const kinds = kindsOf(input.kinds);
      return reading(context, async (tx) => {
        if ((await outboundWebhooks(tx, mspId)).length >= AT_MOST)
          throw new DomainError('TOO_LARGE', `There are ${AT_MOST} webhooks. Remove one first.`);
        const { format } = input;
        const places = (await placesOf(tx, viewer, input)) ?? null;
        const made = await createOutboundWebhook(tx, mspId, context.deps.seal, {
          ...{ name, url, format, kinds, places, by: viewer.userId },
        });
        const row = await found(tx, mspId, made.id);
        await audit(tx, mspId, viewer.email, 'outbound_webhook.created', name, {
          ...{ host: row.host, format, kinds },
          ...(await placeNames(tx, viewer, row)),
        });
        return { secret: made.secret, row };
      });
    },
  }),
  testOutboundWebhook: t.field({
    type: OutboundWebhook,
    description: 'Puts a test into the outbox; how it ended shows in `lastWords`.',
    errors: orUserError('TestOutboundWebhookResult'),
    args: { input: t.arg({ type: TestOutboundWebhookInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const { mspId } = permitted(context);
      return reading(context, async (tx) => {
        const row = await found(tx, mspId, input.webhookId.id);
        if (!(await queueTest(tx, mspId, row.id)))
          throw new DomainError('INVALID_STATE', 'This webhook is switched off. Switch it on first.');
        return row;
      });
    },
  }),
  enableOutboundWebhook: t.field({
    type: OutboundWebhook,
    description: 'Also goes on after a pause.',
    errors: orUserError('EnableOutboundWebhookResult'),
    args: { input: t.arg({ type: EnableOutboundWebhookInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const { mspId, email } = permitted(context);
      return reading(context, async (tx) => {
        const row = await found(tx, mspId, input.webhookId.id);
        await enableOutboundWebhook(tx, mspId, row.id);
        await audit(tx, mspId, email, 'outbound_webhook.enabled', row.name, {});
        return { ...row, disabled_at: null, paused_by: null };
      });
    },
  }),
  retireOutboundWebhook: t.field({
    type: OutboundWebhook,
    description: 'Takes it away for good; what was not sent yet is not sent.',
    errors: orUserError('RetireOutboundWebhookResult'),
    args: { input: t.arg({ type: RetireOutboundWebhookInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const { mspId, email } = permitted(context);
      return reading(context, async (tx) => {
        const row = await found(tx, mspId, input.webhookId.id);
        await retireOutboundWebhook(tx, mspId, row.id);
        await audit(tx, mspId, email, 'outbound_webhook.removed', row.name, {});
        return { ...row, waiting: 0 };
      });
    },
  }),
}));
