import { incidents } from '@throughline/store/incident-store';
import { sessionsOfIncident } from '@throughline/store/session-store';
import { endIncident, makeIncident, regroup } from '../sessions/incident.ts';
import { builder } from './builder.ts';
import { onlyUuids, reading, viewerOf } from './context.ts';
import { Incident, Session, User } from './refs.ts';
import { orUserError } from './user-error.ts';

/* One trouble at several endpoints: its sessions seen together. */

/** Newest ones a list shows. */
const SHOWN = 50;

Incident.implement({
  description: 'One trouble at several endpoints. Its sessions are seen together, and each ends for itself.',
  fields: (t) => ({
    title: t.exposeString('title'),
    openedBy: t.field({ type: User, resolve: (row) => row.opened_by }),
    openedAt: t.field({ type: 'DateTime', resolve: (row) => row.opened_at }),
    closedAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.closed_at }),
    sessions: t.field({
      type: [Session],
      description: 'Those that you may see.',
      resolve: (row, _args, context) => reading(context, (tx, scope) => sessionsOfIncident(tx, scope, row.id)),
    }),
  }),
});

const OpenIncidentInput = builder.inputType('OpenIncidentInput', {
  fields: (t) => ({
    title: t.string({ required: true }),
    sessionIds: t.globalIDList({ required: true, for: [Session] }),
  }),
});
const regroupInput = (name: string) =>
  builder.inputType(name, {
    fields: (t) => ({
      incidentId: t.globalID({ required: true, for: [Incident] }),
      sessionIds: t.globalIDList({ required: true, for: [Session] }),
    }),
  });
const AddToIncidentInput = regroupInput('AddToIncidentInput');
const RemoveFromIncidentInput = regroupInput('RemoveFromIncidentInput');
const CloseIncidentInput = builder.inputType('CloseIncidentInput', {
  fields: (t) => ({ incidentId: t.globalID({ required: true, for: [Incident] }) }),
});
const plain = (ids: readonly { id: string }[]): string[] => ids.map(({ id }) => id);

builder.queryFields((t) => ({
  incidents: t.field({
    type: [Incident],
    description: 'The newest incidents that have a session you may see.',
    args: { closed: t.arg.boolean({ description: 'Closed ones, instead of open ones.' }) },
    resolve: (_root, { closed }, context) =>
      reading(context, (tx, scope) => incidents(tx, scope, { closed: closed === true, limit: SHOWN })),
  }),
  incident: t.field({
    type: Incident,
    nullable: true,
    args: { id: t.arg.globalID({ required: true, for: Incident }) },
    resolve: (_root, { id }) => onlyUuids([id.id])[0] ?? null,
  }),
}));

builder.mutationFields((t) => ({
  openIncident: t.field({
    type: Incident,
    description: 'Groups sessions under one title. A session that is in another incident stays there.',
    errors: orUserError('OpenIncidentResult'),
    args: { input: t.arg({ type: OpenIncidentInput, required: true }) },
    resolve: (_root, { input }, context) =>
      makeIncident(context.deps, viewerOf(context), input.title, plain(input.sessionIds)),
  }),
  addToIncident: t.field({
    type: Incident,
    errors: orUserError('AddToIncidentResult'),
    args: { input: t.arg({ type: AddToIncidentInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await regroup(context.deps, viewerOf(context), input.incidentId.id, plain(input.sessionIds), true);
      return input.incidentId.id;
    },
  }),
  removeFromIncident: t.field({
    type: Incident,
    errors: orUserError('RemoveFromIncidentResult'),
    args: { input: t.arg({ type: RemoveFromIncidentInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await regroup(context.deps, viewerOf(context), input.incidentId.id, plain(input.sessionIds), false);
      return input.incidentId.id;
    },
  }),
  closeIncident: t.field({
    type: Incident,
    description: 'Says that the trouble is over. Its sessions stay as they are.',
    errors: orUserError('CloseIncidentResult'),
    args: { input: t.arg({ type: CloseIncidentInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await endIncident(context.deps, viewerOf(context), input.incidentId.id);
      return input.incidentId.id;
    },
  }),
}));
