import type { InjectionKey, Ref } from 'vue';
import type { OutputStream } from '../../graphql/generated/operations.ts';

/** The exact place a link points at: a command, and in its output a stream, a byte offset and the words to mark. */
export interface Place {
  commandId: string;
  stream: OutputStream | null;
  offset: number;
  words: string;
}

export const placeKey: InjectionKey<Ref<Place | null>> = Symbol('place');
