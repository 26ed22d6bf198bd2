import { notFound } from '@throughline/domain/errors';
import { audit } from '@throughline/store/audit-store';
import { endSignInsOf } from '@throughline/store/sign-in-store';
import { type SsoRow, removeSso, ssoOf, untieSubject } from '@throughline/store/sso-store';
import { usersByIds } from '@throughline/store/user-store';
import { redirectUriOf } from '../auth/sso-routes.ts';
import { setSso } from '../auth/set-sso.ts';
import { mayGovernSignIn } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { type Context, reading, viewerOf } from './context.ts';
import { Role } from './enums.ts';
import { User } from './refs.ts';
import { orUserError } from './user-error.ts';

interface SsoView {
  row: SsoRow | null;
  redirectUri: string;
  signInUrl: string;
}
const SingleSignOn = builder.objectRef<SsoView>('SingleSignOn').implement({
  description: "The organisation's identity provider (OpenID Connect). The client secret is never shown.",
  fields: (t) => ({
    on: t.boolean({ resolve: ({ row }) => row !== null }),
    issuer: t.string({ nullable: true, resolve: ({ row }) => row?.issuer ?? null }),
    clientId: t.string({ nullable: true, resolve: ({ row }) => row?.client_id ?? null }),
    label: t.string({ nullable: true, resolve: ({ row }) => row?.label ?? null }),
    emailDomains: t.stringList({
      description: 'Of which domains an address may be that ties an account; empty for any.',
      resolve: ({ row }) => row?.email_domains ?? [],
    }),
    createRole: t.field({
      type: Role,
      nullable: true,
      description: 'The role of somebody whom no admin added; null: they are refused.',
      resolve: ({ row }) => row?.create_role ?? null,
    }),
    redirectUri: t.exposeString('redirectUri', { description: 'to be registered at the provider' }),
    signInUrl: t.exposeString('signInUrl', { description: 'the sign-in page that shows the button' }),
  }),
});

const SetSingleSignOnInput = builder.inputType('SetSingleSignOnInput', {
  fields: (t) => ({
    issuer: t.string({ required: true }),
    clientId: t.string({ required: true }),
    clientSecret: t.string({ description: 'Omit to keep the one there is; a new issuer needs it anew.' }),
    label: t.string({ required: true }),
    emailDomains: t.stringList(),
    createRole: t.field({ type: Role }),
  }),
});
const UntieSingleSignOnInput = builder.inputType('UntieSingleSignOnInput', {
  fields: (t) => ({ userId: t.globalID({ required: true, for: [User] }) }),
});

const seen = (context: Context): Promise<SsoView> =>
  reading(context, async (tx, { mspId }) => {
    const { rows } = await tx.query<{ slug: string }>('select slug from msp where id = $1', [mspId]);
    const { publicUrl } = context.deps;
    const signInUrl = `${publicUrl}/sign-in?org=${rows[0]?.slug ?? ''}`;
    return { row: await ssoOf(tx, mspId), redirectUri: redirectUriOf(publicUrl), signInUrl };
  });

builder.queryFields((t) => ({
  singleSignOn: t.field({
    type: SingleSignOn,
    resolve: (_root, _args, context) => {
      mayGovernSignIn(viewerOf(context));
      return seen(context);
    },
  }),
}));

builder.mutationFields((t) => ({
  setSingleSignOn: t.field({
    type: SingleSignOn,
    description: 'Sets the identity provider up, once it answered as one.',
    errors: orUserError('SetSingleSignOnResult'),
    args: { input: t.arg({ type: SetSingleSignOnInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      mayGovernSignIn(viewerOf(context));
      await setSso(context.deps, viewerOf(context), context.address, input);
      return seen(context);
    },
  }),
  removeSingleSignOn: t.field({
    type: SingleSignOn,
    description: 'Nobody comes in by the provider any more. Sign-ins that stand go on until they are over.',
    errors: orUserError('RemoveSingleSignOnResult'),
    resolve: async (_root, _args, context) => {
      const viewer = viewerOf(context);
      mayGovernSignIn(viewer);
      await reading(context, async (tx) => {
        const before = await ssoOf(tx, viewer.mspId);
        if (await removeSso(tx, viewer.mspId))
          await audit(tx, viewer.mspId, viewer.email, 'sso.removed', 'organisation', {
            issuer: before?.issuer,
            ip: context.address,
          });
      });
      return seen(context);
    },
  }),
  untieSingleSignOn: t.field({
    type: User,
    description:
      'For somebody with a new account at the provider: the old one no longer stands for them, and they are signed out.',
    errors: orUserError('UntieSingleSignOnResult'),
    args: { input: t.arg({ type: UntieSingleSignOnInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      mayGovernSignIn(viewer);
      return reading(context, async (tx) => {
        const [user] = await usersByIds(tx, viewer.mspId, [input.userId.id]);
        if (user === undefined) throw notFound('Person');
        if (await untieSubject(tx, viewer.mspId, user.id)) await endSignInsOf(tx, viewer.mspId, user.id);
        await audit(tx, viewer.mspId, viewer.email, 'sso.untied', user.email, { ip: context.address });
        return { ...user, single_sign_on: false };
      });
    },
  }),
}));
