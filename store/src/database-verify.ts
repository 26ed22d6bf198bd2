import { leafHash } from '@throughline/domain/record-chain';
import { verifyBundle } from '@throughline/domain/verify-bundle';
import { type Fault, VERDICTS, type VerifyReport } from '@throughline/domain/verify-report';
import type { CheckpointLine } from './checkpoint-line.ts';
import { exportSession, timeIn } from './export-store.ts';
import { sha256 } from './record-store.ts';
import type { Scope, Tx } from './tenant.ts';
import { verifyDeps } from './verify-deps.ts';

/**
 * Recomputes one session's record from the tables, as a stranger would from an exported file: whoever changed a byte behind the
 * triggers, the entry is named. With `outside`, heads kept in the second place are held against it too.
 */
export async function verifySession(
  tx: Tx,
  scope: Scope,
  sessionId: string,
  outside: readonly CheckpointLine[] = [],
): Promise<VerifyReport> {
  const bundle = await exportSession(tx, scope, sessionId);
  const report = verifyBundle(bundle, verifyDeps);
  const hashes = new Map(bundle.entries.map((entry) => [entry.seq, entry.hash]));
  const faults: Fault[] = [...report.faults, ...(await sideFaults(tx, scope, sessionId))];
  for (const head of outside.flatMap((line) => (line.mspId === scope.mspId ? line.heads : []))) {
    if (head.sessionId !== sessionId) continue;
    const now = hashes.get(head.count);
    if (now === undefined)
      faults.push({
        verdict: 'incomplete',
        entry: head.count,
        what: 'is missing, though a checkpoint outside the database has it.',
      });
    else if (now !== head.hash)
      faults.push({
        verdict: 'altered',
        entry: head.count,
        what: 'is not what a checkpoint outside the database has.',
      });
  }
  return { ...report, verdict: worst(faults), faults };
}

/** Columns that are not in an exported file, yet must tell the same: what lists and look-ups read. */
async function sideFaults(tx: Tx, scope: Scope, sessionId: string): Promise<Fault[]> {
  const { rows } = await tx.query<{ seq: number; at: Date; header: Buffer; payload_hash: Buffer; leaf: Buffer }>(
    'select seq, at, header, payload_hash, leaf from transcript_entry where msp_id = $1 and session_id = $2 order by seq',
    [scope.mspId, sessionId],
  );
  const wrong = rows.filter(
    (row) =>
      !row.leaf.equals(leafHash(sha256, row.header, row.payload_hash)) || row.at.toISOString() !== timeIn(row.header),
  );
  const outputs = await tx.query<{ command_id: string; seq: number }>(
    `select o.command_id, o.seq from output_chunk o
     join command c on c.msp_id = o.msp_id and c.id = o.command_id
     where o.msp_id = $1 and c.session_id = $2 and (o.sha256 <> sha256(o.bytes) or o.len <> length(o.bytes))
     order by o.command_id, o.seq`,
    [scope.mspId, sessionId],
  );
  return [
    ...wrong.map((row): Fault => ({
      verdict: 'altered',
      entry: row.seq,
      what: 'has a leaf or time that does not fit its header.',
    })),
    ...outputs.rows.map((row): Fault => ({
      verdict: 'altered',
      commandId: row.command_id,
      what: `Piece ${row.seq} of the output was altered.`,
    })),
  ];
}

function worst(faults: readonly Fault[]): VerifyReport['verdict'] {
  return VERDICTS.find((verdict) => faults.some((fault) => fault.verdict === verdict)) ?? 'valid';
}
