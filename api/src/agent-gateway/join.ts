import { createPublicKey, verify } from 'node:crypto';
import { type AgentMessage, CONTACT_LOST_MS, type ProtocolVersion } from '@throughline/domain/agent-protocol';
import { challengeBytes } from '@throughline/domain/signed-bytes';
import { audit } from '@throughline/store/audit-store';
import { publish } from '@throughline/store/notify';
import { outputHead } from '@throughline/store/output-store';
import { queueReport } from '@throughline/store/report-store';
import { openSessionsOfEndpoint } from '@throughline/store/session-store';
import { type Tx, withTenant, withoutTenant } from '@throughline/store/tenant';
import type { Pool } from 'pg';
import { keepFacts } from './endpoint-facts.ts';

export type Hello = AgentMessage & { type: 'hello' };
export type ByeCode = 'revoked' | 'locked' | 'unsupported' | 'bad_signature';

/** Why a runtime may not join; told to it in words. */
export class JoinRefused extends Error {
  readonly code: ByeCode;
  constructor(code: ByeCode, message: string) {
    super(message);
    this.name = 'JoinRefused';
    this.code = code;
  }
}

/** A runtime that proved who it is. */
export interface Member {
  mspId: string;
  mspName: string;
  runtimeId: string;
  endpointId: string;
  publicKey: Buffer;
  /** What it speaks; it is told nothing newer. */
  protocol: ProtocolVersion;
  /** The version of its program. */
  agentVersion: string;
}

interface RuntimeRow {
  endpoint_id: string;
  public_key: Buffer;
  join_counter: number;
  revoked: boolean;
  locked_why: string | null;
  msp_name: string;
}

/**
 * Checks the signed challenge, then the join counter: a counter that did not grow means a copied or rolled-back machine, and locks the
 * runtime until a person looks. Marks the endpoint online for this connection.
 */
export async function join(
  pool: Pool,
  connectionId: string,
  hello: Hello,
  protocol: ProtocolVersion,
  nonce: string,
  signature: Buffer,
): Promise<Member> {
  const mspId = await withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ msp: string | null }>('select route_runtime($1::uuid) as msp', [hello.runtimeId]);
    return rows[0]?.msp ?? null;
  });
  if (mspId === null) throw new JoinRefused('revoked', 'This runtime is not known here. Enrol the computer again.');
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const row = await lockRuntime(tx, mspId, hello.runtimeId);
    if (row.revoked)
      return new JoinRefused(
        'revoked',
        'This runtime was revoked. Its records stay readable; it takes no more commands.',
      );
    if (!proves(row.public_key, hello, nonce, signature))
      return new JoinRefused('bad_signature', 'The runtime could not prove its identity. Enrol the computer again.');
    if (row.locked_why !== null) return new JoinRefused('locked', row.locked_why);
    if (hello.joinCounter <= row.join_counter) return lock(tx, mspId, hello);
    const member = {
      mspId,
      mspName: row.msp_name,
      runtimeId: hello.runtimeId,
      endpointId: row.endpoint_id,
      publicKey: row.public_key,
      protocol,
      agentVersion: hello.agentVersion,
    };
    await online(tx, member, connectionId, hello);
    return member;
  }).then((outcome) => {
    // Thrown only now, so that the lock itself is committed.
    if (outcome instanceof JoinRefused) throw outcome;
    return outcome;
  });
}

async function lockRuntime(tx: Tx, mspId: string, runtimeId: string): Promise<RuntimeRow> {
  const { rows } = await tx.query<RuntimeRow>(
    `select r.endpoint_id, r.public_key, r.join_counter, r.revoked_at is not null or e.retired_at is not null as revoked, r.locked_why, m.name as msp_name
     from runtime r join msp m on m.id = r.msp_id join endpoint e on e.msp_id = r.msp_id and e.id = r.endpoint_id
     where r.msp_id = $1 and r.id = $2 for update of r`,
    [mspId, runtimeId],
  );
  const row = rows[0];
  if (row === undefined) throw new JoinRefused('revoked', 'This runtime is not known here. Enrol the computer again.');
  return row;
}

function proves(publicKey: Buffer, hello: Hello, nonce: string, signature: Buffer): boolean {
  const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
  return verify(null, challengeBytes(hello.runtimeId, hello.joinCounter, nonce), key, signature);
}

async function lock(tx: Tx, mspId: string, hello: Hello): Promise<JoinRefused> {
  const why =
    'Two machines use this identity, or this one was rolled back. It is locked until somebody enrols it again.';
  await tx.query('update runtime set locked_at = now(), locked_why = $3 where msp_id = $1 and id = $2', [
    mspId,
    hello.runtimeId,
    why,
  ]);
  await audit(tx, mspId, `runtime ${hello.runtimeId}`, 'runtime.locked', hello.facts.hostname, {
    joinCounter: hello.joinCounter,
  });
  await publish(tx, { k: 'revoke', m: mspId, r: hello.runtimeId });
  return new JoinRefused('locked', why);
}

