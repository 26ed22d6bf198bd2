import { notFound } from '@throughline/domain/errors';
import { audit } from '@throughline/store/audit-store';
import { endSignInsOf } from '@throughline/store/sign-in-store';
import { type SsoRow, removeSso, ssoOf, untieSubject } from '@throughline/store/sso-store';
import { emergencyAccounts } from '@throughline/store/sso-only-store';
import { type UserRow, usersByIds } from '@throughline/store/user-store';
import { redirectUriOf } from '../auth/sso-routes.ts';
import { setSso } from '../auth/set-sso.ts';
import { setOnly } from '../auth/set-sso-only.ts';
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
  emergency: UserRow[];
  couldBeEmergency: UserRow[];
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
    only: t.boolean({
      description: 'Passwords are taken from emergency accounts only.',
      resolve: ({ row }) => row?.sole ?? false,
    }),
    worked: t.boolean({
      description:
        'Whether anybody has come in through the provider as it is set up now. Before, it cannot be the only way.',
      resolve: ({ row }) => row !== null && row.worked_at !== null,
    }),
    emergencyAccounts: t.field({
      type: [User],
      description: 'Who may sign in with a password also where the provider is the only way.',
      resolve: ({ emergency }) => emergency,
    }),
    couldBeEmergency: t.field({
      type: [User],
      description: 'Who could be an emergency account: admins of all clients with a password and a second factor.',
      resolve: ({ couldBeEmergency }) => couldBeEmergency,
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
const SetSingleSignOnOnlyInput = builder.inputType('SetSingleSignOnOnlyInput', {
  fields: (t) => ({
    only: t.boolean({ required: true }),
    userIds: t.globalIDList({
      required: true,
      for: [User],
      description: 'the emergency accounts; at least one where the provider is to be the only way',
    }),
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
    const fit = await emergencyAccounts(tx, mspId);
    const people = new Map(
      (
        await usersByIds(
          tx,
          mspId,
          fit.map(({ id }) => id),
        )
      ).map((user) => [user.id, user]),
    );
    const rowsOf = (of: typeof fit) => of.flatMap(({ id }) => people.get(id) ?? []);
    return {
      ...{ row: await ssoOf(tx, mspId), redirectUri: redirectUriOf(publicUrl), signInUrl },
      emergency: rowsOf(fit.filter((each) => each.named)),
      couldBeEmergency: rowsOf(fit),
    };
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
  setSingleSignOnOnly: t.field({
    type: SingleSignOn,
    description:
      'Makes the provider the only way to sign in, or not any more, and names the emergency accounts that may still use a password. Sign-ins by password of everybody else end.',
    errors: orUserError('SetSingleSignOnOnlyResult'),
    args: { input: t.arg({ type: SetSingleSignOnOnlyInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      mayGovernSignIn(viewerOf(context));
      const emergencyIds = input.userIds.map(({ id }) => id);
      await setOnly(context.deps, viewerOf(context), context.address, { only: input.only, emergencyIds });
      return seen(context);
    },
  }),
  removeSingleSignOn: t.field({
    type: SingleSignOn,
    description:
      'Nobody comes in by the provider any more, and passwords count again. Sign-ins that stand go on until they are over.',
    errors: orUserError('RemoveSingleSignOnResult'),
    resolve: async (_root, _args, context) => {
      const viewer = viewerOf(context);
      mayGovernSignIn(viewer);
      await reading(context, async (tx) => {
        const before = await ssoOf(tx, viewer.mspId);
        if (await removeSso(tx, viewer.mspId))
          await audit(tx, viewer.mspId, viewer.email, 'sso.removed', 'organisation', {
            issuer: before?.issuer,
            wasOnly: before?.sole,
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
