import { DomainError, notFound } from '@throughline/domain/errors';
import { suggestAssignees } from '@throughline/domain/suggest-assignee';
import { clientsByIds } from '@throughline/store/client-store';
import { endpointsByIds } from '@throughline/store/endpoint-store';
import { publish } from '@throughline/store/notify';
import { sessionsByIds } from '@throughline/store/session-store';
import { candidates, setShift } from '@throughline/store/user-store';
import { type AssignOutcome, MAX_ITEMS, assignMany } from '../sessions/assign-many.ts';
import { incidentTitle, makeIncident } from '../sessions/incident.ts';
import { followUp } from '../sessions/follow-up.ts';
import { permit } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { onlyUuids, reading, viewerOf } from './context.ts';
import { Priority } from './enums.ts';
import { Endpoint, Session, User } from './refs.ts';
import { orUserError } from './user-error.ts';

/* What a dispatcher does to several rows at once, and whom to give them to. */

const KNOWN_FOR_MS = 90 * 86_400_000;

const AssignItemInput = builder.inputType('AssignItemInput', {
  description: 'A session, or an endpoint that gets a session; and who is to have it.',
  fields: (t) => ({
    sessionId: t.globalID({ for: [Session] }),
    endpointId: t.globalID({ for: [Endpoint] }),
    userId: t.globalID({ required: true, for: [User] }),
    seenAssignment: t.int({ description: 'The session’s assignmentCount when you looked.' }),
  }),
});
const NewSessionInput = builder.inputType('NewSessionInput', {
  description: 'What the sessions of endpoints without one are opened with.',
  fields: (t) => ({
    title: t.string({ required: true }),
    request: t.string(),
    requester: t.string(),
    channel: t.string(),
    priority: t.field({ type: Priority }),
  }),
});
const AssignManyInput = builder.inputType('AssignManyInput', {
  fields: (t) => ({
    items: t.field({ type: [AssignItemInput], required: true }),
    reason: t.string({ description: 'Needed where a session moves from one person to another.' }),
    offShift: t.boolean({ description: 'Also where the person is off shift.' }),
    newSession: t.field({ type: NewSessionInput }),
    incident: t.string({ description: 'Puts what was given into one incident of this title.' }),
    idempotencyKey: t.string({ required: true }),
  }),
});
const FollowUpSessionInput = builder.inputType('FollowUpSessionInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session], description: 'The completed one.' }),
    title: t.string({ description: 'Empty for the earlier one’s.' }),
    request: t.string({ required: true, description: 'What is wrong again, in their words.' }),
    requester: t.string({ description: 'Empty for the earlier one’s.' }),
    channel: t.string(),
    idempotencyKey: t.string(),
  }),
});
const SetShiftInput = builder.inputType('SetShiftInput', {
  fields: (t) => ({
    userId: t.globalID({ for: [User], description: 'Omit for yourself.' }),
    onShift: t.boolean({ required: true }),
  }),
});

const AssignedItem = builder.objectRef<AssignOutcome>('AssignedItem').implement({
  description: 'What became of one of several: its session, or why not.',
  fields: (t) => ({
    session: t.field({ type: Session, nullable: true, resolve: (item) => item.sessionId }),
    endpoint: t.field({ type: Endpoint, nullable: true, resolve: (item) => item.endpointId }),
    code: t.string({ nullable: true, resolve: (item) => item.failure?.code ?? null }),
    message: t.string({ nullable: true, resolve: (item) => item.failure?.message ?? null }),
  }),
});
const AssignedMany = builder.objectRef<{ items: AssignOutcome[] }>('AssignedMany').implement({
  fields: (t) => ({ items: t.field({ type: [AssignedItem], resolve: (many) => many.items }) }),
});

interface SuggestionView {
  sessionId: string | null;
  endpointId: string | null;
  userId: string;
  reason: string;
}
const Suggestion = builder.objectRef<SuggestionView>('AssigneeSuggestion').implement({
  description: 'Who should take a session: on shift, may see the client, little open, knows the client.',
  fields: (t) => ({
    session: t.field({ type: Session, nullable: true, resolve: (view) => view.sessionId }),
    endpoint: t.field({ type: Endpoint, nullable: true, resolve: (view) => view.endpointId }),
    user: t.field({ type: User, resolve: (view) => view.userId }),
    reason: t.exposeString('reason'),
  }),
});

