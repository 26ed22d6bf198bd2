import { DomainError } from '@throughline/domain/errors';
import { type AuditRow, auditPage } from '@throughline/store/audit-store';
import { type NotificationRow, notificationsOf } from '@throughline/store/notification-store';
import type { Viewer } from '../auth/viewer.ts';
import { permit } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { reading, viewerOf } from './context.ts';
import { numberCursor, pageSize, toConnection } from './page.ts';

export const Notification = builder.objectRef<NotificationRow>('Notification');
builder.node(Notification, {
  id: { resolve: (row) => row.id },
  loadOne: async (id, context) =>
    (await reading(context, (tx, scope) => notificationsOf(tx, scope.mspId, viewerOf(context).userId, 500))).find(
      (row) => row.id === id,
    ) ?? null,
  fields: (t) => ({
    kind: t.exposeString('kind'),
    text: t.exposeString('text'),
    link: t.exposeString('link'),
    at: t.field({ type: 'DateTime', resolve: (row) => row.at }),
    readAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.read_at }),
  }),
});

/** Audit rows name clients and belong to none: only people who see every client may read them. */
function mayReadAudit(viewer: Viewer): void {
  permit(viewer, 'audit.read', true);
  if (viewer.clients !== '*')
    throw new DomainError(
      'FORBIDDEN',
      'The audit log names every client, so only people who see all clients may read it.',
    );
}

const AuditEvent = builder.objectRef<AuditRow>('AuditEvent');
builder.node(AuditEvent, {
  id: { resolve: (row) => String(row.id) },
  loadOne: async (id, context) => {
    mayReadAudit(viewerOf(context));
    if (!/^\d{1,15}$/.test(id)) return null;
    const [row] = await reading(context, (tx, scope) => auditPage(tx, scope.mspId, Number(id) + 1, 1));
    return row?.id === Number(id) ? row : null;
  },
  fields: (t) => ({
    at: t.field({ type: 'DateTime', resolve: (row) => row.at }),
    actor: t.exposeString('actor'),
    action: t.exposeString('action'),
    target: t.exposeString('target'),
    details: t.field({ type: 'JSON', nullable: true, resolve: (row) => row.details }),
  }),
});
const AuditEventConnection = builder.connectionObject(
  { type: AuditEvent, name: 'AuditEventConnection' },
  { name: 'AuditEventEdge' },
);

builder.queryFields((t) => ({
  notifications: t.field({
    type: [Notification],
    args: { first: t.arg.int() },
    resolve: (_root, args, context) =>
      reading(context, (tx, scope) => notificationsOf(tx, scope.mspId, viewerOf(context).userId, pageSize(args.first))),
  }),
  auditEvents: t.field({
    type: AuditEventConnection,
    args: {
      first: t.arg.int(),
      after: t.arg.string(),
      search: t.arg.string({ description: 'Words that all must stand in who, what, on what or the details.' }),
      from: t.arg({ type: 'DateTime' }),
      until: t.arg({ type: 'DateTime', description: 'not included' }),
    },
    resolve: (_root, args, context) => {
      mayReadAudit(viewerOf(context));
      if ((args.search?.length ?? 0) > 200)
        throw new DomainError('INVALID_INPUT', 'Search for 200 characters at most.');
      return reading(context, async (tx, scope) => {
        const size = pageSize(args.first);
        const filter = { search: args.search ?? null, from: args.from ?? null, until: args.until ?? null };
        const rows = await auditPage(tx, scope.mspId, numberCursor(args.after), size + 1, filter);
        return toConnection(rows, size, args.after != null, (row) => String(row.id));
      });
    },
  }),
}));
