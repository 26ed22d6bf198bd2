import { nextTick } from 'vue';
import { useRouter } from 'vue-router';
import { useKeys } from '../../lib/use-keys.ts';
import type { PersonAct } from './person-act.ts';
import { type Selection, rowKey } from './use-selection.ts';

interface Acts {
  ask: (act: PersonAct | 'priority' | 'incident') => void;
  nudge: () => void;
  contact: () => void;
}

/** The board's keys: see the keys sheet. */
export function useBoardKeys(selection: Selection, acts: Acts): void {
  const router = useRouter();
  /** The focus goes along, so that Enter and Tab start from the row and it is read out. */
  const show = () =>
    nextTick(() => {
      const row = document.querySelector('[data-cursor]');
      row?.scrollIntoView({ block: 'nearest' });
      (row?.querySelector<HTMLElement>('.c-ses a') ?? row?.querySelector('a'))?.focus({ preventScroll: true });
    });
  const move = (step: 1 | -1) => {
    selection.move(step);
    void show();
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
    Escape: selection.clear,
    Enter: () => {
      const row = selection.cursorRow.value;
      if (row) void router.push(row.session ? `/s/${row.session.number}` : `/endpoints/${row.endpoint.id}`);
    },
  });
}
