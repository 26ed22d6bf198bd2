import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import type { CheckpointKey } from './checkpoint-store.ts';
import { keysFolder, secretFile } from './keys.ts';

/**
 * The key that signs checkpoints, `keys/record-signing.pem` in the data folder; made at the first call. Its public half is written beside
 * it (`record-signing.pub`, base64 SPKI) for those who want to pin it.
 */
export async function checkpointKey(dataDir: string): Promise<CheckpointKey> {
  const path = join(await keysFolder(dataDir), 'record-signing.pem');
  const make = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const privateKey = createPrivateKey(await secretFile(path, make));
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  await secretFile(path.replace(/\.pem$/, '.pub'), () => publicKey.toString('base64'));
  return { privateKey, publicKey };
}

/** Where the second place is, unless configured otherwise. */
export const checkpointLog = (dataDir: string): string => join(dataDir, 'checkpoints.log');
