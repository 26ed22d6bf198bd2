import { useClipboard } from '@vueuse/core';
import { ref, type Ref } from 'vue';
import { decode, type Encoding, isText } from '../../lib/encodings.ts';
import { bytesText } from '../../lib/words.ts';
import type { ReadRange } from './output-http.ts';

/** Larger texts make clipboards and editors stall. */
export const COPY_LIMIT = 32 * 1024 * 1024;

/** The text of the stored bytes for the clipboard, whole and unchanged: escapes, carriage returns and all. Says what it could not give. */
export function useOutputCopy(read: Ref<ReadRange>, total: Ref<number>, encoding: Ref<Encoding>) {
  const { copy, copied } = useClipboard({ copiedDuring: 1500, legacy: true });
  const busy = ref(false);
  const said = ref('');

  async function run(): Promise<void> {
    if (total.value > COPY_LIMIT) {
      said.value = `${bytesText(total.value)} are too many for the clipboard. Download them instead.`;
      return;
    }
    busy.value = true;
    said.value = '';
    try {
      const { bytes } = await read.value(0, total.value);
      await copy(decode(bytes, encoding.value));
      if (!isText(bytes, encoding.value))
        said.value = 'Copied, but some bytes are no text in this encoding. The download has them as they are.';
      else if (bytes.length < total.value) said.value = `Copied the ${bytesText(bytes.length)} that are stored.`;
    } catch (error) {
      said.value = error instanceof Error ? error.message : String(error);
    } finally {
      busy.value = false;
    }
  }
  return { run, copied, busy, said };
}
