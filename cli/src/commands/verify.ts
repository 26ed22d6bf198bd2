import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { verifyBundle } from '@throughline/domain/verify-bundle';
import { verifyDeps } from '@throughline/store/verify-deps';
import type { Env } from '../env.ts';
import { Problem } from '../problem.ts';
import { readBundle } from '../read-bundle.ts';
import { EXIT_CODES, reportText } from '../report-text.ts';

/** `verify FILE`: checks an exported record. Needs no server, no database and no network. */
export async function verify(args: string[], env: Env): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { trust: { type: 'string', multiple: true }, json: { type: 'boolean' } },
  });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1)
    throw new Problem('Say which file: verify FILE [--trust SHA256]…', 4);
  const bytes = await readFile(resolve(env.folder, name)).catch((cause: NodeJS.ErrnoException) => {
    throw new Problem(`${name} cannot be read (${cause.code}). Check the name and your rights.`, 4, { cause });
  });
  const trusted = values.trust?.map((text) => text.toLowerCase());
  if (trusted?.some((text) => !/^[0-9a-f]{64}$/.test(text)))
    throw new Problem('--trust takes the SHA-256 of a public key in hexadecimal (64 digits).', 4);
  const report = verifyBundle(readBundle(bytes), {
    ...verifyDeps,
    ...(trusted === undefined ? {} : { trustedKeys: new Set(trusted) }),
  });
  process.stdout.write(
    values.json ? `${JSON.stringify(report)}\n` : reportText(report, { pinned: trusted !== undefined }),
  );
  return EXIT_CODES[report.verdict];
}
