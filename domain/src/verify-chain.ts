import { fromBase64 } from './base64.ts';
import { equalBytes, fromHex, toHex, utf8 } from './bytes.ts';
import { type Canonical, canonicalJson } from './canonical.ts';
import {
  ENTRY_KINDS,
  type EntryHeader,
  type EntryKind,
  type EntryPayload,
  payloadSchema,
  zEntryHeader,
} from './entry.ts';
import type { BundleEntry, ExportBundle } from './export-bundle.ts';
import { chainNext, chainStart, leafHash, payloadHash } from './record-chain.ts';
import type { Fault, VerifyDeps } from './verify-report.ts';

/** An entry whose place in the chain, header and payload are in order. */
export type CheckedEntry = {
  [K in EntryKind]: { seq: number; header: EntryHeader; kind: K; payload: EntryPayload<K> };
}[EntryKind];

export interface ChainReport {
  /** In order; only the ones without a fault of their own. */
  entries: CheckedEntry[];
  faults: Fault[];
  /** Recomputed hash by entry number, as far as the chain holds from its start. */
  hashes: Map<number, string>;
}

/**
 * Walks the chain from the session's own start. A faulty entry is named, and the walk goes on from whichever of the computed and the
 * claimed hash the next entry fits, so that one change names one entry.
 */
export function checkChain(bundle: ExportBundle, deps: VerifyDeps): ChainReport {
  const { sha256 } = deps;
  const report: ChainReport = { entries: [], faults: [], hashes: new Map() };
  let expected = 1;
  let before: Uint8Array[] = [chainStart(sha256, bundle.session.id)];
  for (const entry of bundle.entries) {
    if (entry.seq < expected) {
      report.faults.push({
        verdict: 'altered',
        entry: entry.seq,
        what: 'stands out of order, or twice. Entries were swapped or put in.',
      });
      continue;
    }
    if (entry.seq > expected) {
      for (let gone = expected; gone < entry.seq && gone < expected + MISSING_NAMED; gone++)
        report.faults.push({ verdict: 'incomplete', entry: gone, what: 'is missing.' });
      before = [];
    }
    const bytes = decode(entry);
    const fault = bytes === null ? unreadableBytes(entry) : sumFault(entry, bytes, before, deps);
    if (fault !== null) report.faults.push(fault);
    else if (bytes !== null) readInto(report, bundle, entry, bytes);
    const claimed = fromHex(entry.hash);
    const leaf = bytes === null ? null : leafHash(sha256, bytes.header, fromHex(entry.payloadHash));
    const computed = leaf === null ? [] : before.map((hash) => chainNext(sha256, hash, entry.seq, leaf));
    if (report.faults.length === 0) report.hashes.set(entry.seq, entry.hash);
    before = [...computed, claimed];
    expected = entry.seq + 1;
  }
  report.faults.push(...headFaults(bundle, expected - 1, before));
  return report;
}

const MISSING_NAMED = 100;

interface EntryBytes {
  header: Uint8Array;
  salt: Uint8Array | null;
  payload: Uint8Array | null;
}

function decode(entry: BundleEntry): EntryBytes | null {
  try {
    return {
      header: fromBase64(entry.header),
      salt: entry.salt === null ? null : fromBase64(entry.salt),
      payload: entry.payload === null ? null : fromBase64(entry.payload),
    };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const unreadableBytes = (entry: BundleEntry): Fault => ({
  verdict: 'malformed',
  entry: entry.seq,
  what: 'holds bytes that are not strict base64.',
});

function sumFault(entry: BundleEntry, bytes: EntryBytes, before: Uint8Array[], { sha256 }: VerifyDeps): Fault | null {
  const claimed = fromHex(entry.payloadHash);
  if (
    bytes.payload !== null &&
    bytes.salt !== null &&
    !equalBytes(payloadHash(sha256, bytes.salt, bytes.payload), claimed)
  )
    return {
      verdict: 'altered',
      entry: entry.seq,
      what: 'was altered: payload and salt do not fit the payload’s hash.',
    };
  const leaf = leafHash(sha256, bytes.header, claimed);
  // After a hole there is nothing to tie to; the head at the end still vouches for the last part.
  if (before.length > 0 && !before.some((hash) => toHex(chainNext(sha256, hash, entry.seq, leaf)) === entry.hash))
    return {
      verdict: 'altered',
      entry: entry.seq,
      what: 'was altered: its hash does not follow from the entry before it.',
    };
  if (bytes.payload === null || bytes.salt === null)
    return {
      verdict: 'incomplete',
      entry: entry.seq,
      what: 'has lost its payload, and nothing in the record says why.',
    };
  return null;
}

function readInto(report: ChainReport, bundle: ExportBundle, entry: BundleEntry, bytes: EntryBytes): void {
  const { seq } = entry;
  const unreadable = (what: string): Fault => ({ verdict: 'malformed', entry: seq, what });
  const header = parseCanonical(bytes.header, (value) => zEntryHeader.safeParse(value).data);
  if (header === undefined) return void report.faults.push(unreadable('has a header that this version cannot read.'));
  if (
    header.kind !== entry.kind ||
    header.at !== entry.at ||
    header.sessionId !== bundle.session.id ||
    header.mspId !== bundle.session.mspId
  )
    return void report.faults.push({
      verdict: 'altered',
      entry: seq,
      what: 'tells of another entry or session than the file says.',
    });
  const kind = ENTRY_KINDS.find((known) => known === header.kind);
  if (kind === undefined) return void report.faults.push(unreadable('is of a kind that this version does not know.'));
  const payload = parseCanonical(
    bytes.payload ?? new Uint8Array(),
    (value) => payloadSchema(kind).safeParse(value).data,
  );
  if (payload === undefined) return void report.faults.push(unreadable('has a payload that does not fit its kind.'));
  report.entries.push({ seq, header, kind, payload } as CheckedEntry);
}

/** Undefined unless the bytes are canonical JSON of the wanted form: with two spellings two readers could see two things. */
function parseCanonical<T>(bytes: Uint8Array, parse: (value: unknown) => T | undefined): T | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const parsed = parse(value);
    return parsed !== undefined && equalBytes(utf8(canonicalJson(value as Canonical)), bytes) ? parsed : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function headFaults({ head }: ExportBundle, last: number, ends: Uint8Array[]): Fault[] {
  if (head.count > last)
    return [
      { verdict: 'incomplete', entry: last + 1, what: `and all after it are missing: the head counts ${head.count}.` },
    ];
  if (head.count < last)
    return [{ verdict: 'altered', entry: head.count + 1, what: `is beyond the head, which counts ${head.count}.` }];
  if (last > 0 && !ends.some((hash) => toHex(hash) === head.hash))
    return [{ verdict: 'altered', entry: last, what: 'does not end in the hash that the head names.' }];
  if (last === 0 && head.hash !== '')
    return [{ verdict: 'altered', what: 'The head names a hash, but there are no entries.' }];
  return [];
}
