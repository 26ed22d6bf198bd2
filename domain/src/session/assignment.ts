import type { RightsReason } from '../command-rights.ts';
import type { Effect } from '../effect.ts';
import { DomainError } from '../errors.ts';
import { type ActorRef, type SessionState, commandHolder } from '../session-state.ts';
import { clockRan, startClock } from '../sla.ts';

/** Who asks for something that only the assignee may do; `any` is a senior, who may do it in every session. */
export interface Doer {
  id: string;
  any: boolean;
}

export function checkOpen(state: SessionState): void {
  if (state.status === 'completed')
    throw new DomainError('INVALID_STATE', 'This session is completed. Open a follow-up session to go on.');
}

export function checkDoer(state: SessionState, by: Doer): void {
  checkOpen(state);
  if (!by.any && state.assigneeId !== by.id && commandHolder(state) !== by.id)
    throw new DomainError(
      'FORBIDDEN',
      'This session is assigned to somebody else. Ask the dispatcher to reassign it to you.',
    );
}

/** Refuses an assignment by somebody who saw an older one: of two at once the first counts. */
export function checkAssign(state: SessionState, expected: number | undefined): void {
  checkOpen(state);
  if (expected === undefined || expected === (state.assignments ?? 0)) return;
  const { assigneeId, assignedBy } = state;
  throw new DomainError('CONFLICT', 'Somebody else assigned this session a moment ago. Look at it again.', {
    ...(assigneeId !== null && { assigneeId }),
    ...(assignedBy?.kind === 'user' && { assignedBy: assignedBy.id }),
  });
}

export function checkAwaiting(state: SessionState, by: Doer): void {
  checkOpen(state);
  if (state.assigneeId !== by.id)
    throw new DomainError('FORBIDDEN', 'Only whoever the session was given to can accept or decline it.');
  if (state.awaiting === undefined)
    throw new DomainError(
      'INVALID_STATE',
      'You have taken this session up already. Ask the dispatcher to reassign it.',
    );
}

export function assign(state: SessionState, to: string, by: ActorRef, reasonText: string | null, at: number): Effect[] {
  const from = state.assigneeId;
  if (from === to) return [];
  handTo(state, to, by, at);
  return [{ do: 'assign', from, to, by, reasonText, at }];
}

export function putBack(
  state: SessionState,
  why: 'declined' | 'not_taken_up',
  reasonText: string | null,
  by: ActorRef,
  at: number,
): Effect[] {
  const from = state.assigneeId;
  handTo(state, null, by, at);
  return from === null ? [] : [{ do: 'unassign', from, why, reasonText, by, at }];
}

/** Whoever begins to work on what was given to them has accepted it by that. */
export function takeUp(state: SessionState, by: string): void {
  if (state.assigneeId === by) delete state.awaiting;
}

/** Only one person sends commands at a time. A senior's step is to take the rights over first, so that the other one knows. */
export function checkRights(state: SessionState, by: Doer): void {
  checkOpen(state);
  if (commandHolder(state) === by.id) return;
  checkDoer(state, by);
  throw new DomainError(
    'CONFLICT',
    'Somebody else has command rights in this session, so nothing was sent. Take them over or ask for them, then send it again.',
  );
}

/** `from`: whom the asker saw holding them; of two who take them at once the first gets them. */
export function checkGiveRights(state: SessionState, from: string): void {
  checkOpen(state);
  const holder = commandHolder(state);
  if (holder === null)
    throw new DomainError('INVALID_STATE', 'Nobody works on this session yet. Assign it, and who gets it may command.');
  if (holder !== from)
    throw new DomainError('CONFLICT', 'Command rights went to somebody else a moment ago. Look who has them now.', {
      holderId: holder,
    });
}

export function moveRights(state: SessionState, to: string, why: RightsReason, by: ActorRef, at: number): Effect[] {
  const from = commandHolder(state);
  if (from === to) return [];
  if (to === state.assigneeId) delete state.holderId;
  else state.holderId = to;
  return [{ do: 'command_rights', from, to, why, by, at }];
}

function handTo(state: SessionState, to: string | null, by: ActorRef, at: number): void {
  const { acceptMs, hours } = state.sla;
  state.assigneeId = to;
  state.assignments = (state.assignments ?? 0) + 1;
  state.assignedBy = by;
  // What the one before had handed on does not bind the next.
  delete state.holderId;
  delete state.awaiting;
  if (to === null || (by.kind === 'user' && by.id === to)) return;
  state.awaiting = { until: acceptMs === undefined ? null : clockRan(startClock(at), acceptMs, hours) };
}
