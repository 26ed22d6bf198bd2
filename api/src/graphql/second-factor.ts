import { DomainError, notFound } from '@throughline/domain/errors';
import { audit } from '@throughline/store/audit-store';
import {
  type SecondFactorState,
  removeSecondFactor,
  requireSecondFactor,
  secondFactorState,
} from '@throughline/store/second-factor-store';
import { endSignInsOf } from '@throughline/store/sign-in-store';
import { usersByIds } from '@throughline/store/user-store';
import { noLonger } from '../auth/emergency-sign-in.ts';
import { mayGovernSignIn } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { reading, viewerOf } from './context.ts';
import { User } from './refs.ts';
import { orUserError } from './user-error.ts';
import { Viewer } from './user.ts';

const SecondFactor = builder.objectRef<SecondFactorState>('SecondFactor').implement({
  description: 'What the sign-in asks for beside the password. It is set up over /auth/second-factor.',
  fields: (t) => ({
    on: t.exposeBoolean('on'),
    since: t.field({ type: 'DateTime', nullable: true, resolve: (state) => state.since }),
    codesLeft: t.exposeInt('codesLeft', { description: 'recovery codes not yet used' }),
    required: t.exposeBoolean('required', { description: 'the organisation asks everybody for one' }),
  }),
});

builder.objectFields(Viewer, (t) => ({
  secondFactor: t.field({
    type: SecondFactor,
    resolve: (viewer, _args, context) => reading(context, (tx) => secondFactorState(tx, viewer.mspId, viewer.userId)),
  }),
}));

const ResetSecondFactorInput = builder.inputType('ResetSecondFactorInput', {
  fields: (t) => ({ userId: t.globalID({ required: true, for: [User] }) }),
});
const RequireSecondFactorInput = builder.inputType('RequireSecondFactorInput', {
  fields: (t) => ({ required: t.boolean({ required: true }) }),
});

builder.mutationFields((t) => ({
  resetSecondFactor: t.field({
    type: User,
    description: 'For somebody who lost phone and recovery codes: removes their second factor and signs them out.',
    errors: orUserError('ResetSecondFactorResult'),
    args: { input: t.arg({ type: ResetSecondFactorInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      mayGovernSignIn(viewer);
      if (input.userId.id === viewer.userId)
        throw new DomainError('FORBIDDEN', 'Turn your own second factor off on your account page, with a code.');
      return reading(context, async (tx) => {
        const [user] = await usersByIds(tx, viewer.mspId, [input.userId.id]);
        if (user === undefined) throw notFound('Person');
        const removed = await removeSecondFactor(tx, viewer.mspId, user.id);
        if (removed === null) throw new DomainError('INVALID_STATE', `${user.name} has no second factor.`);
        await endSignInsOf(tx, viewer.mspId, user.id);
        await audit(tx, viewer.mspId, viewer.email, 'second_factor.reset', user.email, {
          ...noLonger(removed),
          ip: context.address,
        });
        return { ...user, second_factor: false };
      });
    },
  }),
  requireSecondFactor: t.field({
    type: Viewer,
    description: 'Whether everybody needs a second factor, from their next sign-in on.',
    errors: orUserError('RequireSecondFactorResult'),
    args: { input: t.arg({ type: RequireSecondFactorInput, required: true }) },
    resolve: async (_root, { input: { required } }, context) => {
      const viewer = viewerOf(context);
      mayGovernSignIn(viewer);
      await reading(context, async (tx) => {
        const before = (await secondFactorState(tx, viewer.mspId, viewer.userId)).required;
        await requireSecondFactor(tx, viewer.mspId, required);
        await audit(tx, viewer.mspId, viewer.email, 'second_factor.required', 'organisation', {
          before,
          after: required,
          ip: context.address,
        });
      });
      return viewer;
    },
  }),
}));
