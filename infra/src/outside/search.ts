import { CONTACT_MS, whyNoContact } from './contact.ts';

/**
 * What stands against using the Meilisearch of MEILI_URL right now, or null. Never fails: sessions need no search, and
 * what was written meanwhile is indexed as soon as it answers.
 */
export async function searchTrouble(url: string, key: string | undefined): Promise<string | null> {
  const address = `${url.replace(/\/+$/, '')}/indexes?limit=1`; // asks for the key, where /health does not
  try {
    const answer = await fetch(address, {
      headers: key ? { authorization: `Bearer ${key}` } : {},
      signal: AbortSignal.timeout(CONTACT_MS),
    });
    await answer.body?.cancel();
    if (answer.ok) return null;
    if (answer.status === 401 || answer.status === 403) return 'does not accept MEILI_KEY';
    return `answers ${answer.status}`;
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') return `does not answer in ${CONTACT_MS / 1_000} s`;
    const { message, cause } = error as Error;
    return `does not answer (${whyNoContact(error) ?? (cause instanceof Error ? cause.message : message)})`;
  }
}
