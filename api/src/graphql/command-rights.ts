import {
  askForCommandRights,
  giveCommandRights,
  keepCommandRights,
  takeCommandRights,
} from '../sessions/command-rights.ts';
import { typing } from '../sessions/typing.ts';
import { builder } from './builder.ts';
import { viewerOf } from './context.ts';
import { Session, User } from './refs.ts';
import { orUserError } from './user-error.ts';

/* Several people in one session: who sends commands, and who is typing. */

const sessionInput = (name: string) =>
  builder.inputType(name, { fields: (t) => ({ sessionId: t.globalID({ required: true, for: [Session] }) }) });
const TakeCommandRightsInput = sessionInput('TakeCommandRightsInput');
const KeepCommandRightsInput = sessionInput('KeepCommandRightsInput');
const GiveCommandRightsInput = builder.inputType('GiveCommandRightsInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    userId: t.globalID({ required: true, for: [User] }),
  }),
});
const AskForCommandRightsInput = builder.inputType('AskForCommandRightsInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    asks: t.boolean({ required: true, description: 'False: not any more.' }),
  }),
});
const TypeInSessionInput = builder.inputType('TypeInSessionInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    typing: t.boolean({ required: true, description: 'True is to be said again every few seconds.' }),
  }),
});

builder.mutationFields((t) => ({
  takeCommandRights: t.field({
    type: Session,
    description:
      'Makes you the one who sends commands: as a senior at any time, as the assignee once whoever had the rights has closed the session.',
    errors: orUserError('TakeCommandRightsResult'),
    args: { input: t.arg({ type: TakeCommandRightsInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await takeCommandRights(context.deps, viewerOf(context), input.sessionId.id);
      return input.sessionId.id;
    },
  }),
  giveCommandRights: t.field({
    type: Session,
    description: 'Hands over the command rights you have; who assigns sessions may give anybody’s.',
    errors: orUserError('GiveCommandRightsResult'),
    args: { input: t.arg({ type: GiveCommandRightsInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await giveCommandRights(context.deps, viewerOf(context), input.sessionId.id, input.userId.id);
      return input.sessionId.id;
    },
  }),
  askForCommandRights: t.field({
    type: Session,
    description: 'Asks whoever has command rights for them. You must follow the session’s events.',
    errors: orUserError('AskForCommandRightsResult'),
    args: { input: t.arg({ type: AskForCommandRightsInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await askForCommandRights(context.deps, viewerOf(context), input.sessionId.id, input.asks);
      return input.sessionId.id;
    },
  }),
  keepCommandRights: t.field({
    type: Session,
    description: 'Keeps the command rights you have, whoever asks.',
    errors: orUserError('KeepCommandRightsResult'),
    args: { input: t.arg({ type: KeepCommandRightsInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await keepCommandRights(context.deps, viewerOf(context), input.sessionId.id);
      return input.sessionId.id;
    },
  }),
  typeInSession: t.field({
    type: Session,
    description: 'Tells others who follow the session that you are typing. It never goes on the record.',
    errors: orUserError('TypeInSessionResult'),
    args: { input: t.arg({ type: TypeInSessionInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await typing(context.deps, viewerOf(context), input.sessionId.id, input.typing);
      return input.sessionId.id;
    },
  }),
}));
