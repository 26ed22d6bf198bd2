import { type ConnectionRow, type TriageRow, connections, triageItems } from '@throughline/store/psa-store';
import { z } from 'zod';
import { builder } from './builder.ts';
import { type Context, reading } from './context.ts';

export const PsaConnection = builder.objectRef<ConnectionRow>('PsaConnection');
builder.node(PsaConnection, {
  id: { resolve: (row) => row.id },
  loadOne: async (id, context) =>
    (await reading(context, (tx, scope) => connections(tx, scope.mspId))).find((row) => row.id === id) ?? null,
  fields: (t) => ({
    name: t.exposeString('name'),
    scheme: t.exposeString('scheme'),
    webhookUrl: t.string({ resolve: (row, _args, context) => `${context.deps.publicUrl}/webhooks/psa/${row.slug}` }),
    noteUrl: t.exposeString('note_url', { nullable: true }),
    active: t.boolean({ resolve: (row) => row.retired_at === null }),
    lastDeliveryAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.last_delivery_at }),
    lastError: t.exposeString('last_error', { nullable: true }),
  }),
});

/** The words shown of a ticket nobody could place; a ticket is kept as it was read, so each field may be missing. */
const zTicketWords = z.object({
  summary: z.string().catch(''),
  clientName: z.string().nullish().catch(null),
  client_name: z.string().nullish().catch(null),
  device: z.string().nullish().catch(null),
  deviceName: z.string().nullish().catch(null),
  requester: z.string().nullish().catch(null),
  user_name: z.string().nullish().catch(null),
});
const words = (row: TriageRow) => zTicketWords.parse(row.ticket);

/** A ticket without a place belongs to no client yet: only people who see all clients see it. */
const waiting = (context: Context): Promise<TriageRow[]> =>
  reading(context, (tx, scope) => (scope.clients === '*' ? triageItems(tx, scope.mspId) : Promise.resolve([])));

export const TriageItem = builder.objectRef<TriageRow>('TriageItem');
builder.node(TriageItem, {
  id: { resolve: (row) => row.id },
  loadOne: async (id, context) => (await waiting(context)).find((row) => row.id === id) ?? null,
  fields: (t) => ({
    externalId: t.exposeString('ticket_id'),
    summary: t.string({ resolve: (row) => words(row).summary }),
    clientName: t.string({ nullable: true, resolve: (row) => words(row).clientName ?? words(row).client_name ?? null }),
    deviceName: t.string({ nullable: true, resolve: (row) => words(row).deviceName ?? words(row).device ?? null }),
    requester: t.string({ nullable: true, resolve: (row) => words(row).requester ?? words(row).user_name ?? null }),
    why: t.exposeString('why'),
    receivedAt: t.field({ type: 'DateTime', resolve: (row) => row.received_at }),
    connectionName: t.exposeString('connection_name'),
  }),
});

builder.queryFields((t) => ({
  psaConnections: t.field({
    type: [PsaConnection],
    resolve: (_root, _args, context) => reading(context, (tx, scope) => connections(tx, scope.mspId)),
  }),
  triage: t.field({ type: [TriageItem], resolve: (_root, _args, context) => waiting(context) }),
}));
