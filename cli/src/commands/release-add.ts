import { type KeyObject, createHash, createPublicKey, verify } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isServed } from '@throughline/domain/protocol-version';
import { type SignedRelease, releaseBytes, zSignedRelease } from '@throughline/domain/release';
import { audit } from '@throughline/store/audit-store';
import {
  PIECE_BYTES,
  addRelease as insertRelease,
  keepPiece,
  releaseKeyOf,
  setReleaseKey,
} from '@throughline/store/release-store';
import type { Tx } from '@throughline/store/tenant';
import { atDesk } from '../desk.ts';
import type { Env } from '../env.ts';
import { Problem } from '../problem.ts';

/** Far more than an executable with Node inside takes. */
const MOST_BYTES = 512 * 1024 ** 2;

/** `release key FILE`: from now on `release add` takes only what this key has signed. */
export async function trustKey(args: string[], env: Env): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { org: { type: 'string' } }, allowPositionals: true });
  const [file] = positionals;
  if (file === undefined) throw new Problem('Say which file: release key release.pem.pub.');
  const key = keyIn((await read(env, file)).toString('utf8'), file);
  const der = key.export({ type: 'spki', format: 'der' });
  const fingerprint = createHash('sha256').update(der).digest('hex');
  await atDesk(env, values.org, ({ scope, transaction }) =>
    transaction(async (tx) => {
      await setReleaseKey(tx, scope.mspId, der);
      await audit(tx, scope.mspId, 'command line', 'release.key', fingerprint);
    }),
  );
  process.stdout.write(
    `Releases are taken in here only if this key signed them (SHA-256 ${fingerprint}).\nWhat endpoints believe is pinned on each of them, and nothing here changes it.\n`,
  );
  return 0;
}

/** `release add DESCRIPTION PROGRAM`: keeps a signed release, so that it can be offered. */
export async function addRelease(args: string[], env: Env): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { org: { type: 'string' } }, allowPositionals: true });
  const [description, program] = positionals;
  if (description === undefined || program === undefined)
    throw new Problem('Say which: release add throughline-runtime.release.json throughline-runtime.');
  const signed = parse((await read(env, description)).toString('utf8'), description);
  const { version, platform, arch, minProtocol, bytes } = signed.release;
  if (bytes > MOST_BYTES) throw new Problem(`${program} is larger than ${MOST_BYTES / 1024 ** 2} MiB.`);
  const checked = await atDesk(env, values.org, ({ scope, transaction }) =>
    transaction(async (tx) => {
      const der = await releaseKeyOf(tx, scope.mspId);
      if (der !== null) checkSignature(signed, createPublicKey({ key: der, type: 'spki', format: 'der' }), description);
      if (!(await insertRelease(tx, scope.mspId, signed)))
        throw new Problem(
          `${version} for ${platform} ${arch} is or was here already. Give another build another version.`,
        );
      await keepProgram(tx, scope.mspId, signed, await opened(env, program), program);
      await audit(tx, scope.mspId, 'command line', 'release.add', `${version} ${platform} ${arch}`, {
        sha256: signed.release.sha256,
      });
      return der !== null;
    }),
  );
  process.stdout.write(
    `${version} for ${platform} ${arch} is kept. No endpoint is offered it yet: release offer ${version}\n`,
  );
  if (!checked)
    process.stdout.write(
      'Its signature was not checked here, because no release key is known (release key FILE). Every endpoint checks it itself.\n',
    );
  if (!isServed(minProtocol))
    process.stdout.write(
      `It speaks protocol ${minProtocol}, which this server does not: update the server before you offer it.\n`,
    );
  return 0;
}

function parse(text: string, file: string): SignedRelease {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined; // Not JSON: told like any other text that is no description.
  }
  const parsed = zSignedRelease.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem(`${file} is not the description of a release. "sign-release" writes one: PROGRAM.release.json.`);
}

function checkSignature({ release, signature }: SignedRelease, key: KeyObject, file: string): void {
  if (!verify(null, releaseBytes(release), key, Buffer.from(signature, 'base64')))
    throw new Problem(`${file} is not signed by the release key that is known here. Nothing was kept.`);
}

/** Within one transaction with its description: a program that is not byte for byte what was signed leaves nothing. */
async function keepProgram(
  tx: Tx,
  mspId: string,
  { release }: SignedRelease,
  file: FileHandle,
  name: string,
): Promise<void> {
  const hash = createHash('sha256');
  let length = 0;
  try {
    for (;;) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, length);
      if (bytesRead === 0) break;
      const piece = buffer.subarray(0, bytesRead);
      // A short read would shift all that follows; of a plain file it means its end.
      if (length % PIECE_BYTES !== 0) throw new Problem(`${name} cannot be read in whole pieces. Give a plain file.`);
      hash.update(piece);
      await keepPiece(tx, mspId, release.sha256, length, piece);
      length += bytesRead;
      if (length > release.bytes) break;
    }
  } finally {
    await file.close();
  }
  if (length !== release.bytes || hash.digest('hex') !== release.sha256)
    throw new Problem(`${name} is not the program that was signed. Nothing was kept.`);
}

/** PEM, or SPKI DER in base64 as `new-release-key` writes it. */
function keyIn(text: string, file: string): KeyObject {
  try {
    const key = text.includes('-----BEGIN PUBLIC KEY')
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text.trim(), 'base64'), type: 'spki', format: 'der' });
    if (key.asymmetricKeyType === 'ed25519' && !text.includes('PRIVATE KEY')) return key;
  } catch {
    // Said below, as of any file that holds no such key.
  }
  throw new Problem(`${file} holds no public Ed25519 key. "new-release-key" writes one: FILE.pub.`);
}

const read = async (env: Env, file: string): Promise<Buffer> => {
  const handle = await opened(env, file);
  try {
    return await readFile(handle);
  } finally {
    await handle.close();
  }
};

const opened = (env: Env, file: string): Promise<FileHandle> =>
  open(resolve(env.folder, file)).catch((cause: NodeJS.ErrnoException) => {
    throw new Problem(`${file} cannot be read (${cause.code}).`, 1, { cause });
  });
