import { createHash, createPublicKey, verify } from 'node:crypto';
import { DomainError } from '@throughline/domain/errors';
import type { FileTransfer } from '@throughline/domain/file-transfer';
import { isUuid } from '@throughline/domain/ids';
import { fileRequestBytes } from '@throughline/domain/signed-bytes';
import { withTenant, withoutTenant } from '@throughline/store/tenant';
import type { Request } from 'express';
import type { Pool } from 'pg';

/** A runtime that asks for, or brings, the file of a command it was ordered to carry out. */
export interface FileCaller {
  mspId: string;
  sessionId: string;
  commandId: string;
  file: FileTransfer;
}

/** How far a request's time may be from ours: within it a request that was overheard could be said again, to no effect. */
const WITHIN_MS = 5 * 60_000;

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
  const [, runtimeId = '', at = '', signature = ''] =
    /^Throughline ([0-9a-f-]{36}) (\d{1,15}) ([A-Za-z0-9+/=]{1,100})$/.exec(req.get('authorization') ?? '') ?? [];
  if (!isUuid(runtimeId) || !isUuid(commandId)) throw stranger();
  const mspId = await withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ msp: string | null }>('select route_runtime($1::uuid) as msp', [runtimeId]);
    return rows[0]?.msp ?? null;
  });
  if (mspId === null) throw stranger();
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
  const bytes = fileRequestBytes({ ...signed, runtimeId, commandId, body, at: Number(at) });
  const key = createPublicKey({ key: row.public_key, format: 'der', type: 'spki' });
  if (Math.abs(Date.now() - Number(at)) > WITHIN_MS || !verify(null, bytes, key, Buffer.from(signature, 'base64')))
    throw stranger();
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
