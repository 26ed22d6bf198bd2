import { type AgentMessage, type GatewayMessage, PROTOCOL_VERSION } from '@throughline/domain/agent-protocol';
import { isNewerThan } from '@throughline/domain/release';
import { covers, mayOffer } from '@throughline/domain/rollout';
import { audit } from '@throughline/store/audit-store';
import {
  type EndpointUpdateRow,
  noteOffer,
  noteState,
  updatesOfEndpoint,
} from '@throughline/store/endpoint-update-store';
import { publish } from '@throughline/store/notify';
import { releases } from '@throughline/store/release-store';
import { openRollouts } from '@throughline/store/rollout-store';
import type { Tx } from '@throughline/store/tenant';
import type { Member } from './join.ts';

/** What a runtime must hear of updates: the one that is offered to it, and those that no longer are. Notes what it has become meanwhile. */
export async function updateNews(tx: Tx, member: Member): Promise<GatewayMessage[]> {
  if (member.protocol < 2) return [];
  const { mspId, endpointId, agentVersion } = member;
  const known = await updatesOfEndpoint(tx, mspId, endpointId);
  const now = known.find(({ version }) => version === agentVersion);
  if (now !== undefined && now.state !== 'updated') await note(tx, member, { version: agentVersion, state: 'updated' });
  const wanted = await wantedVersions(tx, member, known);
  const offer = await offerOf(tx, member, wanted);
  const stands = ({ version, state }: EndpointUpdateRow): boolean =>
    version === offer?.version || version === agentVersion || (state === 'refused' && wanted.includes(version));
  const over = known.filter((row) => !stands(row) && isUnderWay(row));
  const news: GatewayMessage[] = [];
  for (const { version } of over) {
    await note(tx, member, { version, state: 'withdrawn' });
    news.push({ type: 'update_withdrawn', version });
  }
  // Withdrawn by the command line just now: the runtime has yet to hear it.
  for (const { version, state } of known)
    if (state === 'withdrawn' && version !== offer?.version && isNewerThan(version, agentVersion))
      news.push({ type: 'update_withdrawn', version });
  if (offer === null) return news;
  if (await noteOffer(tx, mspId, endpointId, { version: offer.version, from: agentVersion })) await changed(tx, member);
  return [...news, offer];
}

/** What the runtime says of one that it was offered; of any other version it says nothing that counts. */
export async function updateTold(
  tx: Tx,
  member: Member,
  message: AgentMessage & { type: 'update_state' },
): Promise<void> {
  const { version, state, reason } = message;
  await note(tx, member, { version, state, reason });
  if (state !== 'refused') return;
  // What it will not take must not keep it from an older one that it would.
  const known = await updatesOfEndpoint(tx, member.mspId, member.endpointId);
  const [next] = await wantedVersions(tx, member, known);
  if (next !== undefined && !known.some((row) => row.version === next && row.state === 'refused'))
    await publish(tx, { k: 'update', m: member.mspId, e: member.endpointId });
}

const isUnderWay = ({ state }: EndpointUpdateRow): boolean =>
  state === 'offered' || state === 'fetching' || state === 'checked' || state === 'refused' || state === 'switched';

/**
 * What is offered to this endpoint and newer than what it runs, the newest first; what it refused comes behind what it did not, and one that was
 * put back there once is not tried again.
 */
async function wantedVersions(
  tx: Tx,
  { mspId, endpointId, agentVersion }: Member,
  known: readonly EndpointUpdateRow[],
): Promise<string[]> {
  const rollouts = await openRollouts(tx, mspId);
  if (rollouts.length === 0) return [];
  const { rows } = await tx.query<{ client_id: string }>(
    'select client_id from endpoint where msp_id = $1 and id = $2 and retired_at is null',
    [mspId, endpointId],
  );
  const clientId = rows[0]?.client_id;
  if (clientId === undefined) return [];
  const stateOf = new Map(known.map(({ version, state }) => [version, state]));
  const refused = (version: string): number => Number(stateOf.get(version) === 'refused');
  const versions = rollouts.filter((each) => covers(each, { id: endpointId, clientId })).map(({ version }) => version);
  return [...new Set(versions)]
    .filter((version) => isNewerThan(version, agentVersion) && stateOf.get(version) !== 'rolled_back')
    .sort((a, b) => refused(a) - refused(b) || (isNewerThan(a, b) ? -1 : 1));
}

/** The first of these that has a program for the endpoint. */
async function offerOf(
  tx: Tx,
  { mspId, agentVersion }: Member,
  wanted: readonly string[],
): Promise<(GatewayMessage & { type: 'update_offer' }) | null> {
  for (const version of wanted) {
    const kept = (await releases(tx, mspId, version)).filter(({ release }) => mayOffer(release, agentVersion));
    const builds = kept.map(({ release, signature }) => ({ release, signature }));
    if (builds.length > 0) return { type: 'update_offer', version, releases: builds, serves: PROTOCOL_VERSION };
  }
  return null;
}

type Noted = { reason?: string } & Omit<Parameters<typeof noteState>[3], 'reason'>;

async function note(tx: Tx, member: Member, { version, state, reason = '' }: Noted): Promise<void> {
  const { mspId, endpointId, runtimeId } = member;
  if (!(await noteState(tx, mspId, endpointId, { version, state, reason }))) return;
  if (state !== 'offered' && state !== 'fetching')
    await audit(tx, mspId, `runtime ${runtimeId}`, `update.${state}`, endpointId, { version, reason });
  await changed(tx, member);
}

const changed = (tx: Tx, { mspId, endpointId }: Member): Promise<void> =>
  publish(tx, { k: 'endpoint', m: mspId, e: endpointId });
