import { toHex, utf8 } from '@throughline/domain/bytes';
import { type Canonical, canonicalJson } from '@throughline/domain/canonical';
import { DomainError, notFound } from '@throughline/domain/errors';
import { type Hidden, type KnownName, SCRUB_RULES } from '@throughline/domain/scrub/scrub';
import type { SnapshotDocument } from '@throughline/domain/snapshot';
import { outputsOf } from '@throughline/domain/snapshot-commands';
import { plainDocument } from '@throughline/domain/snapshot-document';
import { namesIn } from '@throughline/domain/snapshot-names';
import { entriesAfter, sha256 } from '@throughline/store/record-store';
import { sessionById } from '@throughline/store/session-store';
import { type SnapshotEditRow, type SnapshotRow, editsOf } from '@throughline/store/snapshot-store';
import type { Scope, Tx } from '@throughline/store/tenant';
import { knownNames } from './known-names.ts';
import { outputTexts } from './output-text.ts';
import type { ScrubAsker, ScrubJob, Scrubber } from './scrubber.ts';

/** More than any session of a day has; what goes beyond is too much for a page. */
const MOST_ENTRIES = 20_000;
/** The longest copy, in UTF-16 units of its JSON. */
export const MOST_OF_COPY = 4 * 1024 * 1024;

/** What a reviewer looks at before there is a link. */
export interface Review {
  /** Of exactly this copy by exactly these rules: whoever confirms names it. */
  hash: string;
  rules: number;
  /** In how many places something is hidden. */
  places: number;
  hidden: Hidden[];
  document: SnapshotDocument;
}

/** What a draft's copy is made from: read in one transaction, which does not wait for the scrubber. */
export interface ReviewSource extends ScrubJob {
  /** How many edits of the draft are in it; edits are only ever added. */
  editCount: number;
}

/** The record as it stood when the draft was begun. Errors: NOT_FOUND, TOO_LARGE. */
export async function reviewSource(tx: Tx, scope: Scope, snapshot: SnapshotRow): Promise<ReviewSource> {
  const session = await sessionById(tx, scope, snapshot.session_id);
  if (session === null) throw notFound('Session');
  const { through_seq } = snapshot;
  if (through_seq > MOST_ENTRIES) throw tooLarge();
  const entries = await entriesAfter(tx, scope, session.id, 0, through_seq);
  const plain = plainDocument(entries, await outputTexts(tx, scope, outputsOf(entries)));
  if (JSON.stringify(plain).length > MOST_OF_COPY) throw tooLarge();
  const known = once([...namesIn(entries), ...(await knownNames(tx, scope, session))]);
  const edits = await editsOf(tx, scope.mspId, snapshot.id);
  return { plain, known, edits: edits.flatMap(asScrubbed), editCount: edits.length };
}

/** A draft's copy. Errors: UNAVAILABLE. */
export async function reviewOf(
  scrubber: Scrubber,
  asker: ScrubAsker,
  { plain, known, edits }: ReviewSource,
): Promise<Review> {
  const { document, hidden, places } = await scrubber.scrub({ plain, known, edits }, asker);
  const bytes = canonicalJson({ rules: SCRUB_RULES, document } as unknown as Canonical);
  return { hash: toHex(sha256(utf8(bytes))), rules: SCRUB_RULES, places, hidden, document };
}

/** Each name once; what is said of it first counts. */
function once(names: readonly KnownName[]): KnownName[] {
  const known = new Map<string, KnownName>();
  for (const name of names) {
    const key = name.value.toLowerCase();
    if (!known.has(key)) known.set(key, name);
  }
  return [...known.values()];
}

export const asScrubbed = ({ action, value }: SnapshotEditRow) => (value === null ? [] : [{ do: action, value }]);

const tooLarge = (): DomainError =>
  new DomainError(
    'TOO_LARGE',
    'This record is too long for a snapshot. Export the record instead, and hand over the file to whoever may see all of it.',
  );
