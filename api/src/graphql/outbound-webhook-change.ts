import { DomainError } from '@throughline/domain/errors';
import { audit } from '@throughline/store/audit-store';
import {
  type OutboundWebhookRow,
  changeOutboundWebhook,
  lockOutboundWebhook,
  pauseOutboundWebhook,
} from '@throughline/store/outbound-store';
import type { Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import { builder } from './builder.ts';
import { reading } from './context.ts';
import { NotificationKind } from './enums.ts';
import {
  OutboundWebhook,
  addressOf,
  found,
  kindsOf,
  nameOf,
  permitted,
  placeNames,
  placesOf,
} from './outbound-webhook.ts';
import { Client, ClientGroup } from './refs.ts';
import { orUserError } from './user-error.ts';

const ChangeOutboundWebhookInput = builder.inputType('ChangeOutboundWebhookInput', {
  description: 'What is left out stays as it is.',
  fields: (t) => ({
    webhookId: t.globalID({ required: true, for: [OutboundWebhook] }),
    name: t.string(),
    url: t.string({ description: 'https, and not in a private network. What waits goes there, too.' }),
    kinds: t.field({ type: [NotificationKind] }),
    allClients: t.boolean({ description: 'true: an end to its limits' }),
    groupIds: t.globalIDList({
      for: [ClientGroup],
      description: 'With `clientIds`: all that it hears of from now on.',
    }),
    clientIds: t.globalIDList({ for: [Client] }),
  }),
});
const PauseOutboundWebhookInput = builder.inputType('PauseOutboundWebhookInput', {
  fields: (t) => ({ webhookId: t.globalID({ required: true, for: [OutboundWebhook] }) }),
});

builder.mutationFields((t) => ({
  changeOutboundWebhook: t.field({
    type: OutboundWebhook,
    description: 'From the next message on. What waits and is no longer heard of is not sent. The secret stays.',
    errors: orUserError('ChangeOutboundWebhookResult'),
    args: { input: t.arg({ type: ChangeOutboundWebhookInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = permitted(context);
      const { mspId } = viewer;
      const url = input.url == null ? undefined : addressOf(input.url, context);
      return reading(context, async (tx) => {
        const { id } = await found(tx, mspId, input.webhookId.id);
        // One change at a time, so that each audit row's "before" is what its "after" took the place of.
        await lockOutboundWebhook(tx, mspId, id);
        const before = await found(tx, mspId, id);
        const limits = await placesOf(tx, viewer, input);
        if (input.allClients && limits !== undefined)
          throw new DomainError('INVALID_INPUT', 'Either all clients, or those named: not both.');
        await changeOutboundWebhook(tx, mspId, context.deps.seal, id, {
          ...(input.name != null && { name: nameOf(input.name) }),
          ...(url !== undefined && { url }),
          ...(input.kinds && { kinds: kindsOf(input.kinds) }),
          ...(input.allClients ? { places: null } : limits !== undefined && { places: limits }),
        });
        const after = await found(tx, mspId, id);
        await audit(tx, mspId, viewer.email, 'outbound_webhook.changed', after.name, {
          before: await shown(tx, viewer, before),
          after: await shown(tx, viewer, after),
          newAddress: url !== undefined,
        });
        return after;
      });
    },
  }),
  pauseOutboundWebhook: t.field({
    type: OutboundWebhook,
    description:
      'Nothing is sent until it is enabled again: what waits is kept until then, and what happens meanwhile is not told.',
    errors: orUserError('PauseOutboundWebhookResult'),
    args: { input: t.arg({ type: PauseOutboundWebhookInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const { mspId, email, userId } = permitted(context);
      return reading(context, async (tx) => {
        const row = await found(tx, mspId, input.webhookId.id);
        if (!(await pauseOutboundWebhook(tx, mspId, row.id, userId)))
          throw new DomainError('INVALID_STATE', 'This webhook is switched off already.');
        await audit(tx, mspId, email, 'outbound_webhook.paused', row.name, {});
        return found(tx, mspId, row.id);
      });
    },
  }),
}));

/** For the audit trail: no address, which may itself be a secret. */
const shown = async (tx: Tx, viewer: Viewer, row: OutboundWebhookRow) => ({
  ...{ name: row.name, host: row.host, kinds: row.kinds },
  ...(await placeNames(tx, viewer, row)),
});
