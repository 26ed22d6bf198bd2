/**
 * What a person is told of. `approval`: a request was answered · `approval_waiting`: nobody answered for too long · `sla`: another clock
 * is near or over its limit · `ticket`: a new ticket came from a PSA · `review`: a session was held against a checklist · `webhook`: an
 * outbound webhook was switched off.
 */
export const NOTIFICATION_KINDS = [
  'assigned',
  'reassigned',
  'escalated',
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

/** What an outbound webhook can be told of: all that happens to sessions. */
export const ANNOUNCED_KINDS = NOTIFICATION_KINDS.filter((kind) => kind !== 'webhook');
