import { API_SCOPES } from '@throughline/domain/api-scope';
import { DomainError, notFound } from '@throughline/domain/errors';
import { type ApiTokenRow, apiTokens, createApiToken, revokeApiToken } from '@throughline/store/api-token-store';
import { audit } from '@throughline/store/audit-store';
import { isUuid } from '@throughline/domain/ids';
import type { Viewer as SignedIn } from '../auth/viewer.ts';
import { allows } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { reading, viewerOf } from './context.ts';
import { User } from './refs.ts';
import { orUserError } from './user-error.ts';
import { Viewer } from './user.ts';

const MOST_DAYS = 366;

const Scope = builder.enumType('ApiScope', {
  description: 'What an API token may be made for; it never exceeds the rights of its owner.',
  values: Object.fromEntries(API_SCOPES.map((scope) => [scope.replace(':', '_'), { value: scope }])) as Record<
    string,
    { value: (typeof API_SCOPES)[number] }
  >,
});

/** Who may see and end everybody's tokens. */
const governs = (viewer: SignedIn): boolean => allows(viewer, 'settings.write', true, null) && viewer.clients === '*';
const reach = (viewer: SignedIn): string | null => (governs(viewer) ? null : viewer.userId);

const ApiToken = builder.objectRef<ApiTokenRow>('ApiToken');
builder.node(ApiToken, {
  id: { resolve: (row) => row.id },
  loadOne: async (id, context) =>
    (await reading(context, (tx, scope) => apiTokens(tx, scope.mspId, reach(viewerOf(context))))).find(
      (row) => row.id === id,
    ) ?? null,
  fields: (t) => ({
    name: t.exposeString('name'),
    owner: t.field({ type: User, resolve: (row) => row.user_id }),
    scopes: t.field({ type: [Scope], resolve: (row) => row.scopes as (typeof API_SCOPES)[number][] }),
    createdAt: t.field({ type: 'DateTime', resolve: (row) => row.created_at }),
    expiresAt: t.field({ type: 'DateTime', resolve: (row) => row.expires_at }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'exact to a minute',
      resolve: (row) => row.last_used_at,
    }),
    lastAddress: t.exposeString('last_address', { description: 'where it was used from last; empty when never' }),
    revokedAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.revoked_at }),
  }),
});

const CreatedApiToken = builder.objectRef<{ token: string; row: ApiTokenRow }>('CreatedApiToken').implement({
  fields: (t) => ({
    token: t.exposeString('token', { description: 'Shown this once; it goes into `Authorization: Bearer`.' }),
    apiToken: t.field({ type: ApiToken, resolve: ({ row }) => row }),
  }),
});

builder.objectFields(Viewer, (t) => ({
  apiTokens: t.field({
    type: [ApiToken],
    description: "Your own, newest first; with `everybody` an admin gets everybody's.",
    args: { everybody: t.arg.boolean({ defaultValue: false }) },
    resolve: (viewer, { everybody }, context) =>
      reading(context, (tx) =>
        apiTokens(tx, viewer.mspId, everybody === true && governs(viewer) ? null : viewer.userId),
      ),
  }),
}));

const CreateApiTokenInput = builder.inputType('CreateApiTokenInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    scopes: t.field({ type: [Scope], required: true, description: '`read` goes without saying' }),
    days: t.int({ required: true, description: `how long it works, 1 to ${MOST_DAYS}` }),
  }),
});
const RevokeApiTokenInput = builder.inputType('RevokeApiTokenInput', {
  fields: (t) => ({ apiTokenId: t.globalID({ required: true, for: [ApiToken] }) }),
});

builder.mutationFields((t) => ({
  createApiToken: t.field({
    type: CreatedApiToken,
    description: 'For a program that works with your rights, cut down to the scopes.',
    errors: orUserError('CreateApiTokenResult'),
    args: { input: t.arg({ type: CreateApiTokenInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      const name = input.name.trim();
      // What a mutation answers with can be read from, so every token reads.
      const scopes = [...new Set(['read' as const, ...input.scopes])];
      if (name === '' || name.length > 80 || name.includes('\0'))
        throw new DomainError('INVALID_INPUT', 'A token needs a name of 1 to 80 characters.');
      if (!(input.days >= 1 && input.days <= MOST_DAYS))
        throw new DomainError('INVALID_INPUT', `A token works for 1 to ${MOST_DAYS} days.`);
      if (scopes.includes('admin') && !allows(viewer, 'settings.write', true, null))
        throw new DomainError('FORBIDDEN', 'Only an admin can make a token with the scope admin.');
      return reading(context, async (tx) => {
        const made = await createApiToken(tx, viewer.mspId, viewer.userId, { name, scopes, days: input.days });
        await audit(tx, viewer.mspId, viewer.email, 'api_token.created', name, {
          id: made.row.id,
          scopes,
          expiresAt: made.row.expires_at.toISOString(),
          ip: context.address,
        });
        return made;
      });
    },
  }),
  revokeApiToken: t.field({
    type: ApiToken,
    description: 'Ends a token of your own, or, for an admin, of anybody.',
    errors: orUserError('RevokeApiTokenResult'),
    args: { input: t.arg({ type: RevokeApiTokenInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      const { id } = input.apiTokenId;
      return reading(context, async (tx) => {
        const row = isUuid(id) ? await revokeApiToken(tx, viewer.mspId, id, reach(viewer)) : null;
        if (row === null) throw notFound('API token');
        await audit(tx, viewer.mspId, viewer.email, 'api_token.revoked', row.name, { id, ip: context.address });
        return row;
      });
    },
  }),
}));
