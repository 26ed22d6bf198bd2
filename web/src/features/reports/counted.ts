import type { LocationQuery } from 'vue-router';
import { type Given, idIn } from '../../lib/address.ts';
import type { ClockName, SlaStanding } from '../../graphql/generated/operations.ts';

/* The sessions that a number of the SLA report counted, as an address and back. */

export const standingWords: Record<SlaStanding, string> = { met: 'met', breached: 'breached', open: 'open' };
export type ReportedClock = Extract<ClockName, 'response' | 'resolution'>;
export const reportedWords: Record<ReportedClock, string> = { response: 'first response', resolution: 'completion' };

export interface Counted {
  from: string;
  until: string;
  clock?: ReportedClock;
  standing?: SlaStanding;
  client?: string;
  assignee?: string;
  /** Nobody's. */
  nobody?: '1';
}

export const listOf = (counted: Counted) => ({ path: '/sessions', query: { ...counted } });

const isOne = <T extends string>(words: Record<T, string>, value: unknown): value is T =>
  typeof value === 'string' && Object.hasOwn(words, value);
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** As `Date` writes it: other spellings, and years that no calendar of ours holds, are none of our links. */
function instant(given: Given): string | null {
  if (typeof given !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(given)) return null;
  return Number.isNaN(Date.parse(given)) ? null : given;
}

/** Null where the address names no period. What does not fit is left out. */
export function countedOf(query: LocationQuery) {
  const { from, until, clock, standing, assignee, nobody } = query;
  const [openedFrom, openedUntil] = [instant(from), instant(until)];
  if (openedFrom === null || openedUntil === null) return null;
  const technician = idIn(assignee, 'User');
  const of = isOne(reportedWords, clock) && isOne(standingWords, standing) ? { clock, slaStanding: standing } : {};
  const whose = nobody === '1' ? { unassigned: true } : technician ? { assigneeId: technician } : {};
  const last = new Date(Date.parse(openedUntil) - 1);
  return {
    variables: { openedFrom, openedUntil, ...of, ...whose },
    words: [
      `From the SLA report: opened ${day.format(new Date(openedFrom))} to ${day.format(last)}`,
      ...(of.clock === undefined ? [] : [`${reportedWords[of.clock]} ${standingWords[of.slaStanding]}`]),
      ...(nobody === '1' ? ['assigned to nobody'] : technician ? ['of one technician'] : []),
    ].join(', '),
  };
}
