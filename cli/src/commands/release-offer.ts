import { parseArgs } from 'node:util';
import { isServed } from '@throughline/domain/protocol-version';
import { isNewerThan, zVersion } from '@throughline/domain/release';
import { type Rollout, covers } from '@throughline/domain/rollout';
import { audit } from '@throughline/store/audit-store';
import { clients } from '@throughline/store/client-store';
import { withdrawUpdates } from '@throughline/store/endpoint-update-store';
import { publish } from '@throughline/store/notify';
import { releases } from '@throughline/store/release-store';
import { type Updatable, addRollout, stopRollouts, updatableEndpoints } from '@throughline/store/rollout-store';
import type { Tx } from '@throughline/store/tenant';
import { type Desk, atDesk } from '../desk.ts';
import type { Env } from '../env.ts';
import { Problem } from '../problem.ts';
import { toWhom } from './release-list.ts';

const options = {
  client: { type: 'string' },
  endpoint: { type: 'string' },
  percent: { type: 'string' },
  org: { type: 'string' },
} as const;

/** `release offer VERSION --client NAME | --endpoint NAME | --percent N`: adds to those who are offered it; the parts narrow each other. */
export async function offerRelease(args: string[], env: Env): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const version = versionIn(positionals[0], 'release offer 1.2.3 --percent 10');
  const percent = values.percent === undefined ? null : Number(values.percent);
  if (percent !== null && !(Number.isInteger(percent) && percent >= 1 && percent <= 100))
    throw new Problem('--percent takes a whole number from 1 to 100.');
  if (values.client === undefined && values.endpoint === undefined && percent === null)
    throw new Problem('Say to whom: --client NAME, --endpoint NAME, --percent N (of all, or of that client’s).');
  const words = await atDesk(env, values.org, (desk) =>
    desk.transaction(async (tx) => {
      const { mspId } = desk.scope;
      await mustBeReady(tx, mspId, version);
      const all = await updatableEndpoints(tx, mspId);
      const names = new Map(all.map((each) => [each.id, each.name]));
      const rollout: Rollout = {
        version,
        clientId: values.client === undefined ? null : await clientNamed(tx, desk, values.client, names),
        endpointId: values.endpoint === undefined ? null : endpointNamed(all, values.endpoint),
        percent,
      };
      await addRollout(tx, mspId, rollout);
      const whom = toWhom(rollout, names);
      await audit(tx, mspId, 'command line', 'release.offer', version, { to: whom });
      const covered = all.filter((endpoint) => covers(rollout, endpoint));
      const older = covered.filter((endpoint) => isNewerThan(version, endpoint.version));
      for (const { id } of older) await publish(tx, { k: 'update', m: mspId, e: id });
      return `${version} is offered to ${whom}: ${covered.length} endpoints, ${older.length} of them older. Those that are connected hear of it now, the others when they connect.`;
    }),
  );
  process.stdout.write(`${words}\nLook: release list. Take it back: release stop ${version}\n`);
  return 0;
}

/** `release stop VERSION`: offers it to nobody any more; endpoints that have not switched stay as they are. */
export async function stopRelease(args: string[], env: Env): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { org: { type: 'string' } }, allowPositionals: true });
  const version = versionIn(positionals[0], 'release stop 1.2.3');
  const back = await atDesk(env, values.org, ({ scope: { mspId }, transaction }) =>
    transaction(async (tx) => {
      if ((await stopRollouts(tx, mspId, version)) === 0) throw new Problem(`${version} is offered to nobody.`);
      const endpoints = await withdrawUpdates(tx, mspId, version);
      await audit(tx, mspId, 'command line', 'release.stop', version);
      for (const id of endpoints) await publish(tx, { k: 'update', m: mspId, e: id });
      return endpoints.length;
    }),
  );
  process.stdout.write(
    `${version} is offered to nobody any more; it is taken back from ${back} endpoints that had not switched.\n`,
  );
  return 0;
}

export function versionIn(text: string | undefined, example: string): string {
  const version = zVersion.safeParse(text);
  if (!version.success) throw new Problem(`Say which version: ${example}.`);
  return version.data;
}

async function mustBeReady(tx: Tx, mspId: string, version: string): Promise<void> {
  const builds = await releases(tx, mspId, version);
  if (builds.length === 0) throw new Problem(`There is no release ${version}. "release list" shows what there is.`);
  for (const { release } of builds) {
    if (!isServed(release.minProtocol))
      throw new Problem(
        `${version} speaks protocol ${release.minProtocol}, which this server does not. Update the server first.`,
      );
    if (release.notBefore > Date.now())
      throw new Problem(
        `${version} may not be installed before ${new Date(release.notBefore).toISOString()}. Offer it then.`,
      );
  }
}

async function clientNamed(tx: Tx, { scope }: Desk, name: string, names: Map<string, string>): Promise<string> {
  const all = await clients(tx, scope);
  const found = all.find((row) => row.name.toLowerCase() === name.toLowerCase());
  if (found === undefined)
    throw new Problem(
      `There is no client "${name}". There is: ${all.map((row) => row.name).join(', ') || 'none yet'}.`,
    );
  names.set(found.id, found.name);
  return found.id;
}

function endpointNamed(all: readonly Updatable[], name: string): string {
  const found = all.filter((each) => each.name.toLowerCase() === name.toLowerCase() || each.id === name);
  if (found.length > 1)
    throw new Problem(
      `Several endpoints are called "${name}". Give the id: ${found.map((each) => each.id).join(', ')}.`,
    );
  if (found[0] === undefined) throw new Problem(`There is no endpoint "${name}" with a runtime that takes offers.`);
  return found[0].id;
}
