import { notFound } from '@throughline/domain/errors';
import {
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  type BundleEntry,
  type BundleFrame,
  type BundleOutput,
  type ExportBundle,
} from '@throughline/domain/export-bundle';
import { checkpointProof } from './checkpoint-store.ts';
import { framesAfter } from './output-store.ts';
import { recordHead } from './record-store.ts';
import type { Scope, Tx } from './tenant.ts';

const FRAMES_AT_ONCE = 64;

/**
 * A session's whole record, ready to be checked by anybody (domain/src/verify-bundle.ts). All of it is held in memory: about three times
 * the output's size.
 * @throws DomainError NOT_FOUND when there is no such session or the scope may not see it.
 */
export async function exportSession(tx: Tx, scope: Scope, sessionId: string, now = new Date()): Promise<ExportBundle> {
  const session = await particulars(tx, scope, sessionId);
  // The session may go on meanwhile. What is read earlier never tells of more than what is read later, so the parts always fit.
  const checkpoint = await checkpointProof(tx, scope, sessionId);
  const head = await recordHead(tx, scope, sessionId);
  const entries = await entriesUpTo(tx, scope, sessionId, head.count);
  return {
    format: BUNDLE_FORMAT,
    version: BUNDLE_VERSION,
    exportedAt: now.toISOString(),
    session,
    entries,
    outputs: await outputsOf(tx, scope, sessionId, head.count),
    runtimes: await runtimesOf(tx, scope, session.endpointId),
    head,
    checkpoint,
  };
}

async function particulars(tx: Tx, scope: Scope, sessionId: string): Promise<ExportBundle['session']> {
  const { rows } = await tx.query<{
    number: number;
    title: string;
    client_name: string;
    endpoint_id: string;
    endpoint_name: string;
    opened: Buffer | null;
  }>(
    `select s.number, s.title, c.name as client_name, s.endpoint_id, e.name as endpoint_name, p.payload as opened
     from session s
     join client c on c.msp_id = s.msp_id and c.id = s.client_id
     join endpoint e on e.msp_id = s.msp_id and e.id = s.endpoint_id
     left join transcript_payload p on p.msp_id = s.msp_id and p.session_id = s.id and p.seq = 1
     where s.msp_id = $1 and s.id = $2`,
    [scope.mspId, sessionId],
  );
  const row = rows[0];
  if (row === undefined) throw notFound('Session');
  // Names as they were when the session was opened: a client renamed since must not look like a change of the record.
  const opened = row.opened === null ? {} : (JSON.parse(row.opened.toString('utf8')) as Record<string, unknown>);
  const asOpened = (name: string, now: string) => (typeof opened[name] === 'string' ? opened[name] : now);
  return {
    mspId: scope.mspId,
    id: sessionId,
    number: row.number,
    title: asOpened('title', row.title),
    clientName: asOpened('clientName', row.client_name),
    endpointId: row.endpoint_id,
    endpointName: asOpened('endpointName', row.endpoint_name),
  };
}

async function entriesUpTo(tx: Tx, scope: Scope, sessionId: string, count: number): Promise<BundleEntry[]> {
  const { rows } = await tx.query<{
    seq: number;
    kind: string;
    header: Buffer;
    payload_hash: Buffer;
    salt: Buffer | null;
    payload: Buffer | null;
    hash: Buffer;
  }>(
    `select e.seq, e.kind, e.header, e.payload_hash, p.salt, p.payload, e.hash
     from transcript_entry e
     left join transcript_payload p on p.msp_id = e.msp_id and p.session_id = e.session_id and p.seq = e.seq
     where e.msp_id = $1 and e.session_id = $2 and e.seq <= $3
     order by e.seq`,
    [scope.mspId, sessionId, count],
  );
  return rows.map((row) => ({
    seq: row.seq,
    kind: row.kind,
    at: timeIn(row.header),
    header: row.header.toString('base64'),
    payloadHash: row.payload_hash.toString('hex'),
    salt: row.salt?.toString('base64') ?? null,
    payload: row.payload?.toString('base64') ?? null,
    hash: row.hash.toString('hex'),
  }));
}

/** The header's own time; a header that cannot be read is left for the verifier to name. */
export function timeIn(header: Buffer): string {
  try {
    const { at } = JSON.parse(header.toString('utf8')) as { at?: unknown };
    return typeof at === 'string' ? at : '';
  } catch (error) {
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}

async function outputsOf(tx: Tx, scope: Scope, sessionId: string, count: number): Promise<BundleOutput[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select c.id from command c
     join output_head o on o.msp_id = c.msp_id and o.command_id = c.id
     where c.msp_id = $1 and c.session_id = $2 and c.entry_seq <= $3
     order by c.entry_seq`,
    [scope.mspId, sessionId, count],
  );
  const outputs: BundleOutput[] = [];
  for (const { id } of rows) outputs.push({ commandId: id, frames: await framesOf(tx, scope, id) });
  return outputs;
}

async function framesOf(tx: Tx, scope: Scope, commandId: string): Promise<BundleFrame[]> {
  const frames: BundleFrame[] = [];
  for (;;) {
    const page = await framesAfter(tx, scope, commandId, frames.at(-1)?.seq ?? 0, FRAMES_AT_ONCE);
    for (const frame of page)
      frames.push({
        seq: frame.seq,
        stream: frame.stream as BundleFrame['stream'],
        off: frame.off,
        at: frame.at.toISOString(),
        bytes: frame.bytes.toString('base64'),
      });
    if (page.length < FRAMES_AT_ONCE) return frames;
  }
}

/** Every runtime the endpoint ever had, once for each key it ever had: an older one may have signed what stands in the record. */
async function runtimesOf(tx: Tx, scope: Scope, endpointId: string): Promise<ExportBundle['runtimes']> {
  const { rows } = await tx.query<{ id: string; label: string; public_key: Buffer }>(
    `select r.id, r.label, k.public_key
     from runtime r
     join lateral (
       select r.public_key, null::timestamptz as replaced_at
       union all select o.public_key, o.replaced_at from runtime_key o where o.msp_id = r.msp_id and o.runtime_id = r.id
     ) k on true
     where r.msp_id = $1 and r.endpoint_id = $2 order by r.created_at, r.id, k.replaced_at nulls first`,
    [scope.mspId, endpointId],
  );
  return rows.map((row) => ({ id: row.id, label: row.label, publicKey: row.public_key.toString('base64') }));
}
