import { computed, nextTick, ref } from 'vue';
import { type LocationQueryRaw, useRoute, useRouter } from 'vue-router';

/** True from the moment somebody opens the drawer until it has taken the focus. Moving on by J and K leaves the focus in the board. */
export const entering = ref(false);

/** Which session the board's drawer shows, by number. It lives in the address: a reload, a link and Back keep it. */
export function useOpened() {
  const route = useRoute();
  const router = useRouter();
  const number = computed(() => {
    const text = route.query['open'];
    return typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : null;
  });
  /** Where the same board stands with the drawer open on a session; without a number, closed. */
  const to = (open?: number): { query: LocationQueryRaw } => {
    const { open: _, ...rest } = route.query;
    return { query: open === undefined ? rest : { ...rest, open: String(open) } };
  };
  /** Back closes the drawer, whichever sessions were looked at meanwhile. */
  const open = (next: number) => (number.value === null ? router.push(to(next)) : router.replace(to(next)));
  function enter(next: number): void {
    entering.value = true;
    void open(next);
  }
  /** The focus goes back to what leads to the session. */
  async function close(): Promise<void> {
    const was = number.value;
    await router.replace(to());
    await nextTick();
    document.querySelector<HTMLElement>(`[data-opens="${was}"]`)?.focus({ preventScroll: true });
  }
  return { number, to, open, enter, close };
}
export type Opened = ReturnType<typeof useOpened>;
