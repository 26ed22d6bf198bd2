import type { Effect } from '../effect.ts';
import { type SessionState, waitingOn } from '../session-state.ts';
import { pauses, shownClocks } from './clocks.ts';

/** After a step: clocks that stand still now, or no more, and how it all looks. */
export const settled = (state: SessionState, at: number): Effect[] => [...pauses(state, at), projection(state, at)];

function projection(state: SessionState, at: number): Effect {
  const { status, outcome, priority, escalated, assigneeId } = state;
  return {
    do: 'project',
    status,
    outcome,
    waitingOn: waitingOn(state),
    priority,
    escalated,
    assigneeId,
    holderId: state.holderId ?? null,
    assignments: state.assignments ?? 0,
    awaiting: state.awaiting ?? null,
    onHoldSince: state.onHold?.since ?? null,
    clocks: copied(shownClocks(state, at)),
  };
}

/** What went into an effect must not change with the state afterwards. */
const copied = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
