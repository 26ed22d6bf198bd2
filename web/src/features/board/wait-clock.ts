import type { ApprovalFieldsFragment, ClockFieldsFragment } from '../../graphql/generated/operations.ts';
import { clockNamed } from '../../lib/clocks.ts';

const ms = (iso: string): number => new Date(iso).getTime();

/**
 * The clock of one waiting request, held against what the SLA policy says of waiting for a yes. The session's own such clock is consent's,
 * and once that was given the longest wait of a command; a request beside it has the same limits, counted from its own beginning. Where
 * there is none (a session of an older server), the wait is measured against the moment it expires.
 */
export function waitClock(
  approval: ApprovalFieldsFragment,
  clocks: readonly ClockFieldsFragment[],
): ClockFieldsFragment {
  const shown = clockNamed(clocks, 'consent_wait');
  const asked = ms(approval.requestedAt);
  const waits = shown !== null && shown.metAt === null;
  if (waits && (approval.kind === 'session' || ms(shown.startedAt) === asked)) return shown;
  const end = ms(approval.expiresAt);
  const after = (mark: string) => asked + ms(mark) - ms(shown?.startedAt ?? '');
  const [warn, breach] = waits ? [after(shown.warnAt), after(shown.breachAt)] : [(asked + end) / 2, end];
  return {
    name: 'consent_wait',
    startedAt: approval.requestedAt,
    warnAt: new Date(warn).toISOString(),
    breachAt: new Date(breach).toISOString(),
    metAt: approval.decidedAt,
    warnedAt: null,
    breachedAt: null,
    pausedAt: null,
  };
}
