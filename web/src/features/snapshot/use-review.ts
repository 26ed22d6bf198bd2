import { useClientHandle } from '@urql/vue';
import { useEventListener } from '@vueuse/core';
import { computed, type Ref, shallowRef, watch } from 'vue';
import {
  ConfirmSnapshotDocument,
  DiscardSnapshotDocument,
  HideInSnapshotDocument,
  RevokeSnapshotDocument,
  ShowInSnapshotDocument,
  type SnapshotExpiry,
  SnapshotPageDocument,
  type SnapshotWholeFragment,
  UndoSnapshotEditDocument,
} from '../../graphql/generated/operations.ts';
import { type Failure, failureOf } from '../../lib/failure.ts';
import { useAction } from '../../lib/use-action.ts';
import type { SnapshotDocument } from './document.ts';

/** One snapshot as its page follows it: read once, and anew by each act on it. What an act answers is how it stands from then on. */
export function useReview(id: Ref<string>) {
  const { client } = useClientHandle();
  const snapshot = shallowRef<SnapshotWholeFragment | null>(null);
  const state = shallowRef<'loading' | 'ready' | 'missing' | 'failed'>('loading');
  const problem = shallowRef<Failure | null>(null);
  const acts = {
    hide: useAction(HideInSnapshotDocument),
    show: useAction(ShowInSnapshotDocument),
    undo: useAction(UndoSnapshotEditDocument),
    confirm: useAction(ConfirmSnapshotDocument),
    revoke: useAction(RevokeSnapshotDocument),
    discard: useAction(DiscardSnapshotDocument),
  };
  let turn = 0;

  async function load(): Promise<void> {
    const mine = ++turn;
    const { data, error } = await client
      .query(SnapshotPageDocument, { id: id.value }, { requestPolicy: 'network-only' })
      .toPromise();
    if (mine !== turn) return;
    problem.value = error ? failureOf(error) : null;
    if (data?.snapshot) {
      snapshot.value = data.snapshot;
      state.value = 'ready';
    } else if (problem.value === null || problem.value.code === 'NOT_FOUND') state.value = 'missing';
    else if (snapshot.value === null) state.value = 'failed';
  }
  /** What is still on its way was asked before this, and is older. */
  function take(now: SnapshotWholeFragment): true {
    turn++;
    snapshot.value = now;
    return true;
  }
  watch(
    id,
    () => {
      snapshot.value = null;
      state.value = 'loading';
      void load();
    },
    { immediate: true },
  );
  // Who comes back to the page of a link sees its views as they are now.
  useEventListener(globalThis.window, 'focus', () => snapshot.value && snapshot.value.state !== 'DRAFT' && void load());

  const copy = computed(() => {
    const text = snapshot.value?.review?.document;
    return text === undefined ? null : (JSON.parse(text) as SnapshotDocument);
  });
  async function hide(value: string): Promise<boolean> {
    const done = await acts.hide.run({ input: { snapshotId: id.value, value } });
    return done.ok && take(done.value);
  }
  async function show(value: string): Promise<boolean> {
    const done = await acts.show.run({ input: { snapshotId: id.value, value } });
    return done.ok && take(done.value);
  }
  async function undo(value: string): Promise<boolean> {
    const done = await acts.undo.run({ input: { snapshotId: id.value, value } });
    return done.ok && take(done.value);
  }
  /** `hash`: of the copy that was looked at. Where it is another by now, that one comes, to be looked at. */
  async function confirm(hash: string, expiry: SnapshotExpiry): Promise<boolean> {
    const done = await acts.confirm.run({ input: { snapshotId: id.value, hash, expiry } });
    if (!done.ok && done.failure.code === 'CONFLICT') await load();
    return done.ok && take(done.value);
  }
  async function revoke(): Promise<boolean> {
    const done = await acts.revoke.run({ input: { snapshotId: id.value } });
    return done.ok && take(done.value);
  }
  const discard = async () => (await acts.discard.run({ input: { snapshotId: id.value } })).ok;
  const busy = computed(() => Object.values(acts).some((act) => act.busy.value));
  return { snapshot, copy, state, problem, load, hide, show, undo, confirm, revoke, discard, acts, busy };
}
export type Review = ReturnType<typeof useReview>;
