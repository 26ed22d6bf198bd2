import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { audit } from '@throughline/store/audit-store';
import { exportSession } from '@throughline/store/export-store';
import { atDesk, sessionIdOf } from '../desk.ts';
import type { Env } from '../env.ts';
import { Problem } from '../problem.ts';

/** `export --session NUMBER --out FILE`: a session's whole record as one file that proves itself. */
export async function exportRecord(args: string[], env: Env): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { session: { type: 'string' }, out: { type: 'string' }, org: { type: 'string' } },
  });
  const { session, out } = values;
  if (session === undefined || out === undefined)
    throw new Problem('Say what and where to: export --session NUMBER --out FILE.');
  const bundle = await atDesk(env, values.org, (desk) =>
    desk.transaction(async (tx) => {
      const bundle = await exportSession(tx, desk.scope, await sessionIdOf(tx, desk.scope, session));
      await audit(tx, desk.scope.mspId, 'command line', 'record.export', `session ${bundle.session.number}`);
      return bundle;
    }),
  );
  // Never over another file: an export is evidence.
  await writeFile(resolve(env.folder, out), JSON.stringify(bundle), { flag: 'wx', mode: 0o600 }).catch(
    (cause: NodeJS.ErrnoException) => {
      throw new Problem(
        cause.code === 'EEXIST'
          ? `${out} is there already. Choose another name.`
          : `${out} cannot be written (${cause.code}).`,
        1,
        { cause },
      );
    },
  );
  process.stdout.write(
    `Session ${bundle.session.number}: ${bundle.entries.length} entries written to ${out}.\nCheck it anywhere: npm run cli -- verify ${out}\n`,
  );
  return 0;
}
