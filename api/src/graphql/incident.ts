import { type IncidentRow, incidents } from '@throughline/store/incident-store';
import { sessionsOfIncident } from '@throughline/store/session-store';
import { builder } from './builder.ts';
import { reading } from './context.ts';
import { Session, User } from './refs.ts';

/* One trouble at several endpoints: its sessions seen together. */

/** Newest ones a list shows. */
const SHOWN = 50;

const Incident = builder.objectRef<IncidentRow>('Incident').implement({
  description: 'One trouble at several endpoints. Its sessions are seen together, and each ends for itself.',
  fields: (t) => ({
    title: t.exposeString('title'),
    openedBy: t.field({ type: User, resolve: (row) => row.opened_by }),
    openedAt: t.field({ type: 'DateTime', resolve: (row) => row.opened_at }),
    sessions: t.field({
      type: [Session],
      resolve: (row, _args, context) => reading(context, (tx, scope) => sessionsOfIncident(tx, scope, row.id)),
    }),
  }),
});

builder.queryFields((t) => ({
  incidents: t.field({
    type: [Incident],
    description: 'The newest incidents that have a session you may see.',
    resolve: (_root, _args, context) => reading(context, (tx, scope) => incidents(tx, scope, SHOWN)),
  }),
}));
