import { createHash } from 'node:crypto';
import { DomainError } from '@throughline/domain/errors';
import type { FileTransfer } from '@throughline/domain/file-transfer';
import { isUuid } from '@throughline/domain/ids';
import { fileRequestBytes } from '@throughline/domain/signed-bytes';
import { withTenant } from '@throughline/store/tenant';
import type { Request } from 'express';
import type { Pool } from 'pg';
import { claimOf, isProven } from './signed-claim.ts';

/** A runtime that asks for, or brings, the file of a command it was ordered to carry out. */
export interface FileCaller {
  mspId: string;
  sessionId: string;
  commandId: string;
  file: FileTransfer;
}

interface CallerRow {
  public_key: Buffer;
  barred: boolean;
  session_id: string;
  settled: boolean;
  file: FileTransfer | null;
}

/** Checks who asks, by the signature over the request, and that the order is this runtime's and not over. */
export async function fileCaller(
  pool: Pool,
  req: Request,
  signed: { method: 'GET' | 'POST' | 'PUT'; offset: number; body: Buffer },
): Promise<FileCaller> {
  const commandId = String(req.params['commandId']);
  const claim = isUuid(commandId) ? await claimOf(pool, req) : null;
  if (claim === null) throw stranger();
  const { mspId, runtimeId, at } = claim;
  const row = await withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const { rows } = await tx.query<CallerRow>(
      `select r.public_key, r.revoked_at is not null or r.locked_at is not null or e.retired_at is not null as barred,
         o.session_id, o.settled_at is not null as settled, c.spec->'file' as file
       from runtime r
       join endpoint e on e.msp_id = r.msp_id and e.id = r.endpoint_id
       join command_outbox o on o.msp_id = r.msp_id and o.runtime_id = r.id
       join command c on c.msp_id = o.msp_id and c.id = o.command_id
       where r.msp_id = $1 and r.id = $2 and o.command_id = $3`,
      [mspId, runtimeId, commandId],
    );
    return rows[0];
  });
  if (row === undefined || row.barred) throw stranger();
  const body = createHash('sha256').update(signed.body).digest('hex');
  const bytes = fileRequestBytes({ ...signed, runtimeId, commandId, body, at });
  if (!isProven(claim, row.public_key, bytes)) throw stranger();
  if (row.file === null || row.settled)
    throw new DomainError('CONFLICT', 'This command is over, or moves no file. Nothing is sent or taken for it.');
  return { mspId, sessionId: row.session_id, commandId, file: row.file };
}

/** One answer for all: who does not know the runtime's key learns nothing of what there is. */
const stranger = (): DomainError =>
  new DomainError(
    'UNAUTHENTICATED',
    'The request is not signed by the runtime this command was given to, or its clock is wrong.',
  );
