export type { SnapshotDocument, SnapshotEntry } from '@throughline/domain/snapshot';
import type { SnapshotEntry, SnapshotText } from '@throughline/domain/snapshot';

export type Text = SnapshotText;
export type CopiedCommand = NonNullable<SnapshotEntry['command']>;
