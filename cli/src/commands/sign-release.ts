import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Release, releaseBytes, zRelease } from '@throughline/domain/release';
import { z } from 'zod';
import { Problem } from '../problem.ts';

const zSelfCheck = z.object({ version: z.string(), protocol: z.number(), platform: z.string(), arch: z.string() });

/** Makes the pair of keys by which runtimes believe updates. The private half stays with whoever makes releases. */
export async function newReleaseKey(args: string[]): Promise<number> {
  const { out } = parseArgs({ args, options: { out: { type: 'string' } } }).values;
  if (out === undefined) throw new Problem('new-release-key needs --out FILE.');
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  // `wx`: a key that releases were signed with must not be lost to a second call.
  writeFileSync(out, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  writeFileSync(`${out}.pub`, `${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}\n`);
  process.stdout.write(`${out}: keep it secret, and off the servers.\n${out}.pub: for enroll --release-key.\n`);
  return 0;
}

/** Writes `PROGRAM.release.json`: what the executable is, as it says itself, under the release key's signature. */
export async function signRelease(args: string[]): Promise<number> {
  const options = { key: { type: 'string' }, program: { type: 'string' }, 'not-before': { type: 'string' } } as const;
  const { key, program, 'not-before': notBefore } = parseArgs({ args, options }).values;
  if (key === undefined || program === undefined)
    throw new Problem('sign-release needs --key FILE and --program FILE.');
  const from = notBefore === undefined ? 0 : Date.parse(notBefore);
  if (Number.isNaN(from)) throw new Problem('--not-before takes a time such as 2026-01-31T20:00:00Z.');
  const bytes = readFileSync(program);
  const { protocol, ...what } = zSelfCheck.parse(
    JSON.parse(execFileSync(program, ['self-check'], { encoding: 'utf8' })),
  );
  const release: Release = zRelease.parse({
    v: 1,
    ...what,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    minProtocol: protocol,
    notBefore: from,
  });
  const signature = sign(null, releaseBytes(release), createPrivateKey(readFileSync(key))).toString('base64');
  const file = `${program}.release.json`;
  writeFileSync(file, `${JSON.stringify({ release, signature }, null, 2)}\n`);
  process.stdout.write(`${file}: ${release.version} for ${release.platform} ${release.arch}\n`);
  return 0;
}
