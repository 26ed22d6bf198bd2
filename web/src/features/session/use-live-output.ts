import { computed, onScopeDispose, type Ref, shallowReactive, watch } from 'vue';
import { CommandOutputDocument, type OutputStream } from '../../graphql/generated/operations.ts';
import { fromBase64 } from '../../lib/bytes.ts';
import { useLive } from '../../lib/use-live.ts';

/** The live view keeps this much of each stream's end; the record keeps everything. */
export const LIVE_KEEP_BYTES = 64 * 1024;

export interface LiveStream {
  text: string;
  /** All bytes there are so far, shown or not. */
  bytes: number;
  /** Bytes before what is shown. */
  skipped: number;
}

class StreamTail {
  private decoder = new TextDecoder();
  private next = 0;
  text = '';
  bytes = 0;

  /** Takes a piece at its place; what was seen already (a stream opened again) is left out. */
  push(offset: number, piece: Uint8Array): void {
    const end = offset + piece.length;
    if (end <= this.next) return;
    if (offset > this.next) this.decoder = new TextDecoder();
    this.text += this.decoder.decode(piece.subarray(Math.max(0, this.next - offset)), { stream: true });
    if (this.text.length > LIVE_KEEP_BYTES * 2) this.text = this.text.slice(-LIVE_KEEP_BYTES);
    this.next = end;
    this.bytes = Math.max(this.bytes, end);
  }

  view(): LiveStream {
    const text = this.text.slice(-LIVE_KEEP_BYTES);
    const shown = new TextEncoder().encode(text).length;
    return { text, bytes: this.bytes, skipped: Math.max(0, this.bytes - shown) };
  }
}

/** Output of a running command as it comes. The page is painted at most once a frame, however fast the pieces arrive. */
export function useLiveOutput(commandId: Ref<string>, following: Ref<boolean>) {
  const streams = shallowReactive<Record<OutputStream, LiveStream>>({
    stdout: { text: '', bytes: 0, skipped: 0 },
    stderr: { text: '', bytes: 0, skipped: 0 },
  });
  const tails: Record<OutputStream, StreamTail> = { stdout: new StreamTail(), stderr: new StreamTail() };
  let after = 0;
  let frame = 0;

  function paint(): void {
    frame = 0;
    streams.stdout = tails.stdout.view();
    streams.stderr = tails.stderr.view();
  }
  const { live, connect, disconnect } = useLive(
    CommandOutputDocument,
    ({ commandOutput: piece }) => {
      if (piece.seq <= after) return;
      after = piece.seq;
      tails[piece.stream].push(piece.offset, fromBase64(piece.bytes));
      frame ||= requestAnimationFrame(paint);
    },
    { variables: () => (following.value ? { commandId: commandId.value, after } : null) },
  );
  watch(following, (on) => (on ? void connect() : disconnect()), { immediate: true });
  onScopeDispose(() => cancelAnimationFrame(frame));

  return { streams, live, any: computed(() => streams.stdout.bytes + streams.stderr.bytes > 0) };
}
