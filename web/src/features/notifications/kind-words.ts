import type { NotificationKind } from '../../graphql/generated/operations.ts';

/** What each kind means to the person who reads it, most frequent first. */
export const kindWords: Record<NotificationKind, string> = {
  assigned: 'A session is given to you',
  reassigned: 'A session moves to you or away from you',
  escalated: 'A session is escalated, to you or, for managers, to anybody',
  unassigned: 'A session goes back into the queue',
  command_rights: 'Command rights in a session come to you or leave you',
  approval: 'A request of yours is answered',
  approval_waiting: 'An approval has waited too long',
  sla: 'An SLA clock is near or over its limit',
  ticket: 'A new ticket comes from the PSA',
  review: 'A session of yours is reviewed',
  flagged: 'A session is flagged for you to look at',
  thread_reply: 'Somebody replies in a thread of yours, or under a command of yours',
  flag_reviewed: 'A flag of yours is confirmed or redirected',
  snapshot: 'A snapshot of a session of yours has a link',
  webhook: 'A webhook is switched off because nothing gets through',
  emergency_sign_in: 'For admins: an emergency account was used to sign in',
};

/** The same as events that another service can be told of. */
export const eventWords: Record<
  Exclude<NotificationKind, 'webhook' | 'command_rights' | 'emergency_sign_in'>,
  string
> = {
  assigned: 'A session is assigned',
  reassigned: 'A session is reassigned',
  escalated: 'A session is escalated',
  unassigned: 'A session goes back into the queue',
  approval: 'A request is answered',
  approval_waiting: 'An approval has waited too long',
  sla: 'An SLA clock is near or over its limit',
  ticket: 'A new ticket comes from the PSA',
  review: 'A session is reviewed',
  flagged: 'A session is flagged for a senior',
  thread_reply: 'Somebody replies in a thread',
  flag_reviewed: 'A flag is confirmed or redirected',
  snapshot: 'A snapshot of a session has a link',
};
