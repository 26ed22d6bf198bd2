import { type Ref, onScopeDispose, readonly, ref, watch } from 'vue';

/**
 * Whether what `ready` let onto the page has been painted: for a part beside it that nobody waits for, which is then put in while
 * what was waited for still loads. Once true it stays so. A tab in the background paints nothing, so a timer stands behind it.
 */
export function useAfterPaint(ready: Ref<boolean>): Readonly<Ref<boolean>> {
  const painted = ref(false);
  let [frame, timer] = [0, 0];
  const done = (): void => {
    painted.value = true;
    stop();
  };
  function stop(): void {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  }
  watch(
    ready,
    (now) => {
      if (!now || painted.value) return;
      stop();
      // A frame's callbacks run before it is painted: what comes after them runs behind it.
      frame = requestAnimationFrame(() => setTimeout(done));
      timer = window.setTimeout(done, 500);
    },
    { immediate: true },
  );
  onScopeDispose(stop);
  return readonly(painted);
}
