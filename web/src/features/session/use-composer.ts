import { useClientHandle } from '@urql/vue';
import { useEventListener, watchDebounced } from '@vueuse/core';
import { computed, reactive, type Ref, ref, shallowRef, watch } from 'vue';
import {
  AssessCommandDocument,
  type AssessCommandQuery,
  type CommandFieldsFragment,
  ProposeCommandDocument,
  type Shell,
} from '../../graphql/generated/operations.ts';
import { randomId } from '../../lib/random-id.ts';
import { readList, readStored, writeStored } from '../../lib/stored.ts';
import { useAction } from '../../lib/use-action.ts';
import type { SessionData } from './use-session.ts';

export type Assessment = AssessCommandQuery['assessCommand'];
const HISTORY = 50;
const MINUTE = 60_000;
export const MIB = 1024 ** 2;
/** How long an order may wait for an endpoint that is out of reach; the longest is what the server does unasked. */
export const WAITS = [30_000, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE];
export const LIMITS = [1, 10, 30, 60, 240].map((m) => m * MINUTE);

interface Draft {
  shell: Shell;
  script: string;
  cwd: string;
  runAs: string;
  timeoutMs: number;
  /** MiB as typed; empty for no limit. */
  maxOutput: string;
  sendWithinMs: number;
  reason: string;
  /** Its input stays open for answers. */
  input: boolean;
}

/** The command being written: its draft (kept over reloads), the server's verdict while typing, and sending it. */
export function useComposer(session: Ref<SessionData>, taken: (command: CommandFieldsFragment) => void) {
  const { client } = useClientHandle();
  const propose = useAction(ProposeCommandDocument);
  const draftKey = computed(() => `draft.${session.value.id}`);
  const historyKey = computed(() => `history.${session.value.endpoint.id}`);
  const empty = (): Draft => ({
    shell: session.value.endpoint.shells[0]?.shell ?? 'bash',
    script: '',
    cwd: '',
    runAs: '',
    timeoutMs: 10 * MINUTE,
    maxOutput: '',
    sendWithinMs: 15 * MINUTE,
    reason: '',
    input: false,
  });
  const draft = reactive<Draft>(empty());
  const kept = ref(true);
  const assessment = shallowRef<Assessment | null>(null);
  const assessing = ref(false);
  // One key for one text: sending again after a lost answer cannot run it twice.
  let key = randomId();

  watch(draftKey, () => Object.assign(draft, empty(), readDraft(draftKey.value)), { immediate: true });
  watch(
    draft,
    () => (kept.value = writeStored(draftKey.value, draft.script || draft.reason ? JSON.stringify(draft) : null)),
  );
  watch(
    () => [
      ...[draft.script, draft.shell, draft.cwd, draft.runAs, draft.timeoutMs],
      ...[draft.maxOutput, draft.sendWithinMs, draft.input],
    ],
    () => {
      key = randomId();
      propose.refused.value = null;
    },
  );
  useEventListener(globalThis.window, 'beforeunload', (event) => {
    if (!kept.value && draft.script.trim()) event.preventDefault();
  });

  async function assess(): Promise<void> {
    const { script, shell, input } = draft;
    if (!script.trim()) return void (assessment.value = null);
    assessing.value = true;
    const variables = { sessionId: session.value.id, shell, script, input };
    const { data } = await client
      .query(AssessCommandDocument, variables, { requestPolicy: 'network-only' })
      .toPromise();
    if (script === draft.script && shell === draft.shell && input === draft.input) {
      assessing.value = false;
      assessment.value = data?.assessCommand ?? null;
    }
  }
  watch(
    () => draft.script,
    () => (assessment.value = null),
  );
  watchDebounced(() => [draft.script, draft.shell, draft.input, session.value.id], assess, {
    debounce: 300,
    immediate: true,
  });

  // Another account is always asked for, whatever the command itself does.
  const asks = computed(() => ['ask', 'ask_approver'].includes(assessment.value?.verdict ?? '') || draft.runAs !== '');
  const refusedByPolicy = computed(() => assessment.value?.verdict === 'refuse');
  const needsReason = computed(() => asks.value && draft.reason.trim() === '');
  const maxOutputBytes = computed(() => bytesOf(draft.maxOutput));
  const badLimit = computed(() => maxOutputBytes.value !== null && !(maxOutputBytes.value >= 1));
  const ready = computed(
    () => draft.script.trim() !== '' && !propose.busy.value && !needsReason.value && !badLimit.value,
  );

  async function send(): Promise<boolean> {
    if (!ready.value) return false;
    const { script, shell, cwd, runAs, timeoutMs, sendWithinMs, reason, input } = draft;
    const result = await propose.run({
      input: {
        sessionId: session.value.id,
        shell,
        script,
        timeoutMs,
        idempotencyKey: key,
        // Asked only while it matters: the chip is not there when the endpoint is.
        ...(!session.value.endpoint.online && { sendWithinMs }),
        ...(maxOutputBytes.value !== null && { maxOutputBytes: maxOutputBytes.value }),
        ...(cwd.trim() && { cwd: cwd.trim() }),
        ...(runAs && { runAs }),
        ...(reason.trim() && { reason: reason.trim() }),
        ...(input && { input }),
      },
    });
    if (!result.ok) {
      // The server may know more by now, such as whom the computer has pinned.
      void assess();
      return false;
    }
    taken(result.value);
    remember(script);
    // What somebody began to type while it was on its way stays.
    if (draft.script === script) Object.assign(draft, { script: '', reason: '', input: false });
    return true;
  }

  const history = ref<string[]>([]);
  watch(historyKey, (k) => (history.value = readList(k)), { immediate: true });
  function remember(script: string): void {
    history.value = [...history.value.filter((s) => s !== script), script].slice(-HISTORY);
    writeStored(historyKey.value, JSON.stringify(history.value));
  }

  return {
    draft,
    kept,
    assessment,
    assessing,
    asks,
    refusedByPolicy,
    needsReason,
    badLimit,
    ready,
    send,
    busy: propose.busy,
    refused: propose.refused,
    history,
  };
}

/** Null for no limit; NaN for what is no number. */
const bytesOf = (mib: string): number | null =>
  mib.trim() === '' ? null : Math.round(Number(mib.trim().replace(',', '.')) * MIB);

function readDraft(key: string): Partial<Draft> {
  const text = readStored(key);
  if (text === null) return {};
  try {
    return JSON.parse(text) as Partial<Draft>;
  } catch (error) {
    console.warn('A kept draft could not be read and starts anew.', error);
    return {};
  }
}
