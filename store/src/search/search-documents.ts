import { STREAM } from '@throughline/domain/output-frame';
import { entriesAfter } from '../record-store.ts';
import { outputRange, outputHead } from '../output-store.ts';
import type { Tx } from '../tenant.ts';
import { accountName } from './effective-user.ts';
import type { SearchDocument } from './search-backend.ts';

/** Bytes of output per document: under the word limits of both backends, whatever the output is. */
export const CHUNK_BYTES = 48 * 1024;

interface Place {
  client_id: string;
  endpoint_id: string;
  opened_at: Date;
}

/** The document of one entry, none for a kind with no words worth finding; behind a start also that of the command's proposal, whose account is known only now. */
export async function* entryDocuments(
  tx: Tx,
  mspId: string,
  sessionId: string,
  seq: number,
): AsyncGenerator<SearchDocument> {
  const document = await entryDocument(tx, mspId, sessionId, seq);
  if (document === null) return;
  yield document;
  if (document.kind !== 'command_started' || document.commandId === null) return;
  const proposed = (await commandOf(tx, mspId, document.commandId))?.entry_seq ?? null;
  const proposal = proposed === null ? null : await entryDocument(tx, mspId, sessionId, proposed);
  if (proposal !== null) yield proposal;
}

async function entryDocument(tx: Tx, mspId: string, sessionId: string, seq: number): Promise<SearchDocument | null> {
  const scope = { mspId, clients: '*' as const };
  const [entry] = await entriesAfter(tx, scope, sessionId, seq - 1, 1);
  const place = await placeOf(tx, mspId, sessionId);
  if (entry === undefined || place === null) return null;
  const body = wordsIn(entry.payload).join('\n');
  if (body === '') return null;
  const commandId = 'commandId' in entry.payload ? entry.payload.commandId : null;
  return {
    ...(await base(tx, mspId, sessionId, place)),
    id: `${sessionId}_e${seq}`,
    kind: entry.kind,
    entrySeq: seq,
    commandId,
    stream: null,
    offset: null,
    effectiveUser: userOf(commandId === null ? null : await commandOf(tx, mspId, commandId)),
    at: Date.parse(entry.at),
    body,
  };
}

/** A command's output in chunks; each knows where its bytes stand. Chunks end at a line's end where there is one. */
export async function* outputDocuments(
  tx: Tx,
  mspId: string,
  sessionId: string,
  commandId: string,
): AsyncGenerator<SearchDocument> {
  const scope = { mspId, clients: '*' as const };
  const place = await placeOf(tx, mspId, sessionId);
  if (place === null) return;
  const head = await outputHead(tx, mspId, commandId);
  const command = await commandOf(tx, mspId, commandId);
  const shared = await base(tx, mspId, sessionId, place);
  for (const [stream, total] of [
    [STREAM.stdout, head.bytes.stdout],
    [STREAM.stderr, head.bytes.stderr],
  ] as const) {
    for (let offset = 0; offset < total;) {
      const bytes = await outputRange(tx, scope, commandId, stream, offset, CHUNK_BYTES);
      const lastLine = bytes.lastIndexOf(0x0a);
      const end = offset + bytes.length < total && lastLine > 0 ? lastLine + 1 : bytes.length;
      yield {
        ...shared,
        id: `${commandId}_${stream}_${offset}`,
        kind: 'output',
        entrySeq: command?.entry_seq ?? null,
        commandId,
        stream,
        offset,
        effectiveUser: userOf(command),
        at: place.opened_at.getTime(),
        body: bytes.subarray(0, end).toString('utf8'),
      };
      offset += Math.max(1, end);
    }
  }
}

interface CommandPlace {
  entry_seq: number | null;
  effective_user: string | null;
}

async function commandOf(tx: Tx, mspId: string, commandId: string): Promise<CommandPlace | null> {
  const { rows } = await tx.query<CommandPlace>(
    "select entry_seq, start->>'effectiveUser' as effective_user from command where msp_id = $1 and id = $2",
    [mspId, commandId],
  );
  return rows[0] ?? null;
}

const userOf = (command: CommandPlace | null): string | null =>
  command?.effective_user == null ? null : accountName(command.effective_user);

async function placeOf(tx: Tx, mspId: string, sessionId: string): Promise<Place | null> {
  const { rows } = await tx.query<Place>(
    'select client_id, endpoint_id, opened_at from session where msp_id = $1 and id = $2',
    [mspId, sessionId],
  );
  return rows[0] ?? null;
}

async function base(tx: Tx, mspId: string, sessionId: string, place: Place) {
  const { rows } = await tx.query<{ id: string }>(
    `select assignee_id as id from session where msp_id = $1 and id = $2 and assignee_id is not null
     union select proposed_by from command where msp_id = $1 and session_id = $2`,
    [mspId, sessionId],
  );
  return {
    mspId,
    clientId: place.client_id,
    sessionId,
    endpointId: place.endpoint_id,
    technicianIds: rows.map((row) => row.id),
  };
}

const SKIP = new Set([
  'hash',
  'actionHash',
  'envelopeHash',
  'signature',
  'chainHead',
  'sha256',
  'commandId',
  'approvalId',
  'runtimeId',
  'toId',
  'noteId',
  'flagId',
  'direction',
]);

/** Every word a person or an endpoint wrote in a payload; ids and hashes are left out. */
function wordsIn(value: unknown, key = ''): string[] {
  if (SKIP.has(key)) return [];
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((member) => wordsIn(member));
  if (value !== null && typeof value === 'object')
    return Object.entries(value).flatMap(([k, member]) => wordsIn(member, k));
  return [];
}
