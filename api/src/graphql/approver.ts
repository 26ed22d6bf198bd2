import { DomainError, notFound } from '@throughline/domain/errors';
import { fingerprintOf } from '@throughline/domain/passkey';
import {
  type ApproverRow,
  approverById,
  approvers,
  createApprover,
  makeLink,
  pinsOf,
  revokeApprover,
  setApproverContact,
} from '@throughline/store/approver-store';
import { publishAsked } from '@throughline/store/asked-approver-store';
import { audit } from '@throughline/store/audit-store';
import { clientsByIds } from '@throughline/store/client-store';
import { policyOfClient } from '@throughline/store/policy-store';
import { sha256 } from '@throughline/store/record-store';
import type { Scope, Tx } from '@throughline/store/tenant';
import { siteOf } from '../approver/site.ts';
import { permit } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { type Context, inOrder, onlyUuids, reading, viewerOf } from './context.ts';
import { Client } from './refs.ts';
import { orUserError } from './user-error.ts';

export const Approver = builder.loadableNodeRef('Approver', {
  id: { resolve: (row: ApproverRow) => row.id },
  load: async (ids: string[], context) => {
    permit(viewerOf(context), 'settings.write', true);
    const rows = await reading(context, (tx, scope) =>
      Promise.all(onlyUuids(ids).map((id) => approverById(tx, scope, id))),
    );
    return inOrder(
      ids,
      rows.flatMap((row) => (row === null ? [] : [row])),
    );
  },
});
Approver.implement({
  description:
    'Somebody named by a client who allows commands in strong mode, with a passkey. Not a person of the staff.',
  fields: (t) => ({
    name: t.exposeString('name'),
    email: t.exposeString('email'),
    phone: t.exposeString('phone'),
    client: t.field({ type: Client, resolve: (row) => row.client_id }),
    registeredAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.registered_at }),
    fingerprint: t.string({
      nullable: true,
      description: 'of the passkey’s public key: what endpoints show too',
      resolve: (row) => (row.public_key === null ? null : fingerprintOf(sha256, row.public_key.toString('base64'))),
    }),
  }),
});

interface LinkView {
  approver: ApproverRow;
  url: string;
}
const ApproverLink = builder.objectRef<LinkView>('ApproverLink').implement({
  description: 'To hand over to the approver by a way you trust. It is shown once.',
  fields: (t) => ({
    approver: t.field({ type: Approver, resolve: (view) => view.approver.id }),
    url: t.exposeString('url'),
  }),
});

interface ListView {
  approvers: ApproverRow[];
  pins: string;
}
const ApproverList = builder.objectRef<ListView>('ApproverList').implement({
  fields: (t) => ({
    approvers: t.field({ type: [Approver], resolve: (view) => view.approvers.map(({ id }) => id) }),
    pins: t.exposeString('pins', {
      description: 'JSON for a file, for “approvers add FILE” at an endpoint that is enrolled already',
    }),
  }),
});

const CreateApproverInput = builder.inputType('CreateApproverInput', {
  fields: (t) => ({
    clientId: t.globalID({ required: true, for: [Client] }),
    name: t.string({ required: true }),
    email: t.string(),
    phone: t.string(),
  }),
});
const SetApproverContactInput = builder.inputType('SetApproverContactInput', {
  fields: (t) => ({
    approverId: t.globalID({ required: true, for: [Approver] }),
    email: t.string({ required: true }),
    phone: t.string({ required: true }),
  }),
});
const RenewApproverLinkInput = builder.inputType('RenewApproverLinkInput', {
  fields: (t) => ({ approverId: t.globalID({ required: true, for: [Approver] }) }),
});
const RevokeApproverInput = builder.inputType('RevokeApproverInput', {
  fields: (t) => ({ approverId: t.globalID({ required: true, for: [Approver] }) }),
});

/** How an approver is reached, as it is kept. Errors: INVALID_INPUT. */
function contactOf(input: { email?: string | null; phone?: string | null }): { email: string; phone: string } {
  const email = input.email?.trim() ?? '';
  const phone = input.phone?.trim() ?? '';
  if (email.length > 254 || (email !== '' && !/^[^\s@]+@[^\s@]+$/.test(email)) || /\p{Cc}/u.test(email))
    throw new DomainError('INVALID_INPUT', 'This is no e-mail address. Leave it empty if there is none.');
  if (phone.length > 50 || /\p{Cc}/u.test(phone))
    throw new DomainError('INVALID_INPUT', 'A phone number has up to 50 characters, on one line.');
  return { email, phone };
}

