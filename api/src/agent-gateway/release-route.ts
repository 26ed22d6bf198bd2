import { DomainError } from '@throughline/domain/errors';
import { zSha256 } from '@throughline/domain/file-transfer';
import { programRequestBytes } from '@throughline/domain/signed-bytes';
import { offeredProgram } from '@throughline/store/endpoint-update-store';
import { programRange } from '@throughline/store/release-store';
import { withTenant } from '@throughline/store/tenant';
import express, { type Request, type Response, type Router } from 'express';
import type { Pool } from 'pg';
import { byteRange } from '../byte-range.ts';
import type { Deps } from '../deps.ts';
import { inWords, sendBytes } from '../files/raw-answer.ts';
import { claimOf, isProven } from './signed-claim.ts';

/** So many programs are given at once; whoever comes then is told to come again. A fleet must not fetch beside the people at work. */
const AT_ONCE = 8;
/** Somebody who takes nothing for so long keeps no place. */
const SILENCE_MS = 30_000;

interface Program {
  mspId: string;
  sha256: string;
  bytes: number;
}

/** Gives the program of a release to a runtime that is offered it now, and signs for the request; from any byte on (Range). */
export function releaseRoute({ pool }: Pick<Deps, 'pool'>): Router {
  const router = express.Router();
  let giving = 0;
  router.get('/agent/releases/:sha256', (req, res) =>
    inWords(res, async () => {
      res.set({ 'x-throughline-at': String(Date.now()), 'cache-control': 'no-store' });
      const program = await offered(pool, req);
      if (giving >= AT_ONCE)
        throw new DomainError('UNAVAILABLE', 'Others are fetching just now. Come again in a moment.');
      giving++;
      res.setTimeout(SILENCE_MS, () => res.destroy());
      try {
        await give(pool, req, res, program);
      } finally {
        giving--;
      }
    }),
  );
  return router;
}

async function give(pool: Pool, req: Request, res: Response, { mspId, sha256, bytes }: Program): Promise<void> {
  const scope = { mspId, clients: '*' as const };
  await sendBytes(req, res, {
    total: bytes,
    etag: `"${sha256}"`,
    read: (from, length) => withTenant(pool, scope, (tx) => programRange(tx, mspId, sha256, from, length)),
  });
}

async function offered(pool: Pool, req: Request): Promise<Program> {
  const sha256 = zSha256.safeParse(req.params['sha256']);
  const claim = sha256.success ? await claimOf(pool, req) : null;
  if (claim === null || !sha256.success) throw stranger();
  const { mspId, runtimeId, at } = claim;
  const part = byteRange(req.headers, Number.MAX_SAFE_INTEGER, undefined);
  const offset = part === null || part === 'unsatisfiable' ? 0 : part.from;
  const program = await withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const { rows } = await tx.query<{ public_key: Buffer; endpoint_id: string; barred: boolean }>(
      `select r.public_key, r.endpoint_id,
         r.revoked_at is not null or r.locked_at is not null or e.retired_at is not null as barred
       from runtime r join endpoint e on e.msp_id = r.msp_id and e.id = r.endpoint_id
       where r.msp_id = $1 and r.id = $2`,
      [mspId, runtimeId],
    );
    const bytes = programRequestBytes({ runtimeId, sha256: sha256.data, offset, at });
    if (rows[0] === undefined || rows[0].barred || !isProven(claim, rows[0].public_key, bytes)) throw stranger();
    return offeredProgram(tx, mspId, rows[0].endpoint_id, sha256.data);
  });
  if (program === null) throw new DomainError('NOT_FOUND', 'This program is not offered to this endpoint now.');
  return { mspId, sha256: sha256.data, bytes: program.bytes };
}

/** One answer for all: who does not know the runtime's key learns nothing of what there is. */
const stranger = (): DomainError =>
  new DomainError(
    'UNAUTHENTICATED',
    'The request is not signed by a runtime that is known here, or its clock is wrong.',
  );
