import type { InjectionKey, Ref } from 'vue';
import type { SnapshotWholeFragment } from '../../graphql/generated/operations.ts';
import type { Text } from './document.ts';

export type Mark = NonNullable<SnapshotWholeFragment['review']>['marks'][number];

/** What the reviewer's copy can do beyond the one that is shared: its marks are stepped through, and opened. */
export interface Reviewing {
  /** Which place of the whole copy a text's first mark is. */
  first: (text: Text) => number;
  /** By name, with what each hides. */
  marks: Ref<ReadonlyMap<string, Mark>>;
  current: Ref<number | null>;
  /** While Alt is held: what is under the marks stands in their places. */
  lifted: Ref<boolean>;
  /** What the rules would hide and this reviewer shows. */
  shown: Ref<readonly string[]>;
  point: (place: number) => void;
}

export const reviewingKey: InjectionKey<Reviewing> = Symbol('reviewing');
