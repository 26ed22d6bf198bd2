import type { SessionStatus, WaitingOn } from './session-state.ts';

/* What the api and an open board must work out alike: a board that is told of changes puts them where the api would have. */

/** A client or an endpoint, as the board orders them. The id is the one the web app knows. */
export interface Named {
  id: string;
  name: string;
}

const inTextOrder = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** By name, whatever its case. By UTF-16 units and no language's rules, which differ between a server and a browser. */
export const byName = (a: Named, b: Named): number =>
  inTextOrder(a.name.toLowerCase(), b.name.toLowerCase()) || inTextOrder(a.id, b.id);

/** Whether a session waits for an answer of the person at the endpoint or of a named approver. */
export const waitsForAnswer = (session: { status: SessionStatus; waitingOn: WaitingOn } | null): boolean =>
  session?.status === 'pending_approval' || session?.waitingOn === 'end_user' || session?.waitingOn === 'approver';

/** How many endpoints are on- or offline. One with several open sessions has several rows and counts once. */
export const endpointsOf = (rows: readonly { endpoint: { id: string; online: boolean } }[], online: boolean): number =>
  new Set(rows.flatMap(({ endpoint }) => (endpoint.online === online ? [endpoint.id] : []))).size;

/** More changed sessions and endpoints than this are not asked for one by one: the board is read again instead. */
export const MOST_CHANGES = 100;
