import { type Named, byName, endpointsOf, waitsForAnswer } from './board.ts';
import type { SessionStatus, WaitingOn } from './session-state.ts';

interface Row {
  endpoint: Named & { online: boolean };
  session: { id: string; status: SessionStatus; waitingOn: WaitingOn } | null;
}
interface Part<R, C> {
  client: C;
  rows: R[];
}
interface Group<R, C> extends Part<R, C> {
  online: number;
  offline: number;
  pending: number;
}
interface Waiting {
  requestedAt: string;
  session: { id: string; endpoint: { id: string } };
}
interface Counts {
  online: number;
  offline: number;
  overLimit: number;
  nearLimit: number;
  at: string;
}
/** A board as the api answers with it, under some filter. */
export interface Board<R, C, W> extends Counts {
  groups: Group<R, C>[];
  waiting: W[];
  pending: number;
  completed: { totalCount: number };
}
/** What was asked for by id. */
export interface Changed {
  sessionIds: ReadonlySet<string>;
  endpointIds: ReadonlySet<string>;
}
/** How that is now, under the same filter; see BoardChanges of the schema. */
export interface Changes<R, C, W> extends Counts {
  endpointIds: readonly string[];
  parts: readonly Part<R, C>[];
  waiting: readonly W[];
  completedCount: number | null;
}

/** The board with what changed in its place, as if all of it had been read again. Groups that nothing happened to stay the very same. */
export function mergeBoard<R extends Row, C extends Named, W extends Waiting>(
  board: Board<R, C, W>,
  asked: Changed,
  changes: Changes<R, C, W>,
): Board<R, C, W> {
  const gone = new Set([...asked.endpointIds, ...changes.endpointIds]);
  const stays = (endpointId: string, sessionId: string | undefined) =>
    !gone.has(endpointId) && (sessionId === undefined || !asked.sessionIds.has(sessionId));
  const waiting = [
    ...board.waiting.filter(({ session }) => stays(session.endpoint.id, session.id)),
    ...changes.waiting,
  ];
  waiting.sort((a, b) => Date.parse(a.requestedAt) - Date.parse(b.requestedAt));
  const { online, offline, overLimit, nearLimit, at, completedCount } = changes;
  return {
    ...board,
    groups: mergeGroups(board.groups, ({ endpoint, session }) => stays(endpoint.id, session?.id), changes.parts),
    waiting,
    pending: waiting.length,
    completed: completedCount === null ? board.completed : { ...board.completed, totalCount: completedCount },
    ...{ online, offline, overLimit, nearLimit, at },
  };
}

function mergeGroups<R extends Row, C extends Named>(
  groups: readonly Group<R, C>[],
  stays: (row: R) => boolean,
  parts: readonly Part<R, C>[],
): Group<R, C>[] {
  const fresh = new Map(parts.map((part) => [part.client.id, part]));
  const kept = groups.flatMap((group) => {
    const part = fresh.get(group.client.id);
    fresh.delete(group.client.id);
    const rows = group.rows.filter(stays);
    if (part !== undefined) return [counted(part.client, [...rows, ...part.rows])];
    if (rows.length === group.rows.length) return [group];
    return rows.length === 0 ? [] : [counted(group.client, rows)];
  });
  const added = [...fresh.values()].map(({ client, rows }) => counted(client, rows));
  return added.length === 0 ? kept : [...kept, ...added].sort((a, b) => byName(a.client, b.client));
}

/** In order, with its counts. The rows of one endpoint come together, and keep the order they are given in. */
function counted<R extends Row, C extends Named>(client: C, unordered: readonly R[]): Group<R, C> {
  const rows = [...unordered].sort((a, b) => byName(a.endpoint, b.endpoint));
  const pending = rows.filter(({ session }) => waitsForAnswer(session)).length;
  return { client, rows, pending, online: endpointsOf(rows, true), offline: endpointsOf(rows, false) };
}
