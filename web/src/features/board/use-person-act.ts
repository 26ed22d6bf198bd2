import { ref } from 'vue';
import {
  AssignSessionDocument,
  EscalateSessionDocument,
  type Priority,
  ReassignSessionDocument,
  type SessionRowFragment,
  SetPriorityDocument,
} from '../../graphql/generated/operations.ts';
import { useAction } from '../../lib/use-action.ts';
import type { PersonAct } from './person-act.ts';

export interface Outcome {
  sessionId: string;
  name: string;
  ok: boolean;
  words: string;
}

/** Runs acts one after another, so that each has its own answer, and keeps what was already done when asked again. */
function useSeveral() {
  const outcomes = ref<Outcome[]>([]);
  const busy = ref(false);
  async function each(
    sessions: readonly SessionRowFragment[],
    act: (s: SessionRowFragment) => Promise<{ ok: boolean; words: string }>,
  ): Promise<boolean> {
    const done = new Set(outcomes.value.filter((o) => o.ok).map((o) => o.sessionId));
    outcomes.value = outcomes.value.filter((o) => o.ok);
    busy.value = true;
    for (const session of sessions) {
      if (done.has(session.id)) continue;
      outcomes.value.push({ sessionId: session.id, name: session.endpoint.name, ...(await act(session)) });
    }
    busy.value = false;
    return outcomes.value.every((o) => o.ok);
  }
  return { outcomes, busy, each };
}

/** Assign, reassign and escalate. A session that somebody has already is reassigned, whatever the button said. */
export function usePersonAct() {
  const { outcomes, busy, each } = useSeveral();
  const assign = useAction(AssignSessionDocument);
  const reassign = useAction(ReassignSessionDocument);
  const escalate = useAction(EscalateSessionDocument);

  async function one(act: PersonAct, s: SessionRowFragment, userId: string, reason: string, offShift: boolean) {
    const input = { sessionId: s.id, userId };
    // Whoever else assigned it since this was read is named instead.
    const given = { ...input, seenAssignment: s.assignmentCount, ...(offShift && { offShift }) };
    const result =
      act === 'escalate'
        ? await escalate.run({ input: { ...input, reason } })
        : s.assignee === null
          ? await assign.run({ input: { ...given, ...(reason && { reason }) } })
          : await reassign.run({ input: { ...given, reason } });
    return result.ok ? { ok: true, words: 'done' } : { ok: false, words: result.failure.message };
  }

  /** The words to show when all went well, or null: then `outcomes` tells what did not. */
  async function run(
    act: PersonAct,
    sessions: readonly SessionRowFragment[],
    to: Record<string, string>,
    reason: string,
    offShift: (userId: string) => boolean,
  ): Promise<string | null> {
    const fine = await each(sessions, (s) => one(act, s, to[s.id] ?? '', reason, offShift(to[s.id] ?? '')));
    if (!fine) return null;
    const verb = { assign: 'assigned', reassign: 'reassigned', escalate: 'escalated' }[act];
    return sessions.length === 1 ? `Session ${sessions[0]?.number} ${verb}.` : `${sessions.length} sessions ${verb}.`;
  }
  return { run, outcomes, busy };
}

/** Sets the priority of several sessions. */
export function usePriorityAct() {
  const { outcomes, busy, each } = useSeveral();
  const set = useAction(SetPriorityDocument);
  async function run(
    sessions: readonly SessionRowFragment[],
    priority: Priority,
    reason: string,
  ): Promise<string | null> {
    const fine = await each(sessions, async (s) => {
      const result = await set.run({ input: { sessionId: s.id, priority, ...(reason && { reason }) } });
      return result.ok ? { ok: true, words: 'done' } : { ok: false, words: result.failure.message };
    });
    return fine
      ? `${sessions.length === 1 ? `Session ${sessions[0]?.number} is` : `${sessions.length} sessions are`} ${priority} now.`
      : null;
  }
  return { run, outcomes, busy };
}
