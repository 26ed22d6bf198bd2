import { type KeyObject, createPublicKey, verify } from 'node:crypto';
import type { AgentMessage, GatewayMessage } from '@throughline/domain/agent-protocol';
import { rotationBytes } from '@throughline/domain/signed-bytes';
import { audit } from '@throughline/store/audit-store';
import type { Tx } from '@throughline/store/tenant';
import type { Member } from './join.ts';

type Rotated = GatewayMessage & { type: 'rotated' };

/**
 * A runtime changes its key: the old key signs for the new one, the new one proves that somebody holds it, both for this connection alone.
 * From the COMMIT on only the new key opens a connection; the old one stays known for what it signed.
 */
export async function rotateKey(
  tx: Tx,
  member: Member,
  joinCounter: number,
  message: AgentMessage & { type: 'rotate' },
): Promise<Rotated> {
  const { publicKey } = message;
  const answer = (accepted: boolean, words: string): Rotated => ({
    type: 'rotated',
    publicKey,
    accepted,
    message: words,
  });
  const next = Buffer.from(publicKey, 'base64');
  const nextKey = ed25519(next);
  const oldKey = ed25519(member.publicKey);
  const bytes = rotationBytes({ runtimeId: member.runtimeId, joinCounter, publicKey });
  if (nextKey === null || next.equals(member.publicKey)) return answer(false, 'That is not a new Ed25519 key.');
  const proven =
    oldKey !== null &&
    verify(null, bytes, oldKey, Buffer.from(message.signature, 'base64')) &&
    verify(null, bytes, nextKey, Buffer.from(message.proof, 'base64'));
  if (!proven) {
    await audit(tx, member.mspId, `runtime ${member.runtimeId}`, 'runtime.key_refused', member.runtimeId, {});
    return answer(false, 'The new key is not signed for by the old one and by itself.');
  }
  const { rowCount } = await tx.query(
    'update runtime set public_key = $3 where msp_id = $1 and id = $2 and public_key = $4 and revoked_at is null and locked_at is null',
    [member.mspId, member.runtimeId, next, member.publicKey],
  );
  if (rowCount !== 1) return answer(false, 'The key was changed or the runtime stopped meanwhile.');
  await tx.query(
    'insert into runtime_key (msp_id, runtime_id, public_key) values ($1, $2, $3) on conflict do nothing',
    [member.mspId, member.runtimeId, member.publicKey],
  );
  await audit(tx, member.mspId, `runtime ${member.runtimeId}`, 'runtime.key_changed', member.runtimeId, {});
  return answer(true, 'From now on only the new key counts.');
}

function ed25519(der: Buffer): KeyObject | null {
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    // Not a key at all: the answer says so.
    return null;
  }
}
