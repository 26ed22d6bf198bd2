import { type KeyObject, createPublicKey, sign } from 'node:crypto';
import { parseEnvelope } from '@throughline/domain/envelope';
import { isUuid } from '@throughline/domain/ids';
import { parseInputOrder } from '@throughline/domain/input-order';
import { readTenant } from '@throughline/store/tenant';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { SignerRefusal } from '../envelope-signer.ts';
import { checkInput } from './check-input.ts';
import { checkOrder } from './check-order.ts';
import { inputFacts } from './input-facts.ts';
import { orderFacts } from './order-facts.ts';
import type { Answer, RefusalCode, RequestOf } from './protocol.ts';
import { refuse } from './refuse.ts';

export interface SigningDeps {
  pool: Pool;
  privateKey: KeyObject;
  log: Logger;
}

type Ids = Record<'mspId' | 'sessionId' | 'commandId' | 'runtimeId', string> & Record<string, string | number>;
interface Checked {
  bytes: Buffer;
  ids: Ids;
  /** Throws a refusal. */
  check(): Promise<void>;
}

/** Answers one request to sign. Each leaves a line in the signer's own log, which holds ids and no words. */
export async function signOrder(deps: SigningDeps, request: RequestOf<'command' | 'input'>): Promise<Answer> {
  const { id } = request;
  let ids: Ids | null = null;
  try {
    const asked = request.kind === 'command' ? command(deps, request) : input(deps, request);
    ids = asked.ids;
    await asked.check();
    deps.log.info({ kind: request.kind, ...ids }, 'signed');
    return { id, ok: true, signature: sign(null, asked.bytes, deps.privateKey).toString('base64') };
  } catch (error) {
    if (error instanceof SignerRefusal) {
      deps.log.warn({ kind: request.kind, code: error.code, ...ids }, 'refused');
      return { id, ok: false, code: error.code as RefusalCode, message: error.message };
    }
    deps.log.error({ err: error }, 'could not look at an order');
    return { id, ok: false, code: 'UNAVAILABLE', message: 'its database does not answer.' };
  }
}

function command({ pool }: SigningDeps, request: RequestOf<'command'>): Checked {
  const bytes = Buffer.from(request.envelope, 'base64');
  const envelope = wellFormed(bytes, parseEnvelope);
  const { mspId, runtimeId, endpointId, sessionId, commandId, counter, approvals } = envelope;
  onlyIds([mspId, runtimeId, endpointId, sessionId, commandId, ...approvals.map((approval) => approval.id)]);
  return {
    bytes,
    ids: { mspId, sessionId, commandId, runtimeId, counter },
    async check() {
      const facts = await readTenant(pool, { mspId, clients: '*' }, (tx) => orderFacts(tx, envelope));
      checkOrder(envelope, request, facts, Date.now());
    },
  };
}

function input({ pool, privateKey }: SigningDeps, request: RequestOf<'input'>): Checked {
  const bytes = Buffer.from(request.order, 'base64');
  const order = wellFormed(bytes, parseInputOrder);
  const { mspId, runtimeId, endpointId, sessionId, commandId, seq } = order;
  onlyIds([mspId, runtimeId, endpointId, sessionId, commandId]);
  return {
    bytes,
    ids: { mspId, sessionId, commandId, runtimeId, seq },
    async check() {
      const facts = await readTenant(pool, { mspId, clients: '*' }, (tx) => inputFacts(tx, order));
      checkInput(order, facts, createPublicKey(privateKey), Date.now());
    },
  };
}

function wellFormed<T>(bytes: Uint8Array, parse: (bytes: Uint8Array) => T): T {
  try {
    return parse(bytes);
  } catch {
    return refuse('MALFORMED', 'The order is not in a form this signer knows.');
  }
}

function onlyIds(ids: string[]): void {
  if (!ids.every(isUuid)) refuse('MALFORMED', 'The order names something by what is no id.');
}
