import { DomainError, notFound } from '@throughline/domain/errors';
import { type Given, GIVEN, PERMISSIONS, choices, givenTo, isPermission } from '@throughline/domain/rights';
import { type Permission, ROLES, type Role as RoleName } from '@throughline/domain/role';
import { audit } from '@throughline/store/audit-store';
import { groupsByIds } from '@throughline/store/client-store';
import { changedRights, setRight } from '@throughline/store/rights-store';
import type { Tx } from '@throughline/store/tenant';
import { mayGovernSignIn } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { onlyUuids, reading, viewerOf } from './context.ts';
import { Role } from './enums.ts';
import { ClientGroup } from './refs.ts';
import { orUserError } from './user-error.ts';

/* What each role may do: the published table, and what the organisation changed of it, everywhere or for one client group. */

const RightGiven = builder.enumType('RightGiven', { values: GIVEN });

interface RightView {
  role: RoleName;
  permission: Permission;
  given: Given;
  /** What counts where nothing is laid down here. */
  otherwise: Given;
  choices: readonly Given[];
}
const RoleRight = builder.objectRef<RightView>('RoleRight').implement({
  description: 'One cell of the table. Nobody at the provider can approve: there is no such cell.',
  fields: (t) => ({
    role: t.field({ type: Role, resolve: (right) => right.role }),
    permission: t.exposeString('permission'),
    given: t.field({ type: RightGiven, resolve: (right) => right.given }),
    otherwise: t.field({
      type: RightGiven,
      description: 'what it is where nothing is laid down here: as published, or for a group as in the organisation',
      resolve: (right) => right.otherwise,
    }),
    choices: t.field({
      type: [RightGiven],
      description: 'one alone: it cannot be changed here',
      resolve: (right) => [...right.choices],
    }),
  }),
});
const RightsTable = builder.objectRef<{ rights: RightView[] }>('RightsTable').implement({
  fields: (t) => ({ rights: t.field({ type: [RoleRight], resolve: (table) => table.rights }) }),
});

const SetRightInput = builder.inputType('SetRightInput', {
  fields: (t) => ({
    role: t.field({ type: Role, required: true }),
    permission: t.string({ required: true }),
    given: t.field({ type: RightGiven, description: 'Omit to put it back to what counts otherwise.' }),
    groupId: t.globalID({ for: [ClientGroup], description: 'Omit for the whole organisation.' }),
  }),
});

builder.queryFields((t) => ({
  rights: t.field({
    type: [RoleRight],
    args: { groupId: t.arg.globalID({ for: ClientGroup }) },
    resolve: (_root, args, context) => {
      const viewer = viewerOf(context);
      mayGovernSignIn(viewer);
      return reading(context, async (tx) => {
        const group = await groupOf(tx, viewer.mspId, args.groupId?.id ?? null);
        return tableOf(tx, viewer.mspId, group?.id ?? null);
      });
    },
  }),
}));

builder.mutationFields((t) => ({
  setRight: t.field({
    type: RightsTable,
    description: 'Changes one cell, from the next request of everybody in that role on.',
    errors: orUserError('SetRightResult'),
    args: { input: t.arg({ type: SetRightInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      mayGovernSignIn(viewer);
      return reading(context, async (tx) => {
        const { mspId } = viewer;
        const group = await groupOf(tx, mspId, input.groupId?.id ?? null);
        const { role, permission } = input;
        const given = input.given ?? null;
        if (!isPermission(permission))
          throw new DomainError(
            'INVALID_INPUT',
            `There is no right of this name. Choose one of: ${PERMISSIONS.join(', ')}.`,
          );
        mustBeChoice(role, permission, given, group !== null);
        // One change at a time, so that each audit row's "before" is what its "after" took the place of.
        await tx.query('select 1 from msp where id = $1 for no key update', [mspId]);
        const cell = async () =>
          (await tableOf(tx, mspId, group?.id ?? null)).find(
            (each) => each.role === role && each.permission === permission,
          )?.given;
        const before = await cell();
        await setRight(tx, mspId, group?.id ?? null, role, permission, given);
        const after = await cell();
        const where = group?.name ?? 'organisation';
        const details = { where, before, after, backToDefault: given === null, ip: context.address };
        await audit(tx, mspId, viewer.email, 'right.set', `${role}: ${permission}`, details);
        return { rights: await tableOf(tx, mspId, group?.id ?? null) };
      });
    },
  }),
}));

function mustBeChoice(role: RoleName, permission: Permission, given: Given | null, forGroup: boolean): void {
  const possible = choices(role, permission, forGroup);
  if (possible.length === 1)
    throw new DomainError(
      'FORBIDDEN',
      choices(role, permission, false).length > 1
        ? 'This right is the same for all clients: change it for the organisation.'
        : 'This right is fixed: it stays as published.',
    );
  if (given !== null && !possible.includes(given))
    throw new DomainError('INVALID_INPUT', `This right can be: ${possible.join(', ')}.`);
}

/** Null for the organisation. Errors: NOT_FOUND. */
async function groupOf(tx: Tx, mspId: string, id: string | null): Promise<{ id: string; name: string } | null> {
  if (id === null) return null;
  const [group] = await groupsByIds(tx, mspId, onlyUuids([id]));
  if (group === undefined) throw notFound('Client group');
  return group;
}

async function tableOf(tx: Tx, mspId: string, groupId: string | null): Promise<RightView[]> {
  const everywhere = await changedRights(tx, mspId, null);
  const ofGroup = groupId === null ? {} : await changedRights(tx, mspId, groupId);
  return PERMISSIONS.flatMap((permission) =>
    ROLES.map((role) => {
      const above = { everywhere: groupId === null ? {} : (everywhere[role] ?? {}), byClient: {} };
      // The group stands in for any of its clients.
      const here = { everywhere: everywhere[role] ?? {}, byClient: { here: ofGroup[role] ?? {} } };
      return {
        role,
        permission,
        given: givenTo(role, here, permission, 'here'),
        otherwise: givenTo(role, above, permission, null),
        choices: choices(role, permission, groupId !== null),
      };
    }),
  );
}
