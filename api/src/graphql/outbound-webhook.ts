import { DomainError, notFound } from '@throughline/domain/errors';
import { isUuid } from '@throughline/domain/ids';
import { ANNOUNCED_KINDS } from '@throughline/domain/notification-kind';
import { WEBHOOK_FORMATS } from '@throughline/domain/webhook-body';
import { audit } from '@throughline/store/audit-store';
import { outboundUrlFault } from '@throughline/store/outbound-address';
import {
  type OutboundWebhookRow,
  createOutboundWebhook,
  enableOutboundWebhook,
  outboundWebhooks,
  queueTest,
  retireOutboundWebhook,
} from '@throughline/store/outbound-store';
import type { Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import { permit } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { type Context, reading, viewerOf } from './context.ts';
import { NotificationKind } from './enums.ts';
import { orUserError } from './user-error.ts';

/** More than an organisation has other services for; each costs a message an event. */
const AT_MOST = 20;

const WebhookFormat = builder.enumType('WebhookFormat', { values: WEBHOOK_FORMATS });

/** A webhook is told of every client's sessions: only people who see every client may have to do with it. */
function permitted(context: Context): Viewer {
  const viewer = viewerOf(context);
  permit(viewer, 'settings.write', true);
  if (viewer.clients !== '*')
    throw new DomainError(
      'FORBIDDEN',
      'A webhook is told of every client, so only people who see all clients may set one up.',
    );
  return viewer;
}

const OutboundWebhook = builder.objectRef<OutboundWebhookRow>('OutboundWebhook');
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
      description: 'when it was switched off because nothing got through',
      resolve: (row) => row.disabled_at,
    }),
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
  }),
});
const TestOutboundWebhookInput = OutboundWebhookId('TestOutboundWebhookInput');
const EnableOutboundWebhookInput = OutboundWebhookId('EnableOutboundWebhookInput');
const RetireOutboundWebhookInput = OutboundWebhookId('RetireOutboundWebhookInput');

async function found(tx: Tx, mspId: string, id: string): Promise<OutboundWebhookRow> {
  const row = isUuid(id) ? (await outboundWebhooks(tx, mspId)).find((each) => each.id === id) : undefined;
  if (row === undefined) throw notFound('Webhook');
  return row;
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
      const name = input.name.trim();
      const url = input.url.trim();
      const kinds = ANNOUNCED_KINDS.filter((kind) => input.kinds.includes(kind));
      if (name === '' || name.length > 80 || name.includes('\0'))
        throw new DomainError('INVALID_INPUT', 'A webhook needs a name of 1 to 80 characters.');
      const fault = outboundUrlFault(url, context.deps.webhookNetworks);
      if (fault !== null) throw new DomainError('INVALID_INPUT', fault);
      if (kinds.length === 0) throw new DomainError('INVALID_INPUT', 'Choose at least one kind of event.');
      return reading(context, async (tx) => {
        if ((await outboundWebhooks(tx, mspId)).length >= AT_MOST)
          throw new DomainError('TOO_LARGE', `There are ${AT_MOST} webhooks. Remove one first.`);
        const { format } = input;
        const made = await createOutboundWebhook(tx, mspId, context.deps.seal, {
          ...{ name, url, format, kinds, by: viewer.userId },
        });
        const row = await found(tx, mspId, made.id);
        await audit(tx, mspId, viewer.email, 'outbound_webhook.created', name, { host: row.host, format, kinds });
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
    errors: orUserError('EnableOutboundWebhookResult'),
    args: { input: t.arg({ type: EnableOutboundWebhookInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const { mspId, email } = permitted(context);
      return reading(context, async (tx) => {
        const row = await found(tx, mspId, input.webhookId.id);
        await enableOutboundWebhook(tx, mspId, row.id);
        await audit(tx, mspId, email, 'outbound_webhook.enabled', row.name, {});
        return { ...row, disabled_at: null };
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
