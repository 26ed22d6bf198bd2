import { createHash, randomBytes } from 'node:crypto';
import type { Sha256 } from '@throughline/domain/bytes';
import { type Canonical, canonicalJson } from '@throughline/domain/canonical';
import {
  type EntryHeader,
  type NewEntry,
  type TranscriptEntry,
  payloadSchema,
  zEntryHeader,
} from '@throughline/domain/entry';
import { type Scope, type Tx, write } from './tenant.ts';

export const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();

/** Appends one entry and returns its number. The same key again appends nothing and returns the first number. */
export async function appendEntry(
  tx: Tx,
  mspId: string,
  sessionId: string,
  entry: NewEntry,
): Promise<{ seq: number; hash: string; isNew: boolean }> {
  const { rows } = await tx.query<{ o_seq: number; o_hash: Buffer; o_new: boolean }>(
    APPEND,
    appended(mspId, sessionId, entry),
  );
  const row = rows[0];
  if (row === undefined) throw new Error('append_entry returned nothing');
  return { seq: row.o_seq, hash: row.o_hash.toString('hex'), isNew: row.o_new };
}

/** The same for whoever needs no answer: it is on its way, and the commit waits for it. */
export const noteEntry = (tx: Tx, mspId: string, sessionId: string, entry: NewEntry): Promise<void> =>
  write(tx, APPEND, appended(mspId, sessionId, entry));

const APPEND = 'select * from append_entry($1, $2, $3, $4, $5, $6, $7, $8)';

function appended(mspId: string, sessionId: string, entry: NewEntry): unknown[] {
  const header: EntryHeader = {
    v: 1,
    mspId,
    sessionId,
    kind: entry.kind,
    actor: entry.actor,
    origin: entry.origin,
    at: entry.at,
  };
  const payload = payloadSchema(entry.kind).parse(entry.payload);
  return [
    mspId,
    sessionId,
    entry.kind,
    entry.key,
    entry.at,
    Buffer.from(canonicalJson(header)),
    Buffer.from(canonicalJson(wholeNumbers(payload) as Canonical)),
    randomBytes(16),
  ];
}

/** Entries after `after`, in order. RLS on session makes another client's session come back empty. */
export async function entriesAfter(
  tx: Tx,
  scope: Scope,
  sessionId: string,
  after: number,
  limit: number,
): Promise<TranscriptEntry[]> {
  const { rows } = await tx.query<EntryRow>(
    `select e.seq, e.header, p.payload, e.hash
     from transcript_entry e
     join session s on s.msp_id = e.msp_id and s.id = e.session_id
     join transcript_payload p on p.msp_id = e.msp_id and p.session_id = e.session_id and p.seq = e.seq
     where e.msp_id = $1 and e.session_id = $2 and e.seq > $3
     order by e.seq
     limit $4`,
    [scope.mspId, sessionId, after, limit],
  );
  return rows.map(toEntry);
}

/** The entries with these numbers, in order. */
export async function entriesAt(
  tx: Tx,
  scope: Scope,
  sessionId: string,
  seqs: readonly number[],
): Promise<TranscriptEntry[]> {
  const { rows } = await tx.query<EntryRow>(
    `select e.seq, e.header, p.payload, e.hash
     from transcript_entry e
     join session s on s.msp_id = e.msp_id and s.id = e.session_id
     join transcript_payload p on p.msp_id = e.msp_id and p.session_id = e.session_id and p.seq = e.seq
     where e.msp_id = $1 and e.session_id = $2 and e.seq = any($3)
     order by e.seq`,
    [scope.mspId, sessionId, seqs],
  );
  return rows.map(toEntry);
}

/** How many entries a session has, and the chain's newest hash. */
export async function recordHead(tx: Tx, scope: Scope, sessionId: string): Promise<{ count: number; hash: string }> {
  const { rows } = await tx.query<{ next_seq: number; head: Buffer }>(
    `select h.next_seq, h.head from transcript_head h
     join session s on s.msp_id = h.msp_id and s.id = h.session_id
     where h.msp_id = $1 and h.session_id = $2`,
    [scope.mspId, sessionId],
  );
  const row = rows[0];
  return row === undefined ? { count: 0, hash: '' } : { count: row.next_seq - 1, hash: row.head.toString('hex') };
}

interface EntryRow {
  seq: number;
  header: Buffer;
  payload: Buffer;
  hash: Buffer;
}

function toEntry(row: EntryRow): TranscriptEntry {
  const header = zEntryHeader.parse(JSON.parse(row.header.toString('utf8')));
  return {
    seq: row.seq,
    kind: header.kind,
    actor: header.actor,
    origin: header.origin,
    at: header.at,
    payload: JSON.parse(row.payload.toString('utf8')) as unknown,
    hash: row.hash.toString('hex'),
  } as TranscriptEntry;
}

/** Facts may carry fractions (a clock's milliseconds, say); the canonical form has whole numbers only. */
function wholeNumbers(value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value);
  if (Array.isArray(value)) return value.map(wholeNumbers);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, wholeNumbers(member)]));
  return value;
}
