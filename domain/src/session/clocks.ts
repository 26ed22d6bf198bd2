import type { Effect } from '../effect.ts';
import type { SessionState } from '../session-state.ts';
import {
  CLOCKS,
  PAUSED_CLOCKS,
  SLA_LEVELS,
  type ClockName,
  type PauseReason,
  type SlaClock,
  type SlaMark,
  type SlaVersions,
  nextMark,
  openPause,
  pausedSince,
  showClock,
} from '../sla.ts';

/** Stops a clock. When it happened is kept, also when that was after a breach. */
export function meet(state: SessionState, name: ClockName, at: number): Effect[] {
  const clock = state.clocks[name];
  if (clock === undefined || clock.metAt !== null) return [];
  clock.metAt = at;
  const open = openPause(clock);
  if (open !== undefined) open.until = at;
  const { [state.priority]: targets, hours } = state.sla;
  const { warnAt, dueAt } = showClock(clock, targets[name], at, hours);
  Object.assign(clock, { warnAt, dueAt });
  return [{ do: 'sla', clock: name, mark: 'met', dueAt, startedAt: clock.startedAt, at }];
}

/** When the next mark of any clock is due, each. */
export const marksDue = (state: SessionState): number[] =>
  [...marks(state), ...waitMarks(state).map(({ mark }) => mark)].map((mark) => mark.dueAt);

/** Notes every mark that is due by `now`. */
export function reachMarks(state: SessionState, now: number): Effect[] {
  const reached: Effect[] = [];
  for (const mark of marks(state).filter((m) => m.dueAt <= now)) {
    const clock = state.clocks[mark.clock];
    if (clock !== undefined) reached.push(reach(clock, mark, now));
  }
  for (const { id, commandId, clock, mark } of waitMarks(state))
    if (mark.dueAt <= now) reached.push({ ...reach(clock, mark, now), approval: { id, commandId } });
  return reached;
}

/** Holds or releases the clocks, as the policy has it for what the session waits for. */
export function pauses(state: SessionState, at: number): Effect[] {
  const why = pausedFor(state);
  const changed = PAUSED_CLOCKS.filter((name) => {
    const clock = state.clocks[name];
    if (clock === undefined || clock.metAt !== null) return false;
    const open = openPause(clock);
    if ((open !== undefined) === why.length > 0) return false;
    if (open !== undefined) open.until = at;
    else clock.pauses = [...(clock.pauses ?? []), { from: at, until: null }];
    return true;
  });
  return changed.length === 0 ? [] : [{ do: 'sla_pause', clocks: changed, paused: why.length > 0, why, at }];
}

/** The clocks as lists show them at `at`. */
export function shownClocks(state: SessionState, at: number): Partial<Record<ClockName, SlaClock>> {
  const { [state.priority]: targets, hours } = state.sla;
  const shown = CLOCKS.flatMap((name) => {
    const clock = name === 'consent_wait' ? shownWait(state) : state.clocks[name];
    // One that stands still is shown as it stood: its limit does not move while nothing else does.
    return clock === undefined ? [] : [[name, showClock(clock, targets[name], pausedSince(clock) ?? at, hours)]];
  });
  return Object.fromEntries(shown) as Partial<Record<ClockName, SlaClock>>;
}

/** Versions only go up, at every level: of two messages that overtook each other the older one changes nothing. */
export const isNewer = (now: SlaVersions, before: SlaVersions | undefined): boolean =>
  before === undefined || SLA_LEVELS.every((level) => now[level] >= before[level]);

function marks(state: SessionState): SlaMark[] {
  const { clocks, sla, priority } = state;
  return CLOCKS.flatMap((name) => {
    const clock = clocks[name];
    const mark = clock === undefined ? null : nextMark(name, clock, sla[priority][name], sla.hours);
    return mark === null ? [] : [mark];
  });
}

/** The next marks of commands' waiting requests, by the same limits as consent's. */
function waitMarks(state: SessionState): { id: string; commandId: string; clock: SlaClock; mark: SlaMark }[] {
  const { approvals, sla, priority } = state;
  return Object.entries(approvals).flatMap(([id, { commandId, clock }]) => {
    if (clock === undefined || commandId === null) return [];
    const mark = nextMark('consent_wait', clock, sla[priority].consent_wait, sla.hours);
    return mark === null ? [] : [{ id, commandId, clock, mark }];
  });
}

/** Notes on a clock that it reached a mark. */
function reach(clock: SlaClock, mark: SlaMark, at: number): Effect & { do: 'sla' } {
  if (mark.mark === 'warn') clock.warnedAt = at;
  else if (mark.mark === 'breach') clock.breachedAt = at;
  else clock.escalatedAt = at;
  return { do: 'sla', ...mark, startedAt: clock.startedAt, at };
}

/** The wait that lists show: consent's, and once that is over the longest of a command's request that still waits. */
function shownWait({ clocks, approvals }: SessionState): SlaClock | undefined {
  const consent = clocks.consent_wait;
  if (consent !== undefined && consent.metAt === null) return consent;
  const waits = Object.values(approvals).flatMap(({ clock }) => clock ?? []);
  return waits.length === 0 ? consent : waits.reduce((a, b) => (b.startedAt < a.startedAt ? b : a));
}

function pausedFor({ status, approvals, onHold, sla }: SessionState): PauseReason[] {
  if (status === 'completed') return [];
  const waits = { approval: Object.keys(approvals).length > 0, client: onHold !== undefined };
  return (sla.pauseWhile ?? []).filter((reason) => waits[reason]);
}
