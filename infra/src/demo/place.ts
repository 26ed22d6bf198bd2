import { type KeyObject, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { Tx } from '@throughline/store/tenant';
import { type DemoComputer, factsOf } from './house.ts';

/** A simulated endpoint with its runtime. The key lives in this process only and is gone with it: nobody can ever connect with it again. */
export interface PlacedComputer extends DemoComputer {
  clientId: string;
  endpointId: string;
  runtimeId: string;
  key: KeyObject;
}

/** Puts a simulated computer under its client: marked as such, offline, with the time it was last seen. */
export async function placeComputer(
  tx: Tx,
  mspId: string,
  clientId: string,
  computer: DemoComputer,
): Promise<PlacedComputer> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const [endpointId, runtimeId] = [randomUUID(), randomUUID()];
  const facts = factsOf(computer);
  await tx.query(
    `insert into endpoint (msp_id, id, client_id, name, os, arch, simulated, facts, runtime_id, online, last_seen_at, clock_skew_ms)
     values ($1, $2, $3, $4, $5, $6, true, $7, $8, false, now() - make_interval(mins => $9), 0)`,
    [
      mspId,
      endpointId,
      clientId,
      computer.name,
      `${facts.os} ${facts.osVersion}`,
      facts.arch,
      facts,
      runtimeId,
      computer.lastSeen,
    ],
  );
  await tx.query(
    'insert into runtime (msp_id, id, endpoint_id, label, public_key, agent_version) values ($1, $2, $3, $4, $5, $6)',
    [
      mspId,
      runtimeId,
      endpointId,
      computer.runtimeLabel,
      publicKey.export({ type: 'spki', format: 'der' }),
      'simulated',
    ],
  );
  return { ...computer, clientId, endpointId, runtimeId, key: privateKey };
}
