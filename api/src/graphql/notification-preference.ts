import { type Preference, preferencesOf, setPreference } from '@throughline/store/notification-store';
import { builder } from './builder.ts';
import { reading, viewerOf } from './context.ts';
import { NotificationKind } from './enums.ts';
import { orUserError } from './user-error.ts';
import { Viewer } from './user.ts';

/* What is mailed to a person. In the app everything is kept until it is read: that is no choice. */

const NotificationPreference = builder.objectRef<Preference>('NotificationPreference').implement({
  fields: (t) => ({
    kind: t.field({ type: NotificationKind, resolve: (row) => row.kind }),
    email: t.exposeBoolean('email'),
  }),
});

const SetNotificationPreferenceInput = builder.inputType('SetNotificationPreferenceInput', {
  fields: (t) => ({
    kind: t.field({ type: NotificationKind, required: true }),
    email: t.boolean({ required: true }),
  }),
});

builder.objectFields(Viewer, (t) => ({
  notificationPreferences: t.field({
    type: [NotificationPreference],
    description: 'Your own, for every kind.',
    resolve: (viewer, _args, context) => reading(context, (tx) => preferencesOf(tx, viewer.mspId, viewer.userId)),
  }),
  mailsNotifications: t.boolean({
    description: 'Whether this installation has a mail server to send by.',
    resolve: (_viewer, _args, context) => context.deps.mails,
  }),
}));

builder.mutationFields((t) => ({
  setNotificationPreference: t.field({
    type: Viewer,
    description: 'Your own choice of what is mailed to you.',
    errors: orUserError('SetNotificationPreferenceResult'),
    args: { input: t.arg({ type: SetNotificationPreferenceInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const viewer = viewerOf(context);
      await reading(context, (tx) => setPreference(tx, viewer.mspId, viewer.userId, input));
      return viewer;
    },
  }),
}));
