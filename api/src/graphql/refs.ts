import { type ApprovalRow, approvalsByIds } from '@throughline/store/approval-store';
import { type ClientRow, type GroupRow, clientsByIds, groupsByIds } from '@throughline/store/client-store';
import { type CommandRow, commandsByIds } from '@throughline/store/command-store';
import { type EndpointRow, endpointsByIds } from '@throughline/store/endpoint-store';
import { type FlagRow, flagsByIds } from '@throughline/store/flag-store';
import { type IncidentRow, incidentsByIds } from '@throughline/store/incident-store';
import { type SessionRow, sessionsByIds } from '@throughline/store/session-store';
import { type UserRow, usersByIds } from '@throughline/store/user-store';
import { builder } from './builder.ts';
import { inOrder, onlyUuids, reading } from './context.ts';

/* The nodes by reference and how each is loaded. Apart from their fields, so that types can point at each other without import cycles. */

export const Client = builder.loadableNodeRef('Client', {
  id: { resolve: (row: ClientRow) => row.id },
  load: async (ids: string[], context) =>
    inOrder(ids, await reading(context, (tx, scope) => clientsByIds(tx, scope, onlyUuids(ids)))),
});

export const ClientGroup = builder.loadableNodeRef('ClientGroup', {
  id: { resolve: (row: GroupRow) => row.id },
  load: async (ids: string[], context) =>
    inOrder(ids, await reading(context, (tx, scope) => groupsByIds(tx, scope.mspId, onlyUuids(ids)))),
});

export const User = builder.loadableNodeRef('User', {
  id: { resolve: (row: UserRow) => row.id },
  load: async (ids: string[], context) =>
    inOrder(ids, await reading(context, (tx, scope) => usersByIds(tx, scope.mspId, onlyUuids(ids)))),
});

export const Endpoint = builder.loadableNodeRef('Endpoint', {
  id: { resolve: (row: EndpointRow) => row.id },
  load: async (ids: string[], context) =>
    inOrder(ids, await reading(context, (tx, scope) => endpointsByIds(tx, scope, onlyUuids(ids)))),
});

export const Incident = builder.loadableNodeRef('Incident', {
  id: { resolve: (row: IncidentRow) => row.id },
  load: async (ids: string[], context) =>
    inOrder(ids, await reading(context, (tx, scope) => incidentsByIds(tx, scope, onlyUuids(ids)))),
});

export const Session = builder.loadableNodeRef('Session', {
  id: { resolve: (row: SessionRow) => row.id },
  load: async (ids: string[], context) =>
    inOrder(ids, await reading(context, (tx, scope) => sessionsByIds(tx, scope, onlyUuids(ids)))),
});

export const Command = builder.loadableNodeRef('Command', {
  id: { resolve: (row: CommandRow) => row.id },
  load: async (ids: string[], context) =>
    inOrder(ids, await reading(context, (tx, scope) => commandsByIds(tx, scope, onlyUuids(ids)))),
});

export const ApprovalRequest = builder.loadableNodeRef('ApprovalRequest', {
  id: { resolve: (row: ApprovalRow) => row.id },
  load: async (ids: string[], context) =>
    inOrder(ids, await reading(context, (tx, scope) => approvalsByIds(tx, scope, onlyUuids(ids)))),
});

export const Flag = builder.loadableNodeRef('Flag', {
  id: { resolve: (row: FlagRow) => row.id },
  load: async (ids: string[], context) =>
    inOrder(ids, await reading(context, (tx, scope) => flagsByIds(tx, scope, onlyUuids(ids)))),
});

export const SessionConnection = builder.connectionObject(
  {
    type: Session,
    name: 'SessionConnection',
    fields: (t) => ({
      totalCount: t.int({ resolve: (page) => (page as unknown as { totalCount(): Promise<number> }).totalCount() }),
    }),
  },
  { name: 'SessionEdge' },
);
