/**
 * What a person is told of. `unassigned`: a session went back into the queue · `command_rights`: they went from one person to another ·
 * `approval`: a request was answered · `approval_waiting`: nobody answered for too long · `sla`: another clock is near or over its
 * limit · `ticket`: a new ticket came from a PSA · `review`: a session was held against a checklist · `flagged`: a session is flagged for a
 * senior · `thread_reply`: somebody answered in a thread of theirs · `flag_reviewed`: a flag was confirmed or redirected · `snapshot`: a copy of a session
 * has a link · `webhook`: an outbound webhook was switched off · `emergency_sign_in`: somebody came in with a password where the
 * identity provider is the only way.
 */
export const NOTIFICATION_KINDS = [
  'assigned',
  'reassigned',
  'escalated',
  'unassigned',
  'command_rights',
  'approval',
  'approval_waiting',
  'sla',
  'ticket',
  'review',
  'flagged',
  'thread_reply',
  'flag_reviewed',
  'snapshot',
  'webhook',
  'emergency_sign_in',
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** What goes out by e-mail as long as a person chose nothing: work that moved to them or away from them, and what an admin must not miss. */
export const MAILED_AT_FIRST: readonly NotificationKind[] = [
  'assigned',
  'reassigned',
  'escalated',
  'emergency_sign_in',
];

/** What an outbound webhook can be told of: all that happens to sessions; who types commands and who signs in is the desk's own affair. */
const OWN_AFFAIRS: readonly NotificationKind[] = ['webhook', 'command_rights', 'emergency_sign_in'];
export const ANNOUNCED_KINDS = NOTIFICATION_KINDS.filter((kind) => !OWN_AFFAIRS.includes(kind));