/** Why this runtime is locked, null when it is not. */
export async function lockedWhy(tx: Tx, member: Member): Promise<string | null> {
  const { rows } = await tx.query<{ locked_why: string | null }>(
    'select locked_why from runtime where msp_id = $1 and id = $2',
    [member.mspId, member.runtimeId],
  );
  return rows[0]?.locked_why ?? null;
}

async function online(tx: Tx, member: Member, connectionId: string, hello: Hello): Promise<void> {
  const { mspId, endpointId, protocol } = member;
  await tx.query(
    'update runtime set join_counter = $3, gateway_id = $4, agent_version = $5, protocol = $6 where msp_id = $1 and id = $2',
    [mspId, hello.runtimeId, hello.joinCounter, connectionId, hello.agentVersion, protocol],
  );
  await tx.query('update endpoint set online = true where msp_id = $1 and id = $2', [mspId, endpointId]);
  await keepFacts(tx, member, hello.facts, skewOf(hello.at));
  await publish(tx, { k: 'endpoint', m: mspId, e: endpointId, r: hello.runtimeId });
  await reportPresence(tx, mspId, endpointId, connectionId, true);
}

/** How far the endpoint's clock is ahead of ours, in ms, kept within an integer. */
export const skewOf = (endpointClock: number): number =>
  Math.max(-2_000_000_000, Math.min(2_000_000_000, endpointClock - Date.now()));

/** Marks the endpoint offline, unless another connection has taken over since. */
export async function leave(pool: Pool, member: Member, connectionId: string): Promise<void> {
  await withTenant(pool, { mspId: member.mspId, clients: '*' }, async (tx) => {
    const { rowCount } = await tx.query(
      'update runtime set gateway_id = null where msp_id = $1 and id = $2 and gateway_id = $3',
      [member.mspId, member.runtimeId, connectionId],
    );
    if (rowCount !== 1) return;
    await offline(tx, member.mspId, member.endpointId, connectionId);
  });
}

/** What a killed api process left shown as online, and nobody has heard of since. */
export async function sweepStale(pool: Pool): Promise<void> {
  const stale = await withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ msp_id: string; endpoint_id: string }>(
      'select msp_id, endpoint_id from stale_endpoints()',
    );
    return rows;
  });
  for (const { msp_id, endpoint_id } of stale)
    await withTenant(pool, { mspId: msp_id, clients: '*' }, (tx) =>
      offline(tx, msp_id, endpoint_id, `sweep-${Date.now() / CONTACT_LOST_MS}`),
    );
}

async function offline(tx: Tx, mspId: string, endpointId: string, key: string): Promise<void> {
  const { rowCount } = await tx.query('update endpoint set online = false where msp_id = $1 and id = $2 and online', [
    mspId,
    endpointId,
  ]);
  if (rowCount !== 1) return;
  await publish(tx, { k: 'endpoint', m: mspId, e: endpointId });
  await reportPresence(tx, mspId, endpointId, key, false);
}

/** Tells the open sessions of an endpoint that it came or went; `key` makes it once. */
export async function reportPresence(
  tx: Tx,
  mspId: string,
  endpointId: string,
  key: string,
  isOnline: boolean,
): Promise<void> {
  for (const sessionId of await openSessionsOfEndpoint(tx, mspId, endpointId))
    await queueReport(tx, mspId, sessionId, `presence:${key}:${String(isOnline)}`, {
      type: 'presence',
      online: isOnline,
    });
}

/** How far the store has each command that the runtime still holds. */
export async function headsOf(
  pool: Pool,
  member: Member,
  hello: Hello,
): Promise<{ commandId: string; ackSeq: number; settled: boolean }[]> {
  return withTenant(pool, { mspId: member.mspId, clients: '*' }, async (tx) => {
    const heads = [];
    for (const { commandId } of hello.open) {
      const { rows } = await tx.query<{ settled: boolean }>(
        'select settled_at is not null as settled from command_outbox where msp_id = $1 and command_id = $2::uuid and runtime_id = $3',
        [member.mspId, commandId, member.runtimeId],
      );
      const known = rows[0];
      // A command this server never gave: nothing to wait for.
      if (known === undefined) heads.push({ commandId, ackSeq: 0, settled: true });
      else
        heads.push({
          commandId,
          ackSeq: (await outputHead(tx, member.mspId, commandId)).nextSeq - 1,
          settled: known.settled,
        });
    }
    return heads;
  });
}
