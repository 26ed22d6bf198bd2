import { type KeyObject, createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { DomainError } from '@throughline/domain/errors';
import { type DataFolder, writeDurably } from '../data-folder.ts';
import { BUILT_IN_RELEASE_KEY } from '../version.ts';

/** Whose updates this computer believes: the key its owner pinned, else the one the build brought. Null: nobody's. */
export function releaseKey(folder: Pick<DataFolder, 'releaseKey'>): KeyObject | null {
  if (existsSync(folder.releaseKey)) return keyOf(readFileSync(folder.releaseKey, 'utf8'), folder.releaseKey);
  return BUILT_IN_RELEASE_KEY === '' ? null : keyOf(BUILT_IN_RELEASE_KEY, 'this build');
}

/** Pins the key of a file; from now on nothing else is believed. */
export function pinReleaseKey(folder: Pick<DataFolder, 'releaseKey'>, file: string): void {
  if (!existsSync(file)) throw new DomainError('INVALID_INPUT', `--release-key ${file} does not exist.`);
  const text = readFileSync(file, 'utf8').trim();
  keyOf(text, file);
  writeDurably(folder.releaseKey, `${text}\n`, 0o644);
}

/** PEM, or SPKI DER in base64 as the protocol carries keys. */
function keyOf(text: string, where: string): KeyObject {
  let key: KeyObject;
  try {
    key = text.includes('-----BEGIN PUBLIC KEY')
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text.trim(), 'base64'), type: 'spki', format: 'der' });
  } catch (cause) {
    throw new DomainError('INVALID_INPUT', `The release key of ${where} cannot be read.`, {}, { cause });
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw new DomainError('INVALID_INPUT', `The release key of ${where} is not an Ed25519 key.`);
  return key;
}
