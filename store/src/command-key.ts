import { type KeyObject, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { secretFile } from './keys.ts';

const newEd25519 = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });

/** The organisation's command key. Only the signer reads the private half; `command-signing.pub` is what endpoints pin. */
export async function commandKey(path: string): Promise<{ privateKey: KeyObject; publicKey: Buffer }> {
  const privateKey = createPrivateKey(await secretFile(path, newEd25519));
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  await secretFile(path.replace(/\.pem$/, '.pub'), () => publicKey.toString('base64'));
  return { privateKey, publicKey };
}
