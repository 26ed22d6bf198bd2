import type { Env } from '../env.ts';
import { Problem } from '../problem.ts';
import { addRelease, trustKey } from './release-add.ts';
import { listReleases } from './release-list.ts';
import { offerRelease, stopRelease } from './release-offer.ts';
import { removeReleases } from './release-remove.ts';

const VERBS: Record<string, (args: string[], env: Env) => Promise<number>> = {
  key: trustKey,
  add: addRelease,
  list: listReleases,
  offer: offerRelease,
  stop: stopRelease,
  remove: removeReleases,
};

/** `release key | add | list | offer | stop | remove`: what endpoints are offered as their next version. */
export function release([verb, ...rest]: string[], env: Env): Promise<number> {
  const work = verb !== undefined && Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (work === undefined)
    throw new Problem(
      'Say what to do: release key FILE, release add DESCRIPTION PROGRAM, release list, release offer VERSION, release stop VERSION, or release remove VERSION.',
    );
  return work(rest, env);
}
