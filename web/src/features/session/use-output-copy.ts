import type { Ref } from 'vue';
import type { OutputStream } from '../../graphql/generated/operations.ts';
import { decodeOutput } from '../../lib/bytes.ts';
import { readOutput } from './output-http.ts';

const COPY_LIMIT = 8 * 1024 * 1024;

/** The whole stored text for the clipboard; above 8 MiB the page that is shown. The raw bytes are one click away. */
export function useOutputCopy(
  commandId: Ref<string>,
  stream: Ref<OutputStream>,
  total: Ref<number>,
  page: Ref<{ text: string } | null>,
) {
  return async (): Promise<string> => {
    if (total.value > COPY_LIMIT) return page.value?.text ?? '';
    const { bytes } = await readOutput(commandId.value, stream.value, 0, total.value);
    return decodeOutput(bytes);
  };
}
