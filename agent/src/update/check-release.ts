import { type KeyObject, verify } from 'node:crypto';
import { DomainError } from '@throughline/domain/errors';
import { type Release, type SignedRelease, isNewer, releaseBytes, zSignedRelease } from '@throughline/domain/release';
import type { DataFolder } from '../data-folder.ts';
import { AGENT_VERSION } from '../version.ts';
import { releaseKey } from './release-key.ts';

/** What a release is held against here. */
export interface Installed {
  key: KeyObject | null;
  version: string;
  platform: string;
  arch: string;
  now: number;
}

/** The release if this computer may have it. Signature first: nothing of an unproven one is looked at. */
export function checkRelease({ release, signature }: SignedRelease, installed: Installed): Release {
  const no = (message: string) => new DomainError('FORBIDDEN', `${message} Nothing was changed.`);
  if (installed.key === null)
    throw no(
      'This runtime believes nobody’s updates, because no release key is pinned. Pin one with “update --release-key FILE”.',
    );
  if (!verify(null, releaseBytes(release), installed.key, Buffer.from(signature, 'base64')))
    throw no('The release’s signature does not fit the pinned release key.');
  const { version, platform, arch } = release;
  if (platform !== installed.platform || arch !== installed.arch)
    throw no(`The release is for ${platform} ${arch}; this computer is ${installed.platform} ${installed.arch}.`);
  if (!isNewer(version, installed.version))
    throw no(`The release is ${version} and this runtime ${installed.version}: only a newer one is taken.`);
  if (installed.now < release.notBefore)
    throw no(`The release may not be installed before ${new Date(release.notBefore).toISOString()}.`);
  return release;
}

export const thisComputer = (folder: Pick<DataFolder, 'releaseKey'>): Installed => ({
  key: releaseKey(folder),
  version: AGENT_VERSION,
  platform: process.platform,
  arch: process.arch,
  now: Date.now(),
});

export function parseSignedRelease(text: string, where: string): SignedRelease {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = zSignedRelease.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new DomainError(
    'INVALID_INPUT',
    `${where} is not a signed release of a form this runtime knows. Nothing was changed.`,
  );
}
