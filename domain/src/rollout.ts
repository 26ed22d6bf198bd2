import { type Release, isNewerThan } from './release.ts';
import { isServed } from './protocol-version.ts';

/** To which endpoints a version is offered: those that fit every part that is given. */
export interface Rollout {
  version: string;
  clientId: string | null;
  endpointId: string | null;
  /** 1 to 100, of the endpoints that fit the other parts. */
  percent: number | null;
}

/** Where an endpoint stands among all, 0 to 99. Always the same for one version, so that a larger share only adds; another for the next, so that it is not always the same few who go first. */
export function placeOf(version: string, endpointId: string): number {
  // FNV-1a with MurmurHash3's last mixing: even enough for shares, and not meant against anybody.
  let hash = 0x811c9dc5;
  for (const char of `${version} ${endpointId}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % 100;
}

export const covers = (rollout: Rollout, endpoint: { id: string; clientId: string }): boolean =>
  (rollout.clientId === null || rollout.clientId === endpoint.clientId) &&
  (rollout.endpointId === null || rollout.endpointId === endpoint.id) &&
  (rollout.percent === null || placeOf(rollout.version, endpoint.id) < rollout.percent);

/** Whether a runtime of the version `running` may be offered this release by a server that speaks our protocols. Never an older one, nor one that could not talk to us. */
export const mayOffer = (release: Pick<Release, 'version' | 'minProtocol'>, running: string): boolean =>
  isServed(release.minProtocol) && isNewerThan(release.version, running);
