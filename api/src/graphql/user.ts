import { PERMISSIONS, mostGiven } from '@throughline/domain/rights';
import { clients } from '@throughline/store/client-store';
import { queueOf } from '@throughline/store/session-store';
import { unreadCount } from '@throughline/store/notification-store';
import { assignable, grantsOf, users } from '@throughline/store/user-store';
import type { Viewer as SignedIn } from '../auth/viewer.ts';
import { allows } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { inOrder, onlyUuids, reading, viewerOf } from './context.ts';
import { Role } from './enums.ts';
import { Client, Session, User } from './refs.ts';

User.implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    email: t.exposeString('email'),
    role: t.field({ type: Role, resolve: (row) => row.role }),
    active: t.boolean({ resolve: (row) => row.deactivated_at === null }),
    deactivatedWhy: t.string({
      nullable: true,
      description: 'null while active, and for who may not change settings',
      resolve: (row, _args, context) =>
        row.deactivated_at !== null && allows(viewerOf(context), 'settings.write', true, null)
          ? row.deactivated_why
          : null,
    }),
    onShift: t.exposeBoolean('on_shift', { description: 'Whether the person takes work right now.' }),
    openSessions: t.exposeInt('open_sessions'),
    assigned: t.field({
      type: [Session],
      description: 'The open sessions this person has, among those you may see.',
      resolve: (row, _args, context) => reading(context, (tx, scope) => queueOf(tx, scope, row.id)),
    }),
    allClients: t.exposeBoolean('all_clients'),
    secondFactor: t.boolean({
      nullable: true,
      description: 'Whether their sign-in asks for a code; null for who may not change settings.',
      resolve: (row, _args, context) =>
        allows(viewerOf(context), 'settings.write', true, null) ? row.second_factor : null,
    }),
    singleSignOn: t.boolean({
      nullable: true,
      description: 'Whether an account at the identity provider stands for them; null as above.',
      resolve: (row, _args, context) =>
        allows(viewerOf(context), 'settings.write', true, null) ? row.single_sign_on : null,
    }),
    lastSignInAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'null also for who may not change settings',
      resolve: (row, _args, context) =>
        allows(viewerOf(context), 'settings.write', true, null) ? row.last_sign_in_at : null,
    }),
    clients: t.field({
      type: [Client],
      description: 'The clients this person may see, among those you may see.',
      resolve: (row, _args, context) =>
        reading(context, async (tx, scope) => {
          const grants = await grantsOf(tx, scope.mspId, row.id);
          return (await clients(tx, scope)).filter((client) => grants === '*' || grants.includes(client.id));
        }),
    }),
  }),
});

interface MspRow {
  id: string;
  name: string;
  slug: string;
  time_zone: string;
  require_second_factor: boolean;
}

export const Msp = builder.loadableNodeRef('Msp', {
  id: { resolve: (row: MspRow) => row.id },
  load: async (ids: string[], context) =>
    inOrder(
      ids,
      await reading(context, async (tx) => {
        const { rows } = await tx.query<MspRow>(
          'select id, name, slug, time_zone, require_second_factor from msp where id = any($1)',
          [onlyUuids(ids)],
        );
        return rows;
      }),
    ),
});

Msp.implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    slug: t.exposeString('slug'),
    timeZone: t.exposeString('time_zone'),
    requireSecondFactor: t.exposeBoolean('require_second_factor', {
      description: 'Whether everybody needs a second factor to sign in.',
    }),
  }),
});

export const Viewer = builder.objectRef<SignedIn>('Viewer').implement({
  fields: (t) => ({
    user: t.field({ type: User, resolve: (viewer) => viewer.userId }),
    msp: t.field({ type: Msp, resolve: (viewer) => viewer.mspId }),
    permissions: t.stringList({
      description: "What the role may do anywhere; 'own' rights are told on each session.",
      resolve: (viewer) =>
        PERMISSIONS.flatMap((permission) => {
          const given = mostGiven(viewer.role, viewer.rights, permission);
          return given === null ? [] : given === 'own' ? `${permission}:own` : permission;
        }),
    }),
    unreadNotifications: t.int({
      resolve: (viewer, _args, context) => reading(context, (tx) => unreadCount(tx, viewer.mspId, viewer.userId)),
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    type: Viewer,
    nullable: true,
    skipTypeScopes: true,
    description: 'null when nobody is signed in',
    resolve: (_root, _args, context) => context.viewer,
  }),
  users: t.field({
    type: [User],
    resolve: (_root, _args, context) => reading(context, (tx, scope) => users(tx, scope.mspId)),
  }),
  assignable: t.field({
    type: [User],
    description: 'Technicians and seniors who can take work: those on shift first, then the least busy.',
    resolve: (_root, _args, context) => reading(context, (tx) => assignable(tx, viewerOf(context).mspId)),
  }),
}));
