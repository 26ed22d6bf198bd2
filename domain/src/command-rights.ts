/**
 * How command rights came to somebody: the one who had them handed them over, somebody who assigns gave them, the one before was away,
 * a senior took them over, or whoever started the session has them.
 */
export const RIGHTS_REASONS = ['handed_over', 'given', 'holder_gone', 'senior', 'started'] as const;
export type RightsReason = (typeof RIGHTS_REASONS)[number];
