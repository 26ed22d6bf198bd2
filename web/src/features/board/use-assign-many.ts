import { useQuery } from '@urql/vue';
import { computed, type Ref, ref } from 'vue';
import {
  AssignManyDocument,
  AssignSuggestionsDocument,
  type AssignSuggestionsQuery,
  BoardChoicesDocument,
} from '../../graphql/generated/operations.ts';
import { randomId } from '../../lib/random-id.ts';
import { useAction } from '../../lib/use-action.ts';
import type { BoardRow } from './use-board.ts';
import type { Outcome } from './use-person-act.ts';
import { rowKey } from './use-selection.ts';

export type Suggested = AssignSuggestionsQuery['suggestAssignees'][number];

/** Who can take these rows, whom the server suggests, and the one mutation that gives them. What was given already is not given again. */
export function useAssignMany(rows: Ref<BoardRow[]>) {
  const closed = computed(() => rows.value.length === 0);
  const choices = useQuery({ query: BoardChoicesDocument, pause: closed });
  const suggestions = useQuery({
    query: AssignSuggestionsDocument,
    variables: computed(() => ({
      sessionIds: rows.value.flatMap((r) => r.session?.id ?? []),
      endpointIds: rows.value.flatMap((r) => (r.session ? [] : [r.endpoint.id])),
    })),
    pause: closed,
    requestPolicy: 'network-only',
  });
  const people = computed(() =>
    (choices.data.value?.assignable ?? []).map((p) => ({
      ...p,
      words: `${p.name}, ${p.onShift ? `${p.openSessions} open` : 'off shift'}`,
    })),
  );
  const suggested = computed(
    () =>
      new Map<string, Suggested>(
        (suggestions.data.value?.suggestAssignees ?? []).map((s) => [s.session?.id ?? s.endpoint?.id ?? '', s]),
      ),
  );

  const outcomes = ref<Outcome[]>([]);
  const { run: send, busy, refused } = useAction(AssignManyDocument);
  let key = randomId();
  function begin(): void {
    outcomes.value = [];
    refused.value = null;
    key = randomId();
    retry();
  }
  const retry = () => void choices.executeQuery({ requestPolicy: 'network-only' });

  /** The words to show when all went well, or null: then `outcomes` or `refused` tells what did not. */
  async function run(
    to: Record<string, string>,
    reason: string,
    newSession: { title: string; requester: string; request: string } | null,
    incident: string,
  ): Promise<string | null> {
    const given = outcomes.value.filter((o) => o.ok);
    const left = rows.value.filter((r) => !given.some((o) => o.sessionId === rowKey(r)));
    const items = left.map((r) => ({
      ...(r.session
        ? { sessionId: r.session.id, seenAssignment: r.session.assignmentCount }
        : { endpointId: r.endpoint.id }),
      userId: to[rowKey(r)] ?? '',
    }));
    const offShift = items.some((item) => people.value.some((p) => p.id === item.userId && !p.onShift));
    const result = await send({
      input: {
        items,
        idempotencyKey: key,
        ...(offShift && { offShift }),
        ...(reason && { reason }),
        ...(newSession && { newSession }),
        ...(incident && { incident }),
      },
    });
    if (!result.ok) return null;
    outcomes.value = [
      ...given,
      ...left.map((r, i) => {
        const item = result.value.items[i];
        const ok = item !== undefined && item.code === null;
        return {
          sessionId: rowKey(r),
          name: r.endpoint.name,
          ok,
          words: ok ? 'done' : (item?.message ?? 'No answer.'),
        };
      }),
    ];
    if (!outcomes.value.every((o) => o.ok)) return null;
    return rows.value.length === 1 ? `${rows.value[0]?.endpoint.name} assigned.` : `${rows.value.length} assigned.`;
  }
  return { people, error: choices.error, retry, suggested, run, outcomes, refused, busy, begin };
}
