import type { Deps } from '../deps.ts';
import { type Viewer, stillSignedIn } from './viewer.ts';

/** A timer holds no more; a longer sign-in (an API token) is looked at again then. */
const LONGEST_TIMER_MS = 24 * 3_600_000;

/**
 * A signal that aborts when the reader has gone away, when their sign-in (or API token) is ended, and when it runs out: what stays
 * open for hours may not outlive the sign-in that opened it. `release` must be called at the end.
 */
export function whileSignedIn(
  deps: Pick<Deps, 'pool' | 'hub' | 'log'>,
  viewer: Viewer,
  gone: AbortSignal,
): { signal: AbortSignal; release: () => void } {
  const over = new AbortController();
  const look = async () => {
    try {
      if (!(await stillSignedIn(deps.pool, viewer))) over.abort();
    } catch (err) {
      // Who cannot be looked up is not let in: the reader comes back by itself.
      deps.log.warn({ err }, 'a sign-in could not be looked up, its stream ends');
      over.abort();
    }
  };
  const off = deps.hub.on((event) => {
    if (event === 'gap' || (event.k === 'sign_in' && event.m === viewer.mspId && event.u === viewer.userId))
      void look();
  });
  // It may have ended after it was looked up and before anybody listened here.
  if (deps.hub.signInsChanged(viewer.userId, viewer.asOf)) void look();
  let timer: NodeJS.Timeout;
  const watchClock = () => {
    const left = viewer.expiresAt.getTime() - Date.now();
    if (left <= 0) over.abort();
    else timer = setTimeout(watchClock, Math.min(left, LONGEST_TIMER_MS)).unref();
  };
  watchClock();
  return {
    signal: AbortSignal.any([gone, over.signal]),
    release() {
      off();
      clearTimeout(timer);
    },
  };
}
