import type { Scope, Tx } from '@throughline/store/tenant';

/** What a board is told: that something of a session or an endpoint changed, by plain ids. */
export interface BoardChange {
  kind: string;
  sessionId: string | null;
  endpointId: string | null;
  at: Date;
}

/** More than this at once are told as one 'refresh': whoever is told reads the board again anyway, and once is enough. */
const MOST_NAMED = 20;
/** Ids whose sight is remembered, at most. */
const MOST_KNOWN = 10_000;

/** Gathers the news of one subscription between its turns. Each is told once, however often it happened in between. */
export class BoardNews {
  private fresh = new Map<string, BoardChange>();
  /** Whether an id is of a client in sight. That never changes for as long as a subscription lives: its scope is fixed, and nothing moves between clients. */
  private readonly known = new Map<string, boolean>();

  add(change: BoardChange): void {
    this.fresh.set(`${change.kind} ${change.sessionId} ${change.endpointId}`, change);
  }

  /** Takes what came since the last turn. Ids of clients this person may not see never leave, not even in an event. */
  async take(scope: Scope, read: <T>(fn: (tx: Tx) => Promise<T>) => Promise<T>): Promise<BoardChange[]> {
    const news = [...this.fresh.values()];
    this.fresh = new Map();
    // The first turn, and every one after a gap, says "look again" without naming anything.
    if (news.length === 0) return [refresh()];
    if (scope.clients !== '*') await this.learn(news.flatMap(idsOf), scope.mspId, read);
    const seen = news.filter(
      (change) => scope.clients === '*' || idsOf(change).every((id) => this.known.get(id) === true),
    );
    return seen.length > MOST_NAMED ? [refresh()] : seen;
  }

  private async learn(
    ids: string[],
    mspId: string,
    read: <T>(fn: (tx: Tx) => Promise<T>) => Promise<T>,
  ): Promise<void> {
    if (this.known.size > MOST_KNOWN) this.known.clear();
    const unknown = [...new Set(ids)].filter((id) => !this.known.has(id));
    if (unknown.length === 0) return;
    const { rows } = await read((tx) =>
      tx.query<{ id: string }>(
        `select id from session where msp_id = $1 and id = any($2) union select id from endpoint where msp_id = $1 and id = any($2)`,
        [mspId, unknown],
      ),
    );
    for (const id of unknown) this.known.set(id, false);
    for (const { id } of rows) this.known.set(id, true);
  }
}

const refresh = (): BoardChange => ({ kind: 'refresh', sessionId: null, endpointId: null, at: new Date() });
const idsOf = ({ sessionId, endpointId }: BoardChange): string[] => [sessionId, endpointId].filter((id) => id !== null);
