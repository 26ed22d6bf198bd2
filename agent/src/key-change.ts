import { existsSync, rmSync } from 'node:fs';
import type { AgentMessage, GatewayMessage } from '@throughline/domain/agent-protocol';
import { rotationBytes } from '@throughline/domain/signed-bytes';
import type { DataFolder } from './data-folder.ts';
import { type Identity, type Signer, newKeyPair, saveIdentity, signWith } from './identity.ts';
import type { Log } from './log.ts';

/** A key is changed by itself when it is this old. */
const KEY_LIFE_MS = 90 * 24 * 3_600_000;
const LOOK_EVERY_MS = 5_000;

export interface KeyChangeParts {
  folder: DataFolder;
  identity: Identity;
  log: Log;
  send: (message: AgentMessage) => boolean;
}

/**
 * This runtime's key and its change. The new key lies on the disk before it is offered, and the old one stays until the server has said that
 * only the new one counts. Where that word got lost, both are tried: whichever the server takes is the one.
 */
export class KeyChange {
  /** Signs with the key that counts now. */
  readonly sign: Signer;
  readonly #parts: KeyChangeParts;
  #joinCounter = 0;
  /** The connection under way is proven with the key that may have taken over already. */
  #triesNext = false;
  #looking: NodeJS.Timeout | null = null;

  constructor(parts: KeyChangeParts) {
    this.#parts = parts;
    this.sign = (bytes) => signWith(parts.identity.privateKey, bytes);
    this.#triesNext = parts.identity.nextKey !== undefined;
  }

  /** Signs the challenge of one connection. */
  prove(bytes: Uint8Array, joinCounter: number): string {
    this.#joinCounter = joinCounter;
    const { privateKey, nextKey } = this.#parts.identity;
    return signWith(this.#triesNext && nextKey ? nextKey.privateKey : privateKey, bytes);
  }

  /** The server did not take the proof. True when there is another key to try. */
  refused(): boolean {
    if (!this.#parts.identity.nextKey || !this.#triesNext) return false;
    this.#triesNext = false;
    return true;
  }

  /** Proven. `idle` tells when nothing signed with the old key is still on its way. */
  connected(idle: () => boolean): void {
    if (this.#triesNext) this.#takeOver();
    this.disconnected();
    const look = () => {
      if (this.#isDue() && idle()) this.#offer();
    };
    this.#looking = setInterval(look, LOOK_EVERY_MS);
    look();
  }

  disconnected(): void {
    if (this.#looking) clearInterval(this.#looking);
    this.#looking = null;
    // The server's word may have been lost with the connection: the new key first, then the old one.
    this.#triesNext = this.#parts.identity.nextKey !== undefined;
  }

  rotated({ accepted, publicKey, message }: Extract<GatewayMessage, { type: 'rotated' }>): void {
    const { identity, log } = this.#parts;
    if (identity.nextKey?.publicKey !== publicKey) return;
    if (accepted) return this.#takeOver();
    delete identity.nextKey;
    this.#save();
    rmSync(this.#parts.folder.rotate, { force: true });
    log.error(`The server did not take this computer’s new key: ${message} The old one goes on.`);
  }

  #isDue(): boolean {
    const { identity, folder } = this.#parts;
    const madeAt = identity.keyMadeAt ?? identity.enrolledAt;
    return existsSync(folder.rotate) || Date.now() - madeAt > KEY_LIFE_MS;
  }

  #offer(): void {
    const { identity } = this.#parts;
    identity.nextKey ??= newKeyPair();
    this.#save();
    const { privateKey, publicKey } = identity.nextKey;
    const bytes = rotationBytes({ runtimeId: identity.runtimeId, joinCounter: this.#joinCounter, publicKey });
    this.#parts.send({
      type: 'rotate',
      publicKey,
      signature: signWith(identity.privateKey, bytes),
      proof: signWith(privateKey, bytes),
    });
    // Once per connection: an answer that does not come is not made likelier by asking.
    if (this.#looking) clearInterval(this.#looking);
  }

  #takeOver(): void {
    const { identity, folder, log } = this.#parts;
    if (!identity.nextKey) return;
    Object.assign(identity, identity.nextKey, { keyMadeAt: Date.now() });
    delete identity.nextKey;
    this.#triesNext = false;
    this.#save();
    rmSync(folder.rotate, { force: true });
    log.info('This computer has a new key. The old one counts no more.');
  }

  #save(): void {
    saveIdentity(this.#parts.folder, this.#parts.identity);
  }
}
