import { useDocumentVisibility } from '@vueuse/core';
import { type Ref, watch } from 'vue';
import { type FlagFieldsFragment, MarkFlagsSeenDocument } from '../../graphql/generated/operations.ts';
import { useAction } from '../../lib/use-action.ts';

interface Flagged {
  id: string;
  can: { reviewFlags: boolean };
  flags: readonly FlagFieldsFragment[];
}

/** Whoever reviews flags and has a flagged session before them has seen its flags. They stay open. */
export function useFlagsSeen(session: Ref<Flagged | null>): void {
  const { run } = useAction(MarkFlagsSeenDocument);
  const visibility = useDocumentVisibility();
  const told = new Set<string>();
  watch(
    [session, visibility],
    async ([now]) => {
      if (!now?.can.reviewFlags || visibility.value === 'hidden') return;
      const fresh = now.flags.filter((flag) => flag.canReview && !flag.seenByMe && !told.has(flag.id));
      if (fresh.length === 0) return;
      for (const { id } of fresh) told.add(id);
      const { ok } = await run({ input: { sessionId: now.id } });
      // Said again with the next news of the session.
      if (!ok) for (const { id } of fresh) told.delete(id);
    },
    { immediate: true },
  );
}
