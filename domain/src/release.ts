import { z } from 'zod';
import { utf8 } from './bytes.ts';
import { canonicalJson } from './canonical.ts';

const VERSION = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/;

/** Three numbers: 1.2.3. */
export const zVersion = z.string().regex(VERSION, 'a version of the form 1.2.3');

/** One build of the endpoint runtime's executable, as the release key signs it. Unknown fields are refused. */
export const zRelease = z.strictObject({
  v: z.literal(1),
  version: zVersion,
  /** Node's words for them: `linux`, `x64`. */
  platform: z.string().min(1).max(20),
  arch: z.string().min(1).max(20),
  bytes: z.number().int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The protocol it speaks: a server that does not serve it must not offer this release. */
  minProtocol: z.number().int().positive(),
  /** Not to be installed before, in ms since the epoch. */
  notBefore: z.number().int().nonnegative(),
});
export type Release = z.infer<typeof zRelease>;

/** `signature`: Ed25519 by the release key over releaseBytes(), base64. */
export const zSignedRelease = z.strictObject({ release: zRelease, signature: z.string().max(100) });
export type SignedRelease = z.infer<typeof zSignedRelease>;

/** What the release key signs. */
export const releaseBytes = (release: Release): Uint8Array => utf8(`throughline/release/v1\n${canonicalJson(release)}`);

/** Whether `version` comes after `other`. Throws on a version of another form: two orders of one pair would be a way back. */
export function isNewer(version: string, other: string): boolean {
  const [a, b] = [numbers(version), numbers(other)];
  for (let i = 0; i < 3; i++) if (a[i] !== b[i]) return (a[i] ?? 0) > (b[i] ?? 0);
  return false;
}

/** Null for a version of another form, as a runtime run from its sources may have. */
export const isNewerThan = (version: string, other: string): boolean => VERSION.test(other) && isNewer(version, other);

function numbers(version: string): number[] {
  const found = VERSION.exec(version);
  if (found === null) throw new RangeError(`“${version}” is not a version of the form 1.2.3`);
  return found.slice(1).map(Number);
}
