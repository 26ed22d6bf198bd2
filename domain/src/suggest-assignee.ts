/** Somebody who could take a session, as far as the suggestion weighs it. */
export interface Candidate {
  id: string;
  name: string;
  onShift: boolean;
  /** Sessions assigned to the person that are not completed. */
  open: number;
  /** Clients the person may see. */
  clients: '*' | readonly string[];
  /** Sessions of the last 90 days by client id. */
  worked: Readonly<Record<string, number>>;
}
export interface Suggestion {
  id: string;
  open: number;
  worked: number;
  reason: string;
}

/** Knowing a client outweighs this many open sessions at most: more history than that tells nothing more. */
const KNOWS_AT_MOST = 3;

/**
 * Who should take one session of each of these clients, in this order. The load counts up as sessions are given out, so that three
 * sessions go to three people. Null where nobody on shift may see the client.
 */
export function suggestAssignees(
  candidates: readonly Candidate[],
  wanted: readonly { clientId: string; clientName: string }[],
): (Suggestion | null)[] {
  const open = new Map(candidates.map((person) => [person.id, person.open]));
  return wanted.map(({ clientId, clientName }) => {
    const able = candidates.filter((p) => p.onShift && (p.clients === '*' || p.clients.includes(clientId)));
    const weight = (p: Candidate) => (open.get(p.id) ?? 0) - Math.min(p.worked[clientId] ?? 0, KNOWS_AT_MOST);
    const [best] = [...able].sort(
      (a, b) =>
        weight(a) - weight(b) ||
        (open.get(a.id) ?? 0) - (open.get(b.id) ?? 0) ||
        a.name.localeCompare(b.name, 'en') ||
        (a.id < b.id ? -1 : 1),
    );
    if (best === undefined) return null;
    const load = open.get(best.id) ?? 0;
    const worked = best.worked[clientId] ?? 0;
    open.set(best.id, load + 1);
    return { id: best.id, open: load, worked, reason: reasonOf(load, worked, clientName) };
  });
}

function reasonOf(open: number, worked: number, clientName: string): string {
  const load = open === 0 ? 'Nothing open' : `${open} open`;
  const knows =
    worked === 0
      ? `no session of ${clientName} in the last 90 days`
      : `${worked === 1 ? 'one session' : `${worked} sessions`} of ${clientName} in the last 90 days`;
  return `${load}, ${knows}`;
}
