import { computed } from 'vue';
import { type CommandFieldsFragment, FetchFileDocument, SendFileDocument } from '../../graphql/generated/operations.ts';
import { randomId } from '../../lib/random-id.ts';
import { useAction } from '../../lib/use-action.ts';
import { runAsInput } from '../session/run-as.ts';

type Command = CommandFieldsFragment;

/** Asks for a transfer once more, as a new command: the same file, the same place. */
export function useFileAgain(command: () => Command) {
  const send = useAction(SendFileDocument);
  const fetch = useAction(FetchFileDocument);
  const key = randomId();

  async function run({ direction, path, overwrite }: NonNullable<Command['file']>): Promise<Command | null> {
    const { id, sessionId, runAs, timeoutMs, reason } = command();
    const account = runAsInput(runAs);
    const shared = {
      sessionId,
      path,
      timeoutMs,
      reason,
      retryOf: id,
      idempotencyKey: key,
      ...(account && { runAs: account }),
    };
    const result =
      direction === 'to_endpoint'
        ? await send.run({ input: { ...shared, overwrite } })
        : await fetch.run({ input: shared });
    return result.ok ? result.value : null;
  }

  const busy = computed(() => send.busy.value || fetch.busy.value);
  const refused = computed(() => send.refused.value ?? fetch.refused.value);
  return { run, busy, refused };
}
