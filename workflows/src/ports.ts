import type { Effect } from '@throughline/domain/effect';

/** What the workflow needs done in the world. */
export interface SessionPort {
  /**
   * Applies a batch of effects in one transaction. Every effect is keyed, so doing it again changes nothing.
   * Retried for ever: an approved step is never dropped because a database was away.
   * `updates`: the Updates that wanted some of them, told of once it is done; absent in a history of before they were.
   */
  applyEffects(batch: { mspId: string; sessionId: string; effects: Effect[]; updates?: string[] }): Promise<void>;
}
