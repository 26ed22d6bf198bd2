import { publish } from '@throughline/store/notify';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { type Pump, startPump } from '@throughline/store/work';
import type { Pool } from 'pg';
import { type Member, reportPresence, skewOf } from './join.ts';

/** A heartbeat is written down at most this much later; an endpoint counts as lost only after 30 s without one. */
const EVERY_MS = 2_000;

interface Heard {
  member: Member;
  connectionId: string;
  skewMs: number;
}

/**
 * Heartbeats of all runtimes of this process, written in one statement per organisation every two seconds: one transaction each
 * would cost five thousand idle endpoints five hundred transactions a second.
 */
export class Presence {
  private heard = new Map<string, Heard>();
  private readonly pool: Pool;
  private readonly pump: Pump;

  constructor(pool: Pool, trouble: (error: Error) => void) {
    this.pool = pool;
    this.pump = startPump(() => this.write(), { everyMs: EVERY_MS, trouble });
  }

  /** `endpointClock`: ms since the epoch as the endpoint counts them. */
  hear(member: Member, connectionId: string, endpointClock: number): void {
    this.heard.set(member.runtimeId, { member, connectionId, skewMs: skewOf(endpointClock) });
  }

  async stop(): Promise<void> {
    await this.pump.stop();
    await this.write();
  }

  private async write(): Promise<void> {
    const heard = [...this.heard.values()];
    this.heard = new Map();
    for (const mspId of new Set(heard.map(({ member }) => member.mspId)))
      await withTenant(this.pool, { mspId, clients: '*' }, (tx) =>
        writeHeard(
          tx,
          mspId,
          heard.filter(({ member }) => member.mspId === mspId),
        ),
      );
  }
}

/** They are there. Also puts right an endpoint that was taken for lost while its socket lived. */
async function writeHeard(tx: Tx, mspId: string, heard: readonly Heard[]): Promise<void> {
  await tx.query(
    `update endpoint e set last_seen_at = now(), clock_skew_ms = h.skew
     from unnest($2::uuid[], $3::int[]) as h(endpoint_id, skew) where e.msp_id = $1 and e.id = h.endpoint_id`,
    [mspId, heard.map(({ member }) => member.endpointId), heard.map(({ skewMs }) => skewMs)],
  );
  const { rows } = await tx.query<{ endpoint_id: string; runtime_id: string; connection_id: string }>(
    `update endpoint e set online = true
     from runtime r, unnest($2::uuid[], $3::text[]) as h(runtime_id, connection_id)
     where e.msp_id = $1 and not e.online and r.msp_id = e.msp_id and r.endpoint_id = e.id
       and r.id = h.runtime_id and r.gateway_id::text = h.connection_id
     returning e.id as endpoint_id, r.id as runtime_id, h.connection_id`,
    [mspId, heard.map(({ member }) => member.runtimeId), heard.map(({ connectionId }) => connectionId)],
  );
  for (const { endpoint_id, runtime_id, connection_id } of rows) {
    await publish(tx, { k: 'endpoint', m: mspId, e: endpoint_id, r: runtime_id });
    await reportPresence(tx, mspId, endpoint_id, `${connection_id}:${Date.now()}`, true);
  }
}
