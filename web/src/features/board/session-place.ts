import { shallowRef, watch } from 'vue';
import { type LocationQuery, type RouteLocationRaw, useRoute } from 'vue-router';
import { homeIsBoard } from '../shell/home.ts';
import { entering } from './use-opened.ts';

/** The board's address as this window last had it: who comes back to the board finds the same rows. */
const kept = shallowRef<LocationQuery>({});

/** Keeps the board's filters for links from other pages. Called by the board. */
export function useKeptBoard(): void {
  const route = useRoute();
  watch(
    () => route.query,
    (query) => route.path === '/board' && (kept.value = query),
    { immediate: true },
  );
}

/**
 * Where a link to a session leads: who works at the board sees it in the board's drawer, with the filters as they are; everybody else on
 * the session's own page. Addresses that leave the app (mail, webhooks) are always those of the page.
 */
export function useSessionPlace() {
  const route = useRoute();
  /** The path of anything else is left as it is. */
  function placeOf(path: string): RouteLocationRaw {
    const [, number, hash = ''] = /^\/s\/(\d{1,9})(#e\d+)?$/.exec(path) ?? [];
    if (number === undefined || !homeIsBoard()) return path;
    const { open: _, ...query } = route.path === '/board' ? route.query : kept.value;
    return { path: '/board', query: { ...query, open: number }, hash };
  }
  /** For the link's click: the drawer takes the focus. With a modifier the browser opens a tab, and nothing changes here. */
  function entered(event: MouseEvent, path: string): void {
    if (event.defaultPrevented && typeof placeOf(path) !== 'string') entering.value = true;
  }
  return { placeOf, entered };
}
