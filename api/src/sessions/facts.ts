import { randomUUID } from 'node:crypto';
import { DomainError } from '@throughline/domain/errors';
import { type EndpointFactsRow, endpointFacts, factsPayload } from '@throughline/store/endpoint-facts-store';
import { publish } from '@throughline/store/notify';
import { appendEntry } from '@throughline/store/record-store';
import { withTenant } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { authorOf, commandsAreOwn, permit, scopeOf, seenSession } from './viewer.ts';

/** A start does not wait longer for a computer that says nothing; a person who pressed the button waits for the answer. */
export const START_WAIT_MS = 2_000;
const ASK_WAIT_MS = 8_000;

export type FactsAnswer = 'told' | 'offline' | 'older' | 'silent' | 'none';

/** Asks the endpoint what it is like now; whichever api process holds its socket sends the question. What it tells is kept by the gateway. */
export async function askFacts(
  deps: Pick<Deps, 'pool' | 'hub'>,
  viewer: Pick<Viewer, 'mspId'>,
  endpointId: string,
  withinMs: number,
): Promise<FactsAnswer> {
  const scope = { mspId: viewer.mspId, clients: '*' as const };
  const requestId = randomUUID();
  let told = false;
  let close = (): void => undefined;
  const answered = new Promise<void>((resolve) => {
    const off = deps.hub.on((event) => {
      if (event === 'gap' || event.k !== 'facts' || event.a !== requestId) return;
      told = true;
      close();
    });
    const timer = setTimeout(() => close(), withinMs);
    close = () => {
      clearTimeout(timer);
      off();
      resolve();
    };
  });
  const cannot = await withTenant(deps.pool, scope, async (tx): Promise<FactsAnswer | null> => {
    const row = await endpointFacts(tx, viewer.mspId, endpointId);
    if (row?.runtime_id == null) return 'none';
    if (!row.online) return 'offline';
    if (row.protocol < 2) return 'older';
    await publish(tx, { k: 'ask_facts', m: viewer.mspId, e: endpointId, r: row.runtime_id, a: requestId });
    return null;
  });
  if (cannot !== null) close();
  await answered;
  return cannot ?? (told ? 'told' : 'silent');
}

const WHY_NOT: Record<Exclude<FactsAnswer, 'told'>, string> = {
  none: 'No runtime is enrolled on this endpoint.',
  offline: 'The endpoint is offline. Its state can be captured when it is back.',
  older:
    'The runtime on this endpoint is one version older and cannot be asked. Update it; until then it tells its state when it connects.',
  silent: 'The endpoint did not answer in time. Try again.',
};

/** The button "capture the endpoint's state": an entry with what the computer is like now. Returns the entry's number. */
export async function captureFacts(deps: Deps, viewer: Viewer, sessionId: string): Promise<number> {
  const endpointId = await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, sessionId);
    permit(viewer, 'command.run', commandsAreOwn(viewer, session), session.client_id);
    if (session.status === 'unstarted' || session.status === 'completed')
      throw new DomainError('INVALID_STATE', 'The endpoint’s state is captured while a session is under way.');
    return session.endpoint_id;
  });
  const answer = await askFacts(deps, viewer, endpointId, ASK_WAIT_MS);
  if (answer !== 'told') throw new DomainError('UNAVAILABLE', WHY_NOT[answer]);
  return withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const row = (await endpointFacts(tx, viewer.mspId, endpointId)) as EndpointFactsRow;
    const payload = factsPayload(row, new Date());
    if (payload === null) throw new Error(`endpoint ${endpointId} told its facts and they are not there`);
    const { seq } = await appendEntry(tx, viewer.mspId, sessionId, {
      kind: 'endpoint_facts',
      key: `facts:${randomUUID()}`,
      actor: authorOf(viewer),
      origin: 'browser',
      at: new Date().toISOString(),
      payload,
    });
    return seq;
  });
}
