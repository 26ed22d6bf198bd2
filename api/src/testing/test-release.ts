import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { type Release, releaseBytes } from '@throughline/domain/release';
import { programRequestBytes } from '@throughline/domain/signed-bytes';
import { PIECE_BYTES, addRelease, keepPiece } from '@throughline/store/release-store';
import { withTenant } from '@throughline/store/tenant';
import type { ApiBench } from './api-bench.ts';
import type { ScriptedRuntime } from './scripted-runtime.ts';

/** Whoever makes releases: signs programs, and brings them to the server as `release add` does. */
export class TestReleases {
  readonly key = generateKeyPairSync('ed25519');
  private readonly bench: ApiBench;

  constructor(bench: ApiBench) {
    this.bench = bench;
  }

  sign(version: string, program: Buffer, change: Partial<Release> = {}, key = this.key.privateKey) {
    const release: Release = {
      v: 1,
      version,
      platform: process.platform,
      arch: process.arch,
      bytes: program.length,
      sha256: createHash('sha256').update(program).digest('hex'),
      minProtocol: 2,
      notBefore: 0,
      ...change,
    };
    return { release, signature: sign(null, releaseBytes(release), key).toString('base64') };
  }

  /** Signed and kept; `program`: else some bytes that are no program. Returns its sum. */
  async add(version: string, program = randomBytes(3_000), signed = this.sign(version, program)): Promise<string> {
    const { mspId } = this.bench.northgate;
    await withTenant(this.bench.deps.pool, { mspId, clients: '*' }, async (tx) => {
      await addRelease(tx, mspId, signed);
      for (let at = 0; at < program.length; at += PIECE_BYTES)
        await keepPiece(tx, mspId, signed.release.sha256, at, program.subarray(at, at + PIECE_BYTES));
    });
    return signed.release.sha256;
  }
}

/** What a runtime asks of the server to fetch a program, signed by it unless a test changes that. */
export function programCall(
  url: string,
  runtime: ScriptedRuntime,
  call: { sha256: string; offset?: number; at?: number; signature?: string },
): Promise<Response> {
  const { sha256, offset = 0, at = Date.now() } = call;
  const { runtimeId } = runtime.identity;
  const signature = call.signature ?? runtime.signs(programRequestBytes({ runtimeId, sha256, offset, at }));
  return fetch(`${url}/agent/releases/${sha256}`, {
    headers: { authorization: `Throughline ${runtimeId} ${at} ${signature}`, range: `bytes=${offset}-` },
  });
}
