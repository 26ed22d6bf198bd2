import { randomUUID } from 'node:crypto';
import { publish } from '@throughline/store/notify';
import { type Scope, type Tx, withTenant } from '@throughline/store/tenant';
import { type Watcher, endWatch, keepWatch, watchersOf } from '@throughline/store/watch-store';
import type { Deps } from '../deps.ts';

/** How often an open page says so; well under the time after which one counts as closed. */
export const WATCH_BEAT_MS = 2_000;

/** One open page of a session, as the others see it: there until it is closed, or has not been heard of for some seconds. */
export class Watching {
  private readonly id = randomUUID();
  private readonly deps: Pick<Deps, 'pool' | 'log'>;
  private readonly scope: Scope;
  private readonly sessionId: string;
  private readonly userId: string;
  private seen = '';

  constructor(deps: Pick<Deps, 'pool' | 'log'>, scope: Scope, sessionId: string, userId: string) {
    this.deps = deps;
    this.scope = scope;
    this.sessionId = sessionId;
    this.userId = userId;
  }

  /** Says that the page is open, and who else is there. `changed`: not as it was when asked last. */
  async beat(tx: Tx): Promise<{ watchers: Watcher[]; changed: boolean }> {
    const { id, sessionId, userId } = this;
    if (await keepWatch(tx, this.scope, { id, sessionId, userId })) await this.tell(tx);
    const watchers = await watchersOf(tx, this.scope, sessionId);
    const before = this.seen;
    this.seen = JSON.stringify(watchers);
    return { watchers, changed: before !== this.seen };
  }

  /** The page is closed. Never throws: what could not be said is known by silence some seconds later. */
  async end(): Promise<void> {
    try {
      await withTenant(this.deps.pool, this.scope, async (tx) => {
        await endWatch(tx, this.scope, this.id);
        await this.tell(tx);
      });
    } catch (err) {
      this.deps.log.debug({ err }, 'a closed page could not be taken off the list');
    }
  }

  private tell(tx: Tx): Promise<void> {
    return publish(tx, { k: 'watch', m: this.scope.mspId, s: this.sessionId });
  }
}
