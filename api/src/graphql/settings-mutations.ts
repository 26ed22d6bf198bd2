import { randomBytes } from 'node:crypto';
import { DomainError, notFound } from '@throughline/domain/errors';
import { audit } from '@throughline/store/audit-store';
import { type ClientRow, clientsByIds, createClient, createGroup } from '@throughline/store/client-store';
import { createEnrollmentToken } from '@throughline/store/enrollment-store';
import { endpointsByIds } from '@throughline/store/endpoint-store';
import { publish } from '@throughline/store/notify';
import { markRead } from '@throughline/store/notification-store';
import { WEBHOOK_SCHEMES, createConnection } from '@throughline/store/psa-store';
import { createSetupLink } from '@throughline/store/setup';
import { type UserRow, createUser } from '@throughline/store/user-store';
import { placeTicket } from '../psa/place-ticket.ts';
import { permit, permitSomewhere } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { contactOf } from './client-contact.ts';
import { reading, viewerOf } from './context.ts';
import { Role } from './enums.ts';
import { Notification } from './news.ts';
import { PsaConnection, TriageItem } from './psa.ts';
import { Client, ClientGroup, Endpoint, Session, User } from './refs.ts';
import { orUserError } from './user-error.ts';
import { Viewer } from './user.ts';

interface TokenView {
  token: string;
  command: string;
  executableCommand: string;
  expiresAt: Date;
  client: ClientRow;
}
const EnrollmentToken = builder.objectRef<TokenView>('EnrollmentToken').implement({
  fields: (t) => ({
    token: t.exposeString('token'),
    command: t.exposeString('command', { description: 'for a clone of the source' }),
    executableCommand: t.exposeString('executableCommand', {
      description: 'for the one executable: enrols, then installs the service',
    }),
    expiresAt: t.field({ type: 'DateTime', resolve: (view) => view.expiresAt }),
    client: t.field({ type: Client, resolve: (view) => view.client }),
  }),
});

const CreatedUser = builder.objectRef<{ user: UserRow; setupUrl: string }>('CreatedUser').implement({
  description: 'A new person sets their password with this one-time link.',
  fields: (t) => ({
    user: t.field({ type: User, resolve: (view) => view.user }),
    setupUrl: t.exposeString('setupUrl'),
  }),
});

const CreateEnrollmentTokenInput = builder.inputType('CreateEnrollmentTokenInput', {
  fields: (t) => ({
    clientId: t.globalID({ required: true, for: [Client] }),
    expectedHost: t.string(),
    replaceEndpointId: t.globalID({ for: [Endpoint] }),
  }),
});
const RetireEndpointInput = builder.inputType('RetireEndpointInput', {
  fields: (t) => ({ endpointId: t.globalID({ required: true, for: [Endpoint] }) }),
});
const CreateClientGroupInput = builder.inputType('CreateClientGroupInput', {
  fields: (t) => ({ name: t.string({ required: true }) }),
});
const CreateClientInput = builder.inputType('CreateClientInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    groupId: t.globalID({ required: true, for: [ClientGroup] }),
    contactName: t.string(),
    contactPhone: t.string(),
    contactEmail: t.string(),
    externalId: t.string(),
  }),
});
const CreateUserInput = builder.inputType('CreateUserInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    email: t.string({ required: true }),
    role: t.field({ type: Role, required: true }),
    clientIds: t.globalIDList({ for: [Client], description: 'Omit for all clients.' }),
  }),
});
const CreatePsaConnectionInput = builder.inputType('CreatePsaConnectionInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    slug: t.string({ required: true }),
    scheme: t.string({ required: true }),
    secret: t.string({ required: true }),
    noteUrl: t.string(),
    noteSecret: t.string(),
    ticketUrlTemplate: t.string(),
  }),
});
const ResolveTriageInput = builder.inputType('ResolveTriageInput', {
  fields: (t) => ({
    triageId: t.globalID({ required: true, for: [TriageItem] }),
    endpointId: t.globalID({ required: true, for: [Endpoint] }),
  }),
});

const named = (text: string, what: string): string => {
  const name = text.trim();
  if (name === '' || name.length > 200)
    throw new DomainError('INVALID_INPUT', `${what} needs a name of 1 to 200 characters.`);
  return name;
};

