import { z } from 'zod';

/*
 * A snapshot is a scrubbed copy of a session's record as it stood at one moment, for whoever has its link. What stands here is the whole of
 * what such a reader is given. The record itself is never scrubbed.
 */

export const SNAPSHOT_STATES = ['draft', 'published', 'expired', 'revoked'] as const;
/** A draft has no link yet. `expired` follows from the clock; `revoked` was done by somebody. */
export type SnapshotState = (typeof SNAPSHOT_STATES)[number];

const HOUR = 3_600_000;
/** How long a link works, in ms. */
export const SNAPSHOT_LIFETIME_MS = { hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR, month: 30 * 24 * HOUR } as const;
export type SnapshotExpiry = keyof typeof SNAPSHOT_LIFETIME_MS;
export const SNAPSHOT_EXPIRIES = Object.keys(SNAPSHOT_LIFETIME_MS) as SnapshotExpiry[];
export const DEFAULT_SNAPSHOT_EXPIRY: SnapshotExpiry = 'week';

/** What a reviewer did to a value of the copy: it holds wherever that value stands. `undo` takes the latest of the others back. */
export const SNAPSHOT_EDITS = ['hide', 'show', 'undo'] as const;
export type SnapshotEditAction = (typeof SNAPSHOT_EDITS)[number];
/** The longest value that can be hidden or shown, in UTF-16 units. */
export const MAX_SNAPSHOT_EDIT = 2_000;
/** More edits than a careful person makes. */
export const MAX_SNAPSHOT_EDITS = 500;

const when = z.string(); // ISO 8601, UTC, milliseconds

/** A text of the copy, piece by piece: as it stands, or a mark in the place of what was hidden, shown as [client-1]. */
export const zSnapshotText = z.array(z.union([z.string(), z.strictObject({ mark: z.string() })]));
export type SnapshotText = z.infer<typeof zSnapshotText>;

export const SNAPSHOT_TONES = ['plain', 'good', 'warn', 'bad'] as const;

/** The document's form with texts of any form: strings before the scrubber, pieces after it. */
const documentOf = <T extends z.ZodType>(text: T) =>
  z.strictObject({
    v: z.literal(1),
    title: text,
    client: text,
    host: text,
    from: when,
    until: when,
    /** How the session ended; null: it had not, by then. */
    outcome: z.string().nullable(),
    /** The last entry of the record that is in the copy. */
    throughSeq: z.number().int().positive(),
    entries: z.array(
      z.strictObject({
        seq: z.number().int().positive(),
        at: when,
        tone: z.enum(SNAPSHOT_TONES),
        /** What kind of thing it is, in our own words: no data. */
        label: z.string(),
        words: text,
        /** A message under the command before it: it stands there, not where its time would put it. */
        reply: z.literal(true).optional(),
        command: z
          .strictObject({
            shell: z.string(),
            script: text,
            /** Account and folder. */
            context: text,
            state: z.string(),
            exitCode: z.number().int().nullable(),
            startedAt: when.nullable(),
            endedAt: when.nullable(),
            stdout: text,
            stderr: text,
            /** Bytes of the record that are not in this copy. */
            stdoutLeftOut: z.number().int().nonnegative(),
            stderrLeftOut: z.number().int().nonnegative(),
          })
          .optional(),
      }),
    ),
  });

export const zSnapshotDocument = documentOf(zSnapshotText);
export type SnapshotDocument = z.infer<typeof zSnapshotDocument>;
export type SnapshotEntry = SnapshotDocument['entries'][number];

/** Before the scrubber: nobody outside is ever given this. */
export type PlainDocument = z.infer<ReturnType<typeof documentOf<z.ZodString>>>;
export type PlainEntry = PlainDocument['entries'][number];

/** What the public page is given. */
export const zSnapshotCopy = z.strictObject({ document: zSnapshotDocument, publishedAt: when, expiresAt: when });
export type SnapshotCopy = z.infer<typeof zSnapshotCopy>;
