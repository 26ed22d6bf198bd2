import { parseArgs } from 'node:util';
import type { Rollout } from '@throughline/domain/rollout';
import { clients } from '@throughline/store/client-store';
import { endpointsByIds } from '@throughline/store/endpoint-store';
import { updateCounts } from '@throughline/store/endpoint-update-store';
import { releases } from '@throughline/store/release-store';
import { openRollouts } from '@throughline/store/rollout-store';
import { atDesk } from '../desk.ts';
import type { Env } from '../env.ts';

/** `release list`: what is kept, to whom it is offered, and how far endpoints are. */
export async function listReleases(args: string[], env: Env): Promise<number> {
  const { values } = parseArgs({ args, options: { org: { type: 'string' } } });
  const text = await atDesk(env, values.org, ({ scope, transaction }) =>
    transaction(async (tx) => {
      const [kept, rollouts, counts] = [
        await releases(tx, scope.mspId),
        await openRollouts(tx, scope.mspId),
        await updateCounts(tx, scope.mspId),
      ];
      const names = new Map((await clients(tx, scope)).map((row) => [row.id, row.name]));
      const ids = rollouts.flatMap(({ endpointId }) => endpointId ?? []);
      for (const row of await endpointsByIds(tx, scope, ids)) names.set(row.id, row.name);
      const lines: string[] = [];
      for (const version of new Set(kept.map(({ release }) => release.version))) {
        const builds = kept.filter(({ release }) => release.version === version);
        lines.push(`${version}  ${builds.map(({ release }) => `${release.platform} ${release.arch}`).join(', ')}`);
        const offers = rollouts.filter((rollout) => rollout.version === version);
        lines.push(`  offered to    ${offers.map((offer) => toWhom(offer, names)).join('; ') || 'nobody'}`);
        const standing = counts.filter((each) => each.version === version);
        if (standing.length > 0)
          lines.push(
            `  endpoints     ${standing.map(({ state, count }) => `${count} ${state.replace('_', ' ')}`).join(', ')}`,
          );
      }
      return lines.join('\n');
    }),
  );
  process.stdout.write(`${text || 'There is no release yet: release add DESCRIPTION PROGRAM.'}\n`);
  return 0;
}

export function toWhom({ clientId, endpointId, percent }: Rollout, names: ReadonlyMap<string, string>): string {
  const share = percent === null ? '' : `${percent} % of `;
  if (endpointId !== null) return `${share}${names.get(endpointId) ?? endpointId}`;
  return `${share}${clientId === null ? 'all endpoints' : `${names.get(clientId) ?? clientId}’s endpoints`}`;
}