builder.mutationFields((t) => ({
  createEnrollmentToken: t.field({
    type: EnrollmentToken,
    errors: orUserError('CreateEnrollmentTokenResult'),
    args: { input: t.arg({ type: CreateEnrollmentTokenInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      permitSomewhere(viewer, 'endpoint.enroll', true);
      return reading(context, async (tx, scope) => {
        const [client] = await clientsByIds(tx, scope, [input.clientId.id]);
        if (client === undefined) throw notFound('Client');
        permit(viewer, 'endpoint.enroll', true, client.id);
        const replaced =
          input.replaceEndpointId == null ? null : (await endpointsByIds(tx, scope, [input.replaceEndpointId.id]))[0];
        if (replaced === undefined || (replaced !== null && replaced.client_id !== client.id))
          throw notFound('Endpoint');
        const host = input.expectedHost?.trim() ?? '';
        const { token, expiresAt } = await createEnrollmentToken(tx, viewer.mspId, {
          clientId: client.id,
          expectedHost: host === '' ? null : host,
          replaceEndpointId: replaced?.id ?? null,
          createdBy: viewer.userId,
        });
        await audit(tx, viewer.mspId, viewer.email, 'enrollment.created', client.name, {
          expectedHost: host,
          ip: context.address,
        });
        const name = host === '' ? '' : ` --name ${host}`;
        const enroll = `enroll --server ${context.deps.publicUrl} --token ${token}${name}`;
        return {
          token,
          command: `npm run agent -- ${enroll}`,
          executableCommand: `sudo ./throughline-runtime ${enroll} --no-run && sudo ./throughline-runtime install`,
          expiresAt,
          client,
        };
      });
    },
  }),
  retireEndpoint: t.field({
    type: Endpoint,
    errors: orUserError('RetireEndpointResult'),
    args: { input: t.arg({ type: RetireEndpointInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      permitSomewhere(viewer, 'endpoint.retire', true);
      return reading(context, async (tx, scope) => {
        const { id } = input.endpointId;
        const [endpoint] = await endpointsByIds(tx, scope, [id]);
        if (endpoint === undefined) throw notFound('Endpoint');
        permit(viewer, 'endpoint.retire', true, endpoint.client_id);
        await tx.query(
          'update endpoint set retired_at = coalesce(retired_at, now()), online = false where msp_id = $1 and id = $2',
          [viewer.mspId, id],
        );
        const { rows } = await tx.query<{ id: string }>(
          'update runtime set revoked_at = now() where msp_id = $1 and endpoint_id = $2 and revoked_at is null returning id',
          [viewer.mspId, id],
        );
        for (const runtime of rows) await publish(tx, { k: 'revoke', m: viewer.mspId, r: runtime.id });
        await publish(tx, { k: 'endpoint', m: viewer.mspId, e: id });
        await audit(tx, viewer.mspId, viewer.email, 'endpoint.retired', endpoint.name, { ip: context.address });
        return { ...endpoint, retired_at: endpoint.retired_at ?? new Date(), online: false };
      });
    },
  }),
  createClientGroup: t.field({
    type: ClientGroup,
    errors: orUserError('CreateClientGroupResult'),
    args: { input: t.arg({ type: CreateClientGroupInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      permit(viewer, 'settings.write', true);
      return reading(context, async (tx) => {
        const group = await createGroup(tx, viewer.mspId, named(input.name, 'A client group'), viewer.userId);
        await audit(tx, viewer.mspId, viewer.email, 'client_group.created', group.name, { ip: context.address });
        return group;
      });
    },
  }),
  createClient: t.field({
    type: Client,
    errors: orUserError('CreateClientResult'),
    args: { input: t.arg({ type: CreateClientInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      permit(viewer, 'settings.write', true);
      return reading(context, async (tx) => {
        const client = await createClient(tx, viewer.mspId, {
          name: named(input.name, 'A client'),
          groupId: input.groupId.id,
          ...contactOf(input),
          externalId: input.externalId ?? null,
        });
        await audit(tx, viewer.mspId, viewer.email, 'client.created', client.name, { ip: context.address });
        return client;
      });
    },
  }),
  createUser: t.field({
    type: CreatedUser,
    errors: orUserError('CreateUserResult'),
    args: { input: t.arg({ type: CreateUserInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      permit(viewer, 'settings.write', true);
      return reading(context, async (tx) => {
        const user = await createUser(tx, viewer.mspId, {
          name: named(input.name, 'A person'),
          email: input.email,
          role: input.role,
          clientIds: input.clientIds?.map((client) => client.id) ?? null,
        });
        const token = await createSetupLink(tx, viewer.mspId, user.id);
        await audit(tx, viewer.mspId, viewer.email, 'user.created', user.email, {
          role: user.role,
          ip: context.address,
        });
        return { user, setupUrl: `${context.deps.publicUrl}/setup/${token}` };
      });
    },
  }),
  createPsaConnection: t.field({
    type: PsaConnection,
    errors: orUserError('CreatePsaConnectionResult'),
    args: { input: t.arg({ type: CreatePsaConnectionInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      permit(viewer, 'settings.write', true);
      const scheme = WEBHOOK_SCHEMES.find((known) => known === input.scheme);
      if (scheme === undefined) throw new DomainError('INVALID_INPUT', `Choose one of: ${WEBHOOK_SCHEMES.join(', ')}.`);
      return reading(context, async (tx) => {
        const connection = await createConnection(tx, viewer.mspId, context.deps.seal, {
          name: named(input.name, 'A PSA connection'),
          slug: input.slug.trim() === '' ? `psa-${randomBytes(6).toString('hex')}` : input.slug.trim(),
          scheme,
          secret: input.secret,
          noteUrl: input.noteUrl ?? null,
          noteSecret: input.noteSecret ?? null,
          ticketUrlTemplate: input.ticketUrlTemplate ?? null,
        });
        await audit(tx, viewer.mspId, viewer.email, 'psa_connection.created', connection.name, {
          slug: connection.slug,
          ip: context.address,
        });
        return connection;
      });
    },
  }),
  resolveTriage: t.field({
    type: Session,
    errors: orUserError('ResolveTriageResult'),
    args: { input: t.arg({ type: ResolveTriageInput, required: true }) },
    resolve: (_root, { input }, context) => {
      permitSomewhere(viewerOf(context), 'session.assign', true);
      return placeTicket(context.deps, viewerOf(context), input.triageId.id, input.endpointId.id);
    },
  }),
  markNotificationsRead: t.field({
    type: Viewer,
    errors: orUserError('MarkNotificationsReadResult'),
    args: { ids: t.arg.globalIDList({ required: true, for: [Notification] }) },
    resolve: async (_root, args, context) => {
      const viewer = viewerOf(context);
      await reading(context, (tx) =>
        markRead(
          tx,
          viewer.mspId,
          viewer.userId,
          args.ids.map((id) => id.id),
        ),
      );
      return viewer;
    },
  }),
}));
