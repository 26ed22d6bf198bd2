import type { ApprovalFieldsFragment, ClockFieldsFragment } from '../../graphql/generated/operations.ts';
import { clockNamed } from '../../lib/clocks.ts';

/**
 * The clock of one waiting request. Consent to a session has an SLA clock of its own; any other request is measured
 * against the moment it expires, with the warn mark half-way.
 */
export function waitClock(
  approval: ApprovalFieldsFragment,
  clocks: readonly ClockFieldsFragment[],
): ClockFieldsFragment {
  const consent = approval.kind === 'session' ? clockNamed(clocks, 'consent_wait') : null;
  if (consent && consent.metAt === null) return consent;
  const start = new Date(approval.requestedAt).getTime();
  const end = new Date(approval.expiresAt).getTime();
  return {
    name: 'consent_wait',
    startedAt: approval.requestedAt,
    warnAt: new Date((start + end) / 2).toISOString(),
    breachAt: approval.expiresAt,
    metAt: approval.decidedAt,
    warnedAt: null,
    breachedAt: null,
    pausedAt: null,
  };
}
