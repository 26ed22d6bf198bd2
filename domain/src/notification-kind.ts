/**
 * What a person is told of. `unassigned`: a session went back into the queue · `command_rights`: they went from one person to another ·
 * `approval`: a request was answered · `approval_waiting`: nobody answered for too long · `sla`: another clock is near or over its
 * limit · `ticket`: a new ticket came from a PSA · `review`: a session was held against a checklist · `webhook`: an outbound webhook was
 * switched off.
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
  'webhook',
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** What goes out by e-mail as long as a person chose nothing: work that moved to them or away from them. */
export const MAILED_AT_FIRST: readonly NotificationKind[] = ['assigned', 'reassigned', 'escalated'];

/** What an outbound webhook can be told of: all that happens to sessions; who types commands at the moment is the desk's own affair. */
export const ANNOUNCED_KINDS = NOTIFICATION_KINDS.filter((kind) => kind !== 'webhook' && kind !== 'command_rights');
