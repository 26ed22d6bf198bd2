import { notFound } from '@throughline/domain/errors';
import { isUuid } from '@throughline/domain/ids';
import { audit } from '@throughline/store/audit-store';
import { type SignInRow, endSignInById, endSignInsOf, signInsOf } from '@throughline/store/sign-in-store';
import { browserName } from '../auth/browser-name.ts';
import { builder } from './builder.ts';
import { reading, viewerOf } from './context.ts';
import { orUserError } from './user-error.ts';
import { Viewer } from './user.ts';

const SignIn = builder.objectRef<SignInRow>('SignIn');
builder.node(SignIn, {
  id: { resolve: (row) => row.id },
  loadOne: async (id, context) =>
    (await reading(context, (tx, scope) => signInsOf(tx, scope.mspId, viewerOf(context).userId))).find(
      (row) => row.id === id,
    ) ?? null,
  description: 'One browser in which a person is signed in.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', resolve: (row) => row.created_at }),
    address: t.exposeString('address', { description: 'the network address it came from; empty when not known' }),
    browser: t.string({ resolve: (row) => browserName(row.agent) }),
    singleSignOn: t.boolean({
      description: 'by single sign-on, not by password',
      resolve: (row) => row.method === 'sso',
    }),
    lastSeenAt: t.field({ type: 'DateTime', description: 'exact to a minute', resolve: (row) => row.last_seen_at }),
    expiresAt: t.field({ type: 'DateTime', resolve: (row) => row.expires_at }),
    current: t.boolean({
      description: 'the one that asks',
      resolve: (row, _args, context) => row.id === viewerOf(context).signInId,
    }),
  }),
});

builder.objectFields(Viewer, (t) => ({
  signIns: t.field({
    type: [SignIn],
    resolve: (viewer, _args, context) => reading(context, (tx) => signInsOf(tx, viewer.mspId, viewer.userId)),
  }),
}));

const EndSignInInput = builder.inputType('EndSignInInput', {
  fields: (t) => ({ signInId: t.globalID({ required: true, for: [SignIn] }) }),
});

builder.mutationFields((t) => ({
  endSignIn: t.field({
    type: Viewer,
    description: 'Signs one of your own browsers out.',
    errors: orUserError('EndSignInResult'),
    args: { input: t.arg({ type: EndSignInInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const viewer = viewerOf(context);
      await reading(context, async (tx) => {
        const { id } = input.signInId;
        if (!isUuid(id) || !(await endSignInById(tx, viewer.mspId, viewer.userId, id))) throw notFound('Sign-in');
        await audit(tx, viewer.mspId, viewer.email, 'sign_in.ended', `user ${viewer.userId}`, {
          signIn: id,
          ip: context.address,
        });
      });
      return viewer;
    },
  }),
  endAllSignIns: t.field({
    type: Viewer,
    description: 'Signs you out everywhere, here too.',
    errors: orUserError('EndAllSignInsResult'),
    resolve: async (_root, _args, context) => {
      const viewer = viewerOf(context);
      await reading(context, async (tx) => {
        const ended = await endSignInsOf(tx, viewer.mspId, viewer.userId);
        await audit(tx, viewer.mspId, viewer.email, 'sign_in.ended_all', `user ${viewer.userId}`, {
          ended,
          ip: context.address,
        });
      });
      return viewer;
    },
  }),
}));
