import { computed, reactive, type Ref, ref, shallowRef, watch } from 'vue';
import {
  type CommandFieldsFragment,
  FetchFileDocument,
  type FileDirection,
  SendFileDocument,
} from '../../graphql/generated/operations.ts';
import { randomId } from '../../lib/random-id.ts';
import { useAction } from '../../lib/use-action.ts';
import type { SessionData } from '../session/use-session.ts';
import { targetPath } from './file-words.ts';
import { useUpload } from './use-upload.ts';

/** The transfer being written: what, where to, as whom, why; and asking for it. */
export function useFileForm(session: Ref<SessionData>, taken: (command: CommandFieldsFragment) => void) {
  const empty = () => ({ path: '', overwrite: false, runAs: '', reason: '' });
  const direction = ref<FileDirection>('to_endpoint');
  const draft = reactive(empty());
  const file = shallowRef<File | null>(null);
  const upload = useUpload(() => session.value.id);
  const send = useAction(SendFileDocument);
  const fetch = useAction(FetchFileDocument);
  const sending = computed(() => direction.value === 'to_endpoint');
  // One key for one transfer: asking again after a lost answer cannot ask twice.
  let key = randomId();
  watch([draft, direction, file], () => {
    key = randomId();
    send.refused.value = fetch.refused.value = null;
  });

  function choose(chosen: File | null): void {
    file.value = chosen;
    if (chosen) void upload.start(chosen);
    else upload.cancel();
  }

  const path = computed(() => targetPath(draft.path.trim(), file.value?.name ?? ''));
  const busy = computed(() => send.busy.value || fetch.busy.value);
  const ready = computed(
    () =>
      path.value !== '' && draft.reason.trim() !== '' && !busy.value && (!sending.value || upload.done.value !== null),
  );

  async function ask(): Promise<boolean> {
    if (!ready.value) return false;
    const runAs = draft.runAs.trim();
    const shared = {
      sessionId: session.value.id,
      path: path.value,
      reason: draft.reason.trim(),
      idempotencyKey: key,
      ...(runAs && { runAs }),
    };
    const uploadId = upload.done.value?.id ?? null;
    const result = sending.value
      ? await send.run({ input: { ...shared, uploadId, overwrite: draft.overwrite } })
      : await fetch.run({ input: shared });
    if (!result.ok) return false;
    taken(result.value);
    reset();
    return true;
  }

  function reset(): void {
    choose(null);
    Object.assign(draft, empty());
  }

  const refused = computed(() => upload.failed.value ?? send.refused.value ?? fetch.refused.value);
  return { direction, sending, draft, file, choose, upload, path, ready, busy, refused, ask, reset };
}