builder.queryFields((t) => ({
  suggestAssignees: t.field({
    type: [Suggestion],
    description: 'One suggestion for each of these, in which several go to several people. None where nobody fits.',
    args: {
      sessionIds: t.arg.globalIDList({ for: Session }),
      endpointIds: t.arg.globalIDList({ for: Endpoint }),
    },
    resolve: (_root, args, context) =>
      reading(context, async (tx, scope) => {
        const [sessionIds, endpointIds] = [args.sessionIds, args.endpointIds].map((ids) =>
          onlyUuids((ids ?? []).map(({ id }) => id)),
        ) as [string[], string[]];
        if (sessionIds.length + endpointIds.length > MAX_ITEMS)
          throw new DomainError('TOO_LARGE', `Up to ${MAX_ITEMS} rows are assigned at once. Select fewer.`);
        const places = [
          ...(await sessionsByIds(tx, scope, sessionIds)).map((s) => ({ ...s, sessionId: s.id, endpointId: null })),
          ...(await endpointsByIds(tx, scope, endpointIds)).map((e) => ({ ...e, sessionId: null, endpointId: e.id })),
        ];
        const clients = await clientsByIds(tx, scope, [...new Set(places.map((place) => place.client_id))]);
        const people = await candidates(tx, scope.mspId, new Date(Date.now() - KNOWN_FOR_MS));
        const wanted = places.map(({ client_id }) => ({
          clientId: client_id,
          clientName: clients.find((client) => client.id === client_id)?.name ?? '',
        }));
        return suggestAssignees(people, wanted).flatMap((found, i): SuggestionView[] => {
          const place = places[i];
          if (found === null || place === undefined) return [];
          return [{ sessionId: place.sessionId, endpointId: place.endpointId, userId: found.id, reason: found.reason }];
        });
      }),
  }),
}));

builder.mutationFields((t) => ({
  assignMany: t.field({
    type: AssignedMany,
    description: 'Gives several sessions or endpoints to several people. Each has an answer of its own.',
    errors: orUserError('AssignManyResult'),
    args: { input: t.arg({ type: AssignManyInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const items = input.items.map((item) => ({
        sessionId: item.sessionId?.id ?? null,
        endpointId: item.endpointId?.id ?? null,
        userId: item.userId.id,
        seen: item.seenAssignment ?? null,
      }));
      const opening = input.newSession == null ? null : openingOf(input.newSession);
      const viewer = viewerOf(context);
      const incident = input.incident?.trim() ?? '';
      if (incident !== '') incidentTitle(incident);
      const given = await assignMany(
        context.deps,
        viewer,
        items,
        input.reason ?? '',
        opening,
        input.idempotencyKey,
        input.offShift === true,
      );
      const done = given.flatMap(({ failure, sessionId }) =>
        failure === null && sessionId !== null ? [sessionId] : [],
      );
      if (incident !== '' && done.length > 0) await makeIncident(context.deps, viewer, incident, done);
      return { items: given };
    },
  }),
  followUpSession: t.field({
    type: Session,
    description: 'Opens a session on the same endpoint for a matter that came back. The completed one stays as it is.',
    errors: orUserError('FollowUpSessionResult'),
    args: { input: t.arg({ type: FollowUpSessionInput, required: true }) },
    resolve: (_root, { input }, context) =>
      followUp(context.deps, viewerOf(context), {
        sessionId: input.sessionId.id,
        title: input.title ?? '',
        request: input.request,
        requester: input.requester ?? '',
        channel: input.channel ?? '',
        idempotencyKey: input.idempotencyKey ?? null,
      }),
  }),
  setShift: t.field({
    type: User,
    description: 'Comes on shift or goes off it. Work is assigned to those on shift only; what they have stays theirs.',
    errors: orUserError('SetShiftResult'),
    args: { input: t.arg({ type: SetShiftInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const viewer = viewerOf(context);
      const userId = input.userId?.id ?? viewer.userId;
      if (userId !== viewer.userId) permit(viewer, 'session.assign', false);
      await reading(context, async (tx) => {
        if (!(await setShift(tx, viewer.mspId, userId, input.onShift))) throw notFound('Person');
        await publish(tx, { k: 'user', m: viewer.mspId, u: userId });
      });
      return userId;
    },
  }),
}));

function openingOf(input: typeof NewSessionInput.$inferInput) {
  const title = input.title.trim();
  if (title === '' || title.length > 300)
    throw new DomainError('INVALID_INPUT', 'A session needs a title of 1 to 300 characters.');
  return {
    title,
    request: input.request ?? '',
    requester: input.requester ?? '',
    channel: input.channel ?? '',
    priority: input.priority ?? ('normal' as const),
  };
}
