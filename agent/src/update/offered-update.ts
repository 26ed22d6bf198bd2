import { setTimeout as wait } from 'node:timers/promises';
import type { AgentMessage, GatewayMessage } from '@throughline/domain/agent-protocol';
import { DomainError, isDomainError } from '@throughline/domain/errors';
import type { Release } from '@throughline/domain/release';
import type { ToldState } from '@throughline/domain/update-state';
import type { DataFolder } from '../data-folder.ts';
import { readLocalPolicy } from '../local-policy.ts';
import type { Log } from '../log.ts';
import { checkRelease, thisComputer } from './check-release.ts';
import { dropOffered, fetchOffered } from './fetch-offered.ts';
import type { SelfUpdate } from './self-update.ts';
import { readUpdateState } from './update-state.ts';

type Offer = Extract<GatewayMessage, { type: 'update_offer' }>;

const LOOK_EVERY_MS = 1_000;

export interface OfferedUpdateParts {
  folder: DataFolder;
  log: Log;
  send: (message: AgentMessage) => boolean;
  /** No command runs or waits here, and nobody is asked anything. */
  idle: () => boolean;
  updates: Pick<SelfUpdate, 'change'>;
  /** Why this runtime cannot replace itself; null when it can. */
  refusal: string | null;
}

/**
 * What becomes of an offer of the server. The server is not believed: the release is checked against the key that is pinned here before anything
 * else is done with it, and the owner's policy is asked. Nothing is fetched or changed while a command runs or waits. An offer stands as long as
 * the connection it came over; what was fetched by then is kept for the next.
 */
export class OfferedUpdate {
  readonly #parts: OfferedUpdateParts;
  #current: { offer: Offer; stop: AbortController; told: { state: ToldState; reason: string } | null } | null = null;

  constructor(parts: OfferedUpdateParts) {
    this.#parts = parts;
  }

  hear(message: Extract<GatewayMessage, { type: 'update_offer' | 'update_withdrawn' }>): void {
    if (message.type === 'update_withdrawn') return this.#withdrawn(message.version);
    const now = this.#current;
    if (now && JSON.stringify(now.offer) === JSON.stringify(message)) {
      if (now.told) this.#say(message.version, now.told.state, now.told.reason);
      return;
    }
    now?.stop.abort();
    const current = { offer: message, stop: new AbortController(), told: null };
    this.#current = current;
    void this.#work(message, current.stop.signal)
      .catch((error: unknown) => {
        // Whatever goes wrong leaves the present version as it is.
        if (current.stop.signal.aborted) return;
        const words = isDomainError(error) ? error.message : String(error);
        this.#parts.log.error(`The update to ${message.version} that the server offers was not made: ${words}`);
        this.#tell('refused', words);
      })
      .finally(() => {
        // An offer that comes again is looked at anew.
        if (this.#current === current) this.#current = null;
      });
  }

  /** The connection is gone: the server may have changed its mind when it is back, and says so then. */
  disconnected(): void {
    this.#current?.stop.abort();
    this.#current = null;
  }

  #withdrawn(version: string): void {
    const before = this.#rolledBack(version);
    if (before !== null) this.#say(version, 'rolled_back', before);
    if (this.#current?.offer.version !== version) return;
    this.disconnected();
    dropOffered(this.#parts.folder);
    this.#parts.log.info(`The server takes back the offer of ${version}.`);
  }

  async #work(offer: Offer, stop: AbortSignal): Promise<void> {
    const { folder, log, updates } = this.#parts;
    const { version } = offer;
    const before = this.#rolledBack(version);
    if (before !== null) return this.#tell('rolled_back', before);
    const release = this.#check(offer);
    log.info(`The server offers ${version}, signed by the release key.`);
    if (!this.#parts.idle()) {
      this.#tell('offered');
      await this.#untilIdle(stop);
    }
    this.#tell('fetching');
    const program = await fetchOffered(folder, release, stop);
    this.#tell('checked');
    for (;;) {
      await this.#untilIdle(stop);
      // Days may have gone by: the key, the policy or the clock may say otherwise now.
      this.#check(offer);
      if (await updates.change(release, program, () => this.#switches(stop))) break;
      await wait(LOOK_EVERY_MS, undefined, { signal: stop });
    }
    dropOffered(folder);
  }

  /** The last word, just before the program is replaced. */
  #switches(stop: AbortSignal): boolean {
    stop.throwIfAborted();
    if (!this.#parts.idle()) return false;
    this.#tell('switched');
    return true;
  }

  /** The build for this computer, if it may have it. Signature first: nothing of an unproven one is looked at. */
  #check({ version, releases, serves }: Offer): Release {
    const { folder, refusal } = this.#parts;
    const here = thisComputer(folder);
    const fits = releases.find(({ release }) => release.platform === here.platform && release.arch === here.arch);
    const signed = fits ?? releases[0];
    if (signed === undefined) throw no('The offer names no program.');
    const release = checkRelease(signed, here);
    if (release.version !== version) throw no(`Offered was ${version}, signed is ${release.version}.`);
    if (release.minProtocol > serves)
      throw no(`${version} speaks protocol ${release.minProtocol}, and the server ${serves}: update the server first.`);
    const policy = readLocalPolicy(folder);
    if (policy.updates === 'off' || policy.killSwitch)
      throw no('The owner of this computer takes no updates from the server (policy.json).');
    if (refusal !== null) throw no(refusal);
    return release;
  }

  async #untilIdle(stop: AbortSignal): Promise<void> {
    while (!this.#parts.idle()) await wait(LOOK_EVERY_MS, undefined, { signal: stop });
  }

  /** Why this version was put back here, null when it was not. */
  #rolledBack(version: string): string | null {
    const state = readUpdateState(this.#parts.folder);
    return state?.phase === 'rolled_back' && state.version === version ? state.why : null;
  }

  #tell(state: ToldState, reason = ''): void {
    const now = this.#current;
    if (now === null) return;
    now.told = { state, reason };
    this.#say(now.offer.version, state, reason);
  }

  #say(version: string, state: ToldState, reason: string): void {
    this.#parts.send({ type: 'update_state', version, state, reason: reason.slice(0, 1000), at: Date.now() });
  }
}

const no = (message: string): DomainError => new DomainError('FORBIDDEN', `${message} Nothing was changed.`);
