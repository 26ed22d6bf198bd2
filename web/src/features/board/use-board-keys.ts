import { useDebounceFn } from '@vueuse/core';
import { nextTick, type Ref, watch } from 'vue';
import { useRouter } from 'vue-router';
import { useKeys } from '../../lib/use-keys.ts';
import type { SessionRowFragment } from '../../graphql/generated/operations.ts';
import type { PersonAct } from './person-act.ts';
import type { Opened } from './use-opened.ts';
import { type Selection, rowKey } from './use-selection.ts';

interface Acts {
  ask: (act: PersonAct | 'priority' | 'incident') => void;
  nudge: () => void;
  contact: () => void;
}

/** J held down passes many rows: the drawer reads the one where it stops. */
const FOLLOW_MS = 150;

/**
 * The board's keys: see the keys sheet. With the drawer open, J and K go from session to session and it goes along; `next` is the one it is
 * on its way to.
 */
export function useBoardKeys(
  selection: Selection,
  opened: Opened,
  next: Ref<SessionRowFragment | null>,
  acts: Acts,
): void {
  const router = useRouter();
  /** The focus goes along, so that Enter and Tab start from the row and it is read out. */
  const show = () =>
    nextTick(() => {
      const row = document.querySelector('[data-cursor]');
      row?.scrollIntoView({ block: 'nearest' });
      (row?.querySelector<HTMLElement>('.c-ses a') ?? row?.querySelector('a'))?.focus({ preventScroll: true });
    });
  let asked: number | null = null;
  const follow = useDebounceFn(() => {
    if (!next.value || opened.number.value === null) return;
    asked = next.value.number;
    void opened.open(asked);
  }, FOLLOW_MS);
  /** There, or led elsewhere by something else. J may have gone on while the drawer came to what it was asked for. */
  watch(opened.number, (now) => {
    if (now !== asked || now === next.value?.number) next.value = null;
  });
  const move = (step: 1 | -1) => {
    selection.move(step, opened.number.value !== null);
    const session = selection.cursorRow.value?.session ?? null;
    next.value = opened.number.value === null || session?.number === opened.number.value ? null : session;
    void show();
    void follow();
  };
  const enter = () => {
    const row = selection.cursorRow.value;
    if (row?.session) opened.enter(row.session.number);
    else if (row) void router.push(`/endpoints/${row.endpoint.id}`);
  };
  const extend = (step: 1 | -1) => {
    const take = () => selection.cursorRow.value && selection.toggle(rowKey(selection.cursorRow.value), true);
    take();
    move(step);
    take();
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    J: () => extend(1),
    K: () => extend(-1),
    x: () => selection.cursorRow.value && selection.toggle(rowKey(selection.cursorRow.value)),
    '*': selection.toggleAll,
    a: () => acts.ask('assign'),
    r: () => acts.ask('reassign'),
    p: () => acts.ask('priority'),
    i: () => acts.ask('incident'),
    e: () => acts.ask('escalate'),
    n: acts.nudge,
    c: acts.contact,
    Escape: () => (opened.number.value === null ? selection.clear() : void opened.close()),
    Enter: enter,
    o: enter,
  });
}
