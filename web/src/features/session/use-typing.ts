import { useClientHandle } from '@urql/vue';
import { onScopeDispose } from 'vue';
import { TypeInSessionDocument } from '../../graphql/generated/operations.ts';

/** Said again this often while somebody goes on typing; the server forgets it a little later. */
const AGAIN_MS = 3_000;

/** Tells the others who have the session open that this person types. `others`: whether there is anybody to tell. */
export function useTyping(sessionId: () => string, others: () => boolean) {
  const { client } = useClientHandle();
  let toldAt = 0;
  const tell = (typing: boolean) =>
    // Presence only: when it cannot be told now, nothing is lost.
    void client.mutation(TypeInSessionDocument, { input: { sessionId: sessionId(), typing } }).toPromise();

  function typed(): void {
    const now = Date.now();
    if (!others() || now - toldAt < AGAIN_MS) return;
    toldAt = now;
    tell(true);
  }
  function stopped(): void {
    if (toldAt === 0) return;
    toldAt = 0;
    tell(false);
  }
  onScopeDispose(stopped);
  return { typed, stopped };
}
