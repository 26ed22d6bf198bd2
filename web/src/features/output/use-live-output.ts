import { computed, onScopeDispose, ref, type Ref, shallowReactive, watch } from 'vue';
import { CommandOutputDocument, type OutputStream } from '../../graphql/generated/operations.ts';
import { fromBase64 } from '../../lib/bytes.ts';
import { sharesOneSocket } from '../../lib/live-stream.ts';
import { createTurns } from '../../lib/turns.ts';
import { useLive } from '../../lib/use-live.ts';
import type { ByteSource } from './byte-source.ts';

/** What the live stream told of one stream of output so far. */
export interface LiveCount {
  /** Bytes stored on the server, whether they came over the live stream or not. */
  bytes: number;
  /** Line ends among the pieces that came. */
  lines: number;
  /** How often pieces were left out because there were too many. */
  gaps: number;
}
const nothing = (): LiveCount => ({ bytes: 0, lines: 0, gaps: 0 });

/**
 * Over server-sent events each is a connection, and a browser allows six to a host over HTTP/1.1: were each of many running commands to
 * keep one, not even a cancel would get through. One socket follows 40 things at most. So they take turns, and each goes on behind what it has.
 */
const turns = { stream: createTurns(2, 2_000), socket: createTurns(30, 2_000) };

/** Output of a running command as it comes, put into the sources it belongs to. Counts change at most once a frame, however fast pieces arrive. */
export function useLiveOutput(
  commandId: Ref<string>,
  following: Ref<boolean>,
  sources: Ref<Record<OutputStream, ByteSource>>,
) {
  const counts = shallowReactive<Record<OutputStream, LiveCount>>({ stdout: nothing(), stderr: nothing() });
  const fresh: Record<OutputStream, LiveCount> = { stdout: nothing(), stderr: nothing() };
  const next: Record<OutputStream, number> = { stdout: 0, stderr: 0 };
  let after = 0;
  let frame = 0;
  const hasTurn = ref(false);

  function paint(): void {
    frame = 0;
    counts.stdout = { ...fresh.stdout };
    counts.stderr = { ...fresh.stderr };
  }
  const { live, connect, disconnect } = useLive(
    CommandOutputDocument,
    ({ commandOutput: piece }) => {
      if (piece.seq <= after) return;
      after = piece.seq;
      const bytes = fromBase64(piece.bytes);
      const count = fresh[piece.stream];
      sources.value[piece.stream].push(piece.offset, bytes);
      if (piece.offset > next[piece.stream]) count.gaps += 1;
      next[piece.stream] = piece.offset + bytes.length;
      for (let i = bytes.indexOf(10); i !== -1; i = bytes.indexOf(10, i + 1)) count.lines += 1;
      fresh.stdout.bytes = Math.max(fresh.stdout.bytes, piece.stdoutBytes);
      fresh.stderr.bytes = Math.max(fresh.stderr.bytes, piece.stderrBytes);
      count.bytes = Math.max(count.bytes, next[piece.stream]);
      frame ||= requestAnimationFrame(paint);
    },
    {
      variables: () => (following.value && hasTurn.value ? { commandId: commandId.value, after } : null),
      hiddenMs: 5_000,
    },
  );
  let leave: () => void = () => undefined;
  const begin = () => {
    hasTurn.value = true;
    void connect();
  };
  const end = () => {
    hasTurn.value = false;
    disconnect();
  };
  watch(
    [following, sharesOneSocket],
    ([on, socket]) => {
      leave();
      end();
      if (on) leave = turns[socket ? 'socket' : 'stream'].join(begin, end);
    },
    // At once: where the socket is refused, all of them turn to streams in that moment.
    { immediate: true, flush: 'sync' },
  );
  onScopeDispose(() => {
    leave();
    cancelAnimationFrame(frame);
  });

  /** Also between two turns: nothing is wrong then. */
  const connected = computed(() => live.value || (following.value && !hasTurn.value));
  return { counts, live: connected };
}
