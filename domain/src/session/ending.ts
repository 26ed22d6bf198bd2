import type { Effect } from '../effect.ts';
import type { Outcome } from '../entry.ts';
import type { ActorRef, SessionState } from '../session-state.ts';
import { close, waiting } from './approvals.ts';
import { meet } from './clocks.ts';
import { forget } from './commands.ts';
import { settled } from './settled.ts';

/** How a session ends: by whom, with which words, and on which entries it rests. */
export interface Ending {
  outcome: Outcome;
  by: ActorRef;
  noteText: string | null;
  words: string;
  /** Numbers of the entries that show it works; none where nothing was to be shown. */
  verification: number[];
  notVerifiedText: string | null;
}

/** Ends the session and all in it that waits or runs. */
export function finish(state: SessionState, ending: Ending, at: number): Effect[] {
  state.status = 'completed';
  state.outcome = ending.outcome;
  delete state.awaiting;
  const loose = [...withdrawAll(state, ending.by, at), ...stopAll(state, ending.by, at)];
  const met = [...meet(state, 'response', at), ...meet(state, 'consent_wait', at), ...meet(state, 'resolution', at)];
  return [...loose, ...met, { do: 'complete', ...ending, at }, ...settled(state, at)];
}

/** A request that ends without an answer, and with it what waited for it: its command, or the session. */
export function endApproval(
  state: SessionState,
  approvalId: string,
  how: 'expired' | 'withdrawn',
  by: ActorRef,
  why: string,
  at: number,
): Effect[] {
  const { kind, commandId } = waiting(state, approvalId);
  close(state, approvalId, how);
  const ended: Effect = { do: 'end_approval', approvalId, kind, commandId, state: how, by, why, at };
  if (kind === 'session') {
    const outcome: Outcome = how === 'expired' ? 'expired' : 'cancelled';
    return [ended, ...finish(state, { outcome, by, ...unproven, words: why }, at)];
  }
  if (commandId === null) return [ended];
  forget(state, commandId);
  const words = `${why} It never started.`;
  return [
    ended,
    { do: 'end_command', commandId, state: how === 'expired' ? 'denied' : 'cancelled', words, at },
    ...settled(state, at),
  ];
}

/** What an ending has that nobody wrote a note for. */
export const unproven = { noteText: null, verification: [], notVerifiedText: null };

function withdrawAll(state: SessionState, by: ActorRef, at: number): Effect[] {
  return Object.entries(state.approvals).map(([approvalId, { kind, commandId }]) => {
    close(state, approvalId, 'withdrawn');
    return { do: 'end_approval', approvalId, kind, commandId, state: 'withdrawn', by, why: 'The session ended.', at };
  });
}

function stopAll(state: SessionState, by: ActorRef, at: number): Effect[] {
  const words = 'The session ended. It never started.';
  return Object.entries(state.commands).map(([commandId, command]): Effect => {
    if (command.state !== 'waiting_approval') return { do: 'cancel', commandId, by, at };
    forget(state, commandId);
    return { do: 'end_command', commandId, state: 'cancelled', words, at };
  });
}
