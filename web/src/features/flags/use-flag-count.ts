import { createSharedComposable } from '@vueuse/core';
import { useClientHandle } from '@urql/vue';
import { onScopeDispose, ref, watch } from 'vue';
import { ReviewQueueCountDocument } from '../../graphql/generated/operations.ts';
import { askInPassing } from '../../lib/ask-in-passing.ts';
import { paced } from '../../lib/paced.ts';
import { useBoardStream } from '../board/use-board-stream.ts';
import { mayDo } from '../signin/use-viewer.ts';

const PACE = { gatherMs: 100, apartMs: 1000 };

/** How many flags wait in the review queue; null for who does not see it, and before it is known. Follows the board's news of flags alone. */
export const useFlagCount = createSharedComposable(() => {
  const count = ref<number | null>(null);
  if (!mayDo('flag.queue')) return count;
  const { client } = useClientHandle();
  const pace = paced(async () => {
    const { data } = await askInPassing(client, ReviewQueueCountDocument, {});
    if (data) count.value = data.reviewQueue.totalCount;
  }, PACE);
  const live = useBoardStream(
    ({ kind }) => (kind === 'flag' || kind === 'refresh') && pace.ask(),
    () => pace.ask(),
  );
  watch(live, (now) => now && pace.ask());
  pace.ask();
  onScopeDispose(pace.stop);
  return count;
});
