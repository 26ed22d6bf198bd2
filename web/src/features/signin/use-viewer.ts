import { computed, shallowRef } from 'vue';
import { client } from '../../graphql/client.ts';
import { type Role, ViewerDocument, type ViewerQuery } from '../../graphql/generated/operations.ts';

type Viewer = NonNullable<ViewerQuery['viewer']>;

/** Who is signed in; null when nobody is, or before it is known. */
export const viewer = shallowRef<Viewer | null>(null);
export const viewerRole = computed<Role | null>(() => viewer.value?.user.role ?? null);

/** What the role may do anywhere, for showing or hiding whole pages. The server decides again on every request. */
export const mayDo = (permission: string): boolean => viewer.value?.permissions.includes(permission) ?? false;

let ahead: Promise<Viewer | null> | null = null;

/** Asks before anybody waits for it; the next who does gets that answer. */
export function askViewerAhead(): void {
  const asked = askViewer();
  ahead = asked;
  // Once it is known, or could not be, the next who asks wants to know anew.
  const settled = () => (ahead = ahead === asked ? null : ahead);
  asked.then(settled, settled);
}

/** Asks the server who is signed in. Throws when it could not be asked. */
export function readViewer(): Promise<Viewer | null> {
  const early = ahead;
  ahead = null;
  return early ?? askViewer();
}

async function askViewer(): Promise<Viewer | null> {
  const result = await client.query(ViewerDocument, {}, { requestPolicy: 'network-only' }).toPromise();
  if (result.error && !result.data) {
    if (result.error.graphQLErrors.some((e) => e.extensions['code'] === 'UNAUTHENTICATED'))
      return (viewer.value = null);
    throw result.error;
  }
  return (viewer.value = result.data?.viewer ?? null);
}

/** Everything a person sees is theirs: a new sign-in starts from a fresh page, with nothing of the last one in memory. */
export function startAfresh(path: string): void {
  globalThis.location.assign(path);
}
