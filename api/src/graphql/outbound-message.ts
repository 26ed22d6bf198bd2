import { DomainError, notFound } from '@throughline/domain/errors';
import { isUuid } from '@throughline/domain/ids';
import { audit } from '@throughline/store/audit-store';
import {
  type OutboundMessageRow,
  outboundMessageById,
  outboundMessages,
  sendAgain,
} from '@throughline/store/outbound-message-store';
import { builder } from './builder.ts';
import { reading } from './context.ts';
import { OutboundWebhook, found, permitted } from './outbound-webhook.ts';
import { orUserError } from './user-error.ts';

/** The newest of them; older ones are of interest to nobody here, and go after a month anyway. */
const SHOWN = 20;

const OutboundMessageState = builder.enumType('OutboundMessageState', {
  values: {
    queued: {},
    failing: { description: 'a try failed, and it is tried again' },
    delivered: {},
    dropped: { description: 'given up' },
  } as const,
});

const OutboundMessage = builder.objectRef<OutboundMessageRow>('OutboundMessage');
builder.node(OutboundMessage, {
  id: { resolve: (row) => row.id },
  loadOne: (id, context) => {
    const { mspId } = permitted(context);
    return isUuid(id) ? reading(context, (tx) => outboundMessageById(tx, mspId, id)) : null;
  },
  fields: (t) => ({
    kind: t.exposeString('kind', { description: 'a kind of notification, or `test`' }),
    title: t.exposeString('title'),
    link: t.exposeString('link', { description: 'a path of the web app' }),
    state: t.field({ type: OutboundMessageState, resolve: (row) => row.state }),
    tries: t.exposeInt('attempts'),
    fault: t.exposeString('last_error', {
      nullable: true,
      description: 'how the newest try failed, or why it was given up',
    }),
    at: t.field({ type: 'DateTime', description: 'when it happened', resolve: (row) => row.created_at }),
    deliveredAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.delivered_at }),
  }),
});

const SendOutboundMessageAgainInput = builder.inputType('SendOutboundMessageAgainInput', {
  fields: (t) => ({ messageId: t.globalID({ required: true, for: [OutboundMessage] }) }),
});

builder.queryFields((t) => ({
  outboundMessages: t.field({
    type: [OutboundMessage],
    description: `The newest ${SHOWN} messages of a webhook, newest first.`,
    args: { webhookId: t.arg.globalID({ required: true, for: OutboundWebhook }) },
    resolve: (_root, args, context) => {
      const { mspId } = permitted(context);
      return reading(context, async (tx) =>
        outboundMessages(tx, mspId, (await found(tx, mspId, args.webhookId.id)).id, SHOWN),
      );
    },
  }),
}));

builder.mutationFields((t) => ({
  sendOutboundMessageAgain: t.field({
    type: OutboundMessage,
    description: 'Under the same `webhook-id`: a receiver that has it already can tell.',
    errors: orUserError('SendOutboundMessageAgainResult'),
    args: { input: t.arg({ type: SendOutboundMessageAgainInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const { mspId, email } = permitted(context);
      return reading(context, async (tx) => {
        const { id } = input.messageId;
        const row = isUuid(id) ? await outboundMessageById(tx, mspId, id) : null;
        if (row === null) throw notFound('Message');
        if (row.state === 'queued' || row.state === 'failing')
          throw new DomainError('INVALID_STATE', 'This message is on its way already.');
        if (!(await sendAgain(tx, mspId, id)))
          throw new DomainError('INVALID_STATE', 'This webhook is switched off, or no longer hears of such a message.');
        const webhook = await found(tx, mspId, row.webhook_id);
        await audit(tx, mspId, email, 'outbound_webhook.sent_again', webhook.name, { messageId: id, kind: row.kind });
        return (await outboundMessageById(tx, mspId, id)) ?? row;
      });
    },
  }),
}));
