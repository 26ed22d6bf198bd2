import { MOST_CHANGES } from '@throughline/domain/board';
import type { BoardEventsSubscription } from '../../graphql/generated/operations.ts';

/** What an open board was told of and has not read yet. */
export class BoardNews {
  private sessions = new Set<string>();
  private endpoints = new Set<string>();
  private all = false;

  add({ sessionId, endpointId }: Pick<BoardEventsSubscription['boardEvents'], 'sessionId' | 'endpointId'>): void {
    if (sessionId !== null) this.sessions.add(sessionId);
    if (endpointId !== null) this.endpoints.add(endpointId);
    if (sessionId === null && endpointId === null) this.all = true;
  }

  addAll(): void {
    this.all = true;
  }

  /** All there is to read, which is forgotten here; 'all': the whole board; null: nothing. */
  take(): { sessionIds: Set<string>; endpointIds: Set<string> } | 'all' | null {
    const taken = { sessionIds: this.sessions, endpointIds: this.endpoints };
    const all = this.all;
    this.sessions = new Set();
    this.endpoints = new Set();
    this.all = false;
    const many = taken.sessionIds.size + taken.endpointIds.size;
    if (all || many > MOST_CHANGES) return 'all';
    return many === 0 ? null : taken;
  }
}
