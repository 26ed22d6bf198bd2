import type { FileSum } from '@throughline/domain/file-transfer';
import type { Scope, Tx } from './tenant.ts';

/** Says which content a command moves. Told again it changes nothing. The content must be here. */
export async function bindFile(tx: Tx, mspId: string, commandId: string, sha256: string): Promise<void> {
  await tx.query(
    `insert into command_file (msp_id, command_id, sha256) values ($1, $2, decode($3, 'hex')) on conflict do nothing`,
    [mspId, commandId, sha256],
  );
}

/** The content that commands moved, of those that the scope sees. */
export async function filesOfCommands(
  tx: Tx,
  scope: Scope,
  commandIds: readonly string[],
): Promise<ReadonlyMap<string, FileSum>> {
  const { rows } = await tx.query<FileSum & { command_id: string }>(
    `select f.command_id, b.bytes, encode(b.sha256, 'hex') as sha256
     from command_file f
     join blob b on b.msp_id = f.msp_id and b.sha256 = f.sha256
     join command c on c.msp_id = f.msp_id and c.id = f.command_id
     join session s on s.msp_id = c.msp_id and s.id = c.session_id
     where f.msp_id = $1 and f.command_id = any($2::uuid[])`,
    [scope.mspId, commandIds],
  );
  return new Map(rows.map(({ command_id, bytes, sha256 }) => [command_id, { bytes, sha256 }]));
}

export async function fileOfCommand(tx: Tx, scope: Scope, commandId: string): Promise<FileSum | null> {
  return (await filesOfCommands(tx, scope, [commandId])).get(commandId) ?? null;
}

/**
 * Whether this client's own sessions moved this content before. What another client's did is not told: whoever names a hash must not
 * learn that somebody has the file, nor get it that way.
 */
export async function clientHolds(tx: Tx, mspId: string, sessionId: string, file: FileSum): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select 1 from command_file f
     join blob b on b.msp_id = f.msp_id and b.sha256 = f.sha256
     join command c on c.msp_id = f.msp_id and c.id = f.command_id
     join session s on s.msp_id = c.msp_id and s.id = c.session_id
     where f.msp_id = $1 and f.sha256 = decode($3, 'hex') and b.bytes = $4
       and s.client_id = (select o.client_id from session o where o.msp_id = $1 and o.id = $2)
     limit 1`,
    [mspId, sessionId, file.sha256, file.bytes],
  );
  return rowCount === 1;
}

/** Bytes [from, from + length) of the content that a command moved; short only at its end. */
export async function fileRange(
  tx: Tx,
  scope: Scope,
  commandId: string,
  from: number,
  length: number,
): Promise<Buffer> {
  const { rows } = await tx.query<{ bytes: Buffer }>(
    `select substring(p.bytes from greatest($3::bigint - p.off, 0)::int + 1
       for (least($4::bigint, p.off + p.len) - greatest($3::bigint, p.off))::int) as bytes
     from command_file f
     join blob b on b.msp_id = f.msp_id and b.sha256 = f.sha256
     join command c on c.msp_id = f.msp_id and c.id = f.command_id
     join session s on s.msp_id = c.msp_id and s.id = c.session_id
     join blob_piece p on p.msp_id = b.msp_id and p.upload_id = b.upload_id
     where f.msp_id = $1 and f.command_id = $2 and p.off < $4::bigint and p.off > $3::bigint - 1048576
       and p.off + p.len > $3::bigint
     order by p.off`,
    [scope.mspId, commandId, from, from + length],
  );
  return Buffer.concat(rows.map((row) => row.bytes));
}
