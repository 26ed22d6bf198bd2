import { parseArgs } from 'node:util';
import { audit } from '@throughline/store/audit-store';
import { releases, removeRelease } from '@throughline/store/release-store';
import { openRollouts } from '@throughline/store/rollout-store';
import { atDesk } from '../desk.ts';
import type { Env } from '../env.ts';
import { Problem } from '../problem.ts';
import { versionIn } from './release-offer.ts';

/** `release remove VERSION`: gives back the room of a version that is offered to nobody. Its number is not free again: it named one program. */
export async function removeReleases(args: string[], env: Env): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { org: { type: 'string' } }, allowPositionals: true });
  const version = versionIn(positionals[0], 'release remove 1.2.3');
  const bytes = await atDesk(env, values.org, ({ scope: { mspId }, transaction }) =>
    transaction(async (tx) => {
      if ((await releases(tx, mspId, version)).length === 0)
        throw new Problem(`There is no release ${version}. "release list" shows what there is.`);
      if ((await openRollouts(tx, mspId)).some((rollout) => rollout.version === version))
        throw new Problem(`${version} is offered. Take it back first: release stop ${version}.`);
      const freed = await removeRelease(tx, mspId, version);
      await audit(tx, mspId, 'command line', 'release.remove', version, { bytes: freed });
      return freed;
    }),
  );
  process.stdout.write(
    `${version} is removed, ${(bytes / 1024 ** 2).toFixed(1)} MiB with it. Endpoints that run it stay as they are. Another program needs another version.\n`,
  );
  return 0;
}
