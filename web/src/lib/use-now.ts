import { readonly, ref } from 'vue';

/* One ticking clock for the whole page, so that all clocks turn over together. */
const now = ref(Date.now());
/** What the server's clock is ahead of ours, in ms; learnt from the board's `at`. */
const skew = ref(0);

setInterval(() => {
  now.value = Date.now() + skew.value;
}, 1000);

/** The server's time in ms, to the second. */
export const useNow = () => readonly(now);

/** Takes the server's clock for the clocks on screen. A few seconds of difference are the network's, not the clock's. */
export function learnServerTime(iso: string): void {
  const difference = new Date(iso).getTime() - Date.now();
  skew.value = Math.abs(difference) < 3000 ? 0 : difference;
  now.value = Date.now() + skew.value;
}
