import type { SnapshotCopy } from '@throughline/domain/snapshot';
import { onMounted, ref, shallowRef } from 'vue';
import { type Failure, failure } from '../../lib/failure.ts';

export type Ended = 'unknown' | 'over';

/** What a link's token gives to whoever has it: the copy, or in which way it is no more. Sent without any sign-in this browser has. */
export function useSharedCopy(token: () => string) {
  const shared = shallowRef<SnapshotCopy | null>(null);
  const ended = ref<Ended | null>(null);
  const problem = shallowRef<Failure | null>(null);

  async function load(): Promise<void> {
    problem.value = null;
    try {
      const answer = await fetch(`/snapshots/${encodeURIComponent(token())}/copy`, {
        credentials: 'omit',
        cache: 'no-store',
      });
      if (answer.ok) shared.value = (await answer.json()) as SnapshotCopy;
      else if (answer.status === 410) ended.value = 'over';
      else if (answer.status === 404) ended.value = 'unknown';
      else problem.value = failure(`HTTP_${answer.status}`, await wordsOf(answer));
    } catch (error) {
      console.warn('The copy could not be fetched.', error);
      problem.value = failure('NO_CONNECTION', 'The server did not answer. Check your connection, then try again.');
    }
  }
  onMounted(load);
  return { shared, ended, problem, load };
}

async function wordsOf(answer: Response): Promise<string> {
  const body = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
  return body?.error?.message ?? 'The server could not give it just now.';
}
