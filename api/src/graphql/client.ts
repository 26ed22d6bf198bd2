import { DEFAULT_POLICY } from '@throughline/domain/policy';
import { clients, groups } from '@throughline/store/client-store';
import { builder } from './builder.ts';
import { reading, viewerOf } from './context.ts';
import { Risk } from './enums.ts';
import { Client, ClientGroup } from './refs.ts';

Client.implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    group: t.field({ type: ClientGroup, resolve: (row) => row.group_id }),
    contactName: t.exposeString('contact_name', { nullable: true }),
    contactPhone: t.exposeString('contact_phone', { nullable: true }),
    contactEmail: t.exposeString('contact_email', { nullable: true }),
    externalId: t.exposeString('external_id', { nullable: true }),
    endpointCount: t.exposeInt('endpoint_count'),
  }),
});

ClientGroup.implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    clients: t.field({
      type: [Client],
      resolve: async (row, _args, context) =>
        (await reading(context, (tx, scope) => clients(tx, scope))).filter((client) => client.group_id === row.id),
    }),
    policyVersion: t.int({ resolve: (row) => row.policy_version }),
    riskFloor: t.field({ type: Risk, resolve: (row) => row.policy.riskFloor ?? DEFAULT_POLICY.riskFloor }),
    approvalTimeoutSeconds: t.int({
      resolve: (row) => Math.round((row.policy.approvalTimeoutMs ?? DEFAULT_POLICY.approvalTimeoutMs) / 1000),
    }),
  }),
});

builder.queryFields((t) => ({
  clients: t.field({
    type: [Client],
    resolve: (_root, _args, context) => reading(context, (tx, scope) => clients(tx, scope)),
  }),
  clientGroups: t.field({
    type: [ClientGroup],
    resolve: (_root, _args, context) => reading(context, (tx) => groups(tx, viewerOf(context).mspId)),
  }),
}));
