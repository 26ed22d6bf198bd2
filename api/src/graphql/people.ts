import { DomainError, notFound } from '@throughline/domain/errors';
import { audit } from '@throughline/store/audit-store';
import { clientsByIds } from '@throughline/store/client-store';
import { publish } from '@throughline/store/notify';
import { deactivateUser, reactivateUser, setUserAccess } from '@throughline/store/user-standing-store';
import { type UserRow, grantsOf, usersByIds } from '@throughline/store/user-store';
import type { Tx } from '@throughline/store/tenant';
import { noLonger } from '../auth/emergency-sign-in.ts';
import { requireReason } from '../sessions/assign.ts';
import { mayGovernSignIn } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { reading, viewerOf } from './context.ts';
import { Role } from './enums.ts';
import { Client, User } from './refs.ts';
import { orUserError } from './user-error.ts';

/* People come, change and leave. Adding one is in settings-mutations.ts. */

const DeactivateUserInput = builder.inputType('DeactivateUserInput', {
  fields: (t) => ({
    userId: t.globalID({ required: true, for: [User] }),
    reason: t.string({ required: true, description: 'for the audit log and the list of people' }),
  }),
});
const ReactivateUserInput = builder.inputType('ReactivateUserInput', {
  fields: (t) => ({ userId: t.globalID({ required: true, for: [User] }) }),
});
const SetUserAccessInput = builder.inputType('SetUserAccessInput', {
  fields: (t) => ({
    userId: t.globalID({ required: true, for: [User] }),
    role: t.field({ type: Role, required: true }),
    clientIds: t.globalIDList({ for: [Client], description: 'Omit for all clients.' }),
  }),
});

builder.mutationFields((t) => ({
  deactivateUser: t.field({
    type: User,
    description:
      'Ends every way in of a person at once. Their sessions and all they did stay; openSessions wait for somebody else.',
    errors: orUserError('DeactivateUserResult'),
    args: { input: t.arg({ type: DeactivateUserInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      mayGovernSignIn(viewer);
      requireReason(input.reason, 'Say why: it stands in the audit log.');
      const reason = input.reason.trim();
      if (reason.length > 500) throw new DomainError('INVALID_INPUT', 'The reason may have 500 characters at most.');
      return reading(context, async (tx) => {
        const user = await personOf(tx, viewer.mspId, input.userId.id);
        const ended = await deactivateUser(tx, viewer.mspId, user.id, reason);
        if (ended === null) throw new DomainError('INVALID_STATE', `${user.name} is deactivated already.`);
        await audit(tx, viewer.mspId, viewer.email, 'user.deactivated', user.email, {
          reason,
          signIns: ended.signIns,
          tokens: ended.tokens,
          ...noLonger(ended),
          openSessions: user.open_sessions,
          ip: context.address,
        });
        await publish(tx, { k: 'user', m: viewer.mspId, u: user.id });
        return personOf(tx, viewer.mspId, user.id);
      });
    },
  }),
  reactivateUser: t.field({
    type: User,
    description: 'Lets a person sign in again, with the role and clients they had. Ended tokens stay ended.',
    errors: orUserError('ReactivateUserResult'),
    args: { input: t.arg({ type: ReactivateUserInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      mayGovernSignIn(viewer);
      return reading(context, async (tx) => {
        const user = await personOf(tx, viewer.mspId, input.userId.id);
        if (!(await reactivateUser(tx, viewer.mspId, user.id)))
          throw new DomainError('INVALID_STATE', `${user.name} is not deactivated.`);
        await audit(tx, viewer.mspId, viewer.email, 'user.reactivated', user.email, { ip: context.address });
        await publish(tx, { k: 'user', m: viewer.mspId, u: user.id });
        return personOf(tx, viewer.mspId, user.id);
      });
    },
  }),
  setUserAccess: t.field({
    type: User,
    description: 'Another role, or sight of other clients, from their next request on.',
    errors: orUserError('SetUserAccessResult'),
    args: { input: t.arg({ type: SetUserAccessInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      mayGovernSignIn(viewer);
      return reading(context, async (tx) => {
        const { mspId } = viewer;
        const user = await personOf(tx, mspId, input.userId.id);
        const before = { role: user.role, clients: await namesOf(tx, mspId, await grantsOf(tx, mspId, user.id)) };
        const clientIds = input.clientIds?.map(({ id }) => id) ?? null;
        const emergencyAccount = await setUserAccess(tx, mspId, user.id, input.role, clientIds);
        const after = { role: input.role, clients: await namesOf(tx, mspId, await grantsOf(tx, mspId, user.id)) };
        const details = { before, after, ...noLonger({ emergencyAccount }) };
        await audit(tx, mspId, viewer.email, 'user.access', user.email, { ...details, ip: context.address });
        // What is open may show what they no longer see.
        await publish(tx, { k: 'sign_in', m: mspId, u: user.id });
        return personOf(tx, mspId, user.id);
      });
    },
  }),
}));

/** Errors: NOT_FOUND. */
async function personOf(tx: Tx, mspId: string, id: string): Promise<UserRow> {
  const [user] = await usersByIds(tx, mspId, [id]);
  if (user === undefined) throw notFound('Person');
  return user;
}

async function namesOf(tx: Tx, mspId: string, grants: '*' | string[]): Promise<string> {
  if (grants === '*') return 'all';
  const rows = await clientsByIds(tx, { mspId, clients: '*' }, grants);
  return rows.map(({ name }) => name).join(', ') || 'none';
}
