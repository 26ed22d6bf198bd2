import { useRouter } from 'vue-router';
import { CreateSnapshotDocument } from '../../graphql/generated/operations.ts';
import { useAction } from '../../lib/use-action.ts';

/** Makes a copy of a session as it stands now, and goes to its review. No link comes of that yet. */
export function useShare() {
  const router = useRouter();
  const { run, busy, refused } = useAction(CreateSnapshotDocument);
  async function share(session: { id: string; number: number }): Promise<boolean> {
    if (busy.value) return false;
    const made = await run({ input: { sessionId: session.id } });
    if (made.ok) await router.push(reviewPath(session.number, made.value.id));
    return made.ok;
  }
  return { share, busy, refused };
}

export const reviewPath = (number: number, id: string): string => `/s/${number}/snapshots/${encodeURIComponent(id)}`;