/** Before there is a passkey the link makes one, afterwards it shows what waits. */
async function linkFor(tx: Tx, context: Context, approver: ApproverRow): Promise<LinkView> {
  const kind = approver.registered_at === null ? 'register' : 'desk';
  const token = await makeLink(tx, viewerOf(context).mspId, approver.id, kind);
  const path = kind === 'register' ? `approver/register/${token}` : `approver/${token}`;
  return { approver, url: `${context.deps.publicUrl}/${path}` };
}

async function inSight(tx: Tx, scope: Scope, id: string): Promise<ApproverRow> {
  const [approver] = await Promise.all(onlyUuids([id]).map((each) => approverById(tx, scope, each)));
  if (approver == null) throw notFound('Approver');
  return approver;
}

const noted = (tx: Tx, context: Context, action: string, { name, id }: ApproverRow) =>
  audit(tx, viewerOf(context).mspId, viewerOf(context).email, action, `approver ${name}`, { approverId: id });

builder.queryFields((t) => ({
  approvers: t.field({
    type: ApproverList,
    args: { clientId: t.arg.globalID({ required: true, for: [Client] }) },
    resolve: (_root, { clientId }, context) => {
      permit(viewerOf(context), 'settings.write', true);
      return reading(context, async (tx, scope) => {
        const [client] = await clientsByIds(tx, scope, onlyUuids([clientId.id]));
        if (client === undefined) throw notFound('Client');
        const policy = await policyOfClient(tx, scope.mspId, { id: client.id, groupId: client.group_id });
        const pins = await pinsOf(tx, scope, client.id, siteOf(context.deps.publicUrl), policy);
        return { approvers: await approvers(tx, scope, client.id), pins: JSON.stringify(pins, null, 2) };
      });
    },
  }),
}));

builder.mutationFields((t) => ({
  createApprover: t.field({
    type: ApproverLink,
    errors: orUserError('CreateApproverResult'),
    args: { input: t.arg({ type: CreateApproverInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      permit(viewer, 'settings.write', true);
      const name = input.name.trim();
      const contact = contactOf(input);
      if (name === '' || name.length > 200 || name.includes('\0'))
        throw new DomainError('INVALID_INPUT', 'An approver needs a name of 1 to 200 characters.');
      return reading(context, async (tx, scope) => {
        const [client] = await clientsByIds(tx, scope, onlyUuids([input.clientId.id]));
        if (client === undefined || client.retired_at !== null) throw notFound('Client');
        const approver = await createApprover(tx, viewer.mspId, {
          clientId: client.id,
          createdBy: viewer.userId,
          ...{ name, ...contact },
        });
        await noted(tx, context, 'approver.created', approver);
        return linkFor(tx, context, approver);
      });
    },
  }),
  setApproverContact: t.field({
    type: Approver,
    errors: orUserError('SetApproverContactResult'),
    description: 'How an approver is reached: shown beside what waits for them, and where reminders are mailed.',
    args: { input: t.arg({ type: SetApproverContactInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      permit(viewer, 'settings.write', true);
      const contact = contactOf(input);
      return reading(context, async (tx, scope) => {
        const { id, name, email, phone, client_id } = await inSight(tx, scope, input.approverId.id);
        await setApproverContact(tx, viewer.mspId, id, contact);
        await audit(tx, viewer.mspId, viewer.email, 'approver.contact_set', `approver ${name}`, {
          approverId: id,
          before: { email, phone },
          after: contact,
        });
        await publishAsked(tx, viewer.mspId, client_id);
        return id;
      });
    },
  }),
  renewApproverLink: t.field({
    type: ApproverLink,
    errors: orUserError('RenewApproverLinkResult'),
    description: 'A new link; the one before it stops working.',
    args: { input: t.arg({ type: RenewApproverLinkInput, required: true }) },
    resolve: (_root, { input }, context) => {
      permit(viewerOf(context), 'settings.write', true);
      return reading(context, async (tx, scope) => {
        const approver = await inSight(tx, scope, input.approverId.id);
        await noted(tx, context, 'approver.link_made', approver);
        return linkFor(tx, context, approver);
      });
    },
  }),
  revokeApprover: t.field({
    type: Client,
    errors: orUserError('RevokeApproverResult'),
    description:
      'Ends the approver’s links. An endpoint that pinned the passkey goes on counting it until its owner removes it there.',
    args: { input: t.arg({ type: RevokeApproverInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      permit(viewer, 'settings.write', true);
      return reading(context, async (tx, scope) => {
        const approver = await inSight(tx, scope, input.approverId.id);
        await revokeApprover(tx, viewer.mspId, approver.id);
        await noted(tx, context, 'approver.revoked', approver);
        await publishAsked(tx, viewer.mspId, approver.client_id);
        const [client] = await clientsByIds(tx, scope, [approver.client_id]);
        if (client === undefined) throw notFound('Client');
        return client;
      });
    },
  }),
}));
