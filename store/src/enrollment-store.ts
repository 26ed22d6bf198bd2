import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Tx } from './tenant.ts';

/** How long an enrolment token may be used. */
export const ENROLLMENT_MINUTES = 15;

/** Makes a one-time token (192 random bits); only its hash is kept. */
export async function createEnrollmentToken(
  tx: Tx,
  mspId: string,
  input: { clientId: string; expectedHost: string | null; replaceEndpointId: string | null; createdBy: string },
): Promise<{ token: string; expiresAt: Date }> {
  const token = `tl_enroll_${randomBytes(24).toString('base64url')}`;
  const { rows } = await tx.query<{ expires_at: Date }>(
    `insert into enrollment_token (msp_id, id, token_hash, client_id, expected_host, replace_endpoint_id, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(mins => $8)) returning expires_at`,
    [
      mspId,
      randomUUID(),
      createHash('sha256').update(token).digest(),
      input.clientId,
      input.expectedHost,
      input.replaceEndpointId,
      input.createdBy,
      ENROLLMENT_MINUTES,
    ],
  );
  return { token, expiresAt: rows[0]?.expires_at ?? new Date() };
}
