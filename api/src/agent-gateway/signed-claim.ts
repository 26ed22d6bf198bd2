import { createPublicKey, verify } from 'node:crypto';
import { isUuid } from '@throughline/domain/ids';
import { withoutTenant } from '@throughline/store/tenant';
import type { Request } from 'express';
import type { Pool } from 'pg';

/** Who says that it sent an HTTP request, as its Authorization header has it; nothing is proven yet. */
export interface Claim {
  mspId: string;
  runtimeId: string;
  /** By the runtime's clock, ms since the epoch. */
  at: number;
  signature: Buffer;
}

/** How far a request's time may be from ours: within it a request that was overheard could be said again, to no effect. */
const WITHIN_MS = 5 * 60_000;

/** Null for a header of another form, and a runtime that nobody knows. */
export async function claimOf(pool: Pool, req: Request): Promise<Claim | null> {
  const [, runtimeId = '', at = '', signature = ''] =
    /^Throughline ([0-9a-f-]{36}) (\d{1,15}) ([A-Za-z0-9+/=]{1,100})$/.exec(req.get('authorization') ?? '') ?? [];
  if (!isUuid(runtimeId)) return null;
  const mspId = await withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ msp: string | null }>('select route_runtime($1::uuid) as msp', [runtimeId]);
    return rows[0]?.msp ?? null;
  });
  return mspId === null ? null : { mspId, runtimeId, at: Number(at), signature: Buffer.from(signature, 'base64') };
}

/** `bytes`: what the runtime must have signed. */
export function isProven({ at, signature }: Claim, publicKey: Buffer, bytes: Uint8Array): boolean {
  const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
  return Math.abs(Date.now() - at) <= WITHIN_MS && verify(null, bytes, key, signature);
}
