import { computed, type Ref, ref, shallowRef } from 'vue';
import type { SessionRowFragment } from '../../graphql/generated/operations.ts';
import { mayDo } from '../signin/use-viewer.ts';
import type { PersonAct } from './person-act.ts';
import type { BoardRow } from './use-board.ts';
import type { Selection } from './use-selection.ts';
import type { Asked } from './who-is-asked.ts';

export type BoardAct = PersonAct | 'priority' | 'incident';
/** A key for a session that is still on its way. */
export const NOT_READ = 'The session in the drawer is not read yet.';
/** Who is waited for, by the request that waits. */
export interface Called {
  approvalId: string;
  people: Asked[];
}

/**
 * What is asked for on the board, and the dialogs that are open for it. Keys act on the selection, else on the session in the
 * drawer, whose buttons name them, else on the row under the cursor. `drawer`: its session; null: not read yet; undefined: it is closed.
 */
export function useBoardActs(selection: Selection, drawer: Ref<SessionRowFragment | null | undefined>) {
  const personAct = ref<PersonAct | null>(null);
  const priorityOpen = ref(false);
  const incidentOpen = ref(false);
  const acting = ref<SessionRowFragment[]>([]);
  const several = shallowRef<BoardRow[]>([]);
  const called = shallowRef<Called | null>(null);
  const said = ref('');
  /** Whom the dialog has chosen already. */
  const preset = ref<string | null>(null);

  /** Several rows, or one without a session, go to the dialog for several. */
  function giveRows(rows: readonly BoardRow[]): boolean {
    const given = rows.filter((r) => r.session?.can.assign ?? mayDo('session.assign'));
    if (given.length === 0 || (given.length === 1 && given[0]?.session)) return false;
    several.value = given;
    return true;
  }
  function askOf(act: BoardAct, sessions: readonly SessionRowFragment[]): void {
    acting.value = sessions.filter((s) => (act === 'escalate' ? s.can.escalate : s.can.assign));
    if (acting.value.length === 0)
      return void (said.value =
        sessions.length === 0
          ? 'Select a row with a session first.'
          : 'Your role or these sessions do not allow that.');
    preset.value = null;
    if (act === 'priority') priorityOpen.value = true;
    else if (act === 'incident') incidentOpen.value = true;
    else personAct.value = act;
  }
  function ask(act: BoardAct): void {
    if (drawer.value !== undefined && selection.selectedRows.value.length === 0)
      return drawer.value ? askOf(act, [drawer.value]) : void (said.value = NOT_READ);
    const rows = selection.targetRows.value;
    if ((act === 'assign' || act === 'reassign') && giveRows(rows)) return;
    askOf(act, selection.targets.value);
  }
  function askFor(row: BoardRow): void {
    if (giveRows([row]) || !row.session) return;
    giveTo(null, [row.session]);
  }
  /** Dropped on a person: the dialog opens with them, as a row is easily let go over the wrong one. */
  function giveTo(userId: string | null, sessions: readonly SessionRowFragment[]): void {
    preset.value = userId;
    acting.value = sessions.filter(({ assignee }) => userId === null || assignee?.id !== userId);
    personAct.value = acting.value.some(({ assignee }) => assignee) ? 'reassign' : 'assign';
  }
  const done = (words: string) => {
    said.value = words;
    selection.clear();
  };
  const contacting = computed({ get: () => called.value !== null, set: (open) => !open && (called.value = null) });
  const open = { personAct, preset, priorityOpen, incidentOpen, acting, several, called, contacting };
  return { ...open, said, ask, askOf, askFor, give: giveTo, done };
}
