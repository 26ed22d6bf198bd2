import { parseArgs } from 'node:util';
import { publish } from '@throughline/store/notify';
import { queueAllForSearch } from '@throughline/store/search/search-queue';
import { atDesks } from '../desk.ts';
import type { Env } from '../env.ts';

/** `reindex`: queues everything for the search index again; the running worker does the work. */
export async function reindex(args: string[], env: Env): Promise<number> {
  const { values } = parseArgs({ args, options: { org: { type: 'string' } } });
  const counts = await atDesks(env, values.org ?? '*', (desk) =>
    desk.transaction(async (tx) => {
      const count = await queueAllForSearch(tx, desk.scope.mspId);
      await publish(tx, { k: 'search', m: desk.scope.mspId });
      return count;
    }),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  process.stdout.write(
    `${total} pieces are queued. The worker indexes them while it runs; search shows "catching up" until then.\n`,
  );
  return 0;
}
