import { createHash, createPublicKey, randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type EnrollRequest, type Enrolled, zEnrollRequest } from '@throughline/domain/agent-protocol';
import { DomainError, type ErrorCode, isDomainError } from '@throughline/domain/errors';
import { approverClasses } from '@throughline/domain/policy/rulings';
import { audit } from '@throughline/store/audit-store';
import { pinsOf } from '@throughline/store/approver-store';
import { publish } from '@throughline/store/notify';
import { policyOfEndpoint } from '@throughline/store/policy-store';
import { type Tx, withTenant, withoutTenant } from '@throughline/store/tenant';
import express, { type Router } from 'express';
import { siteOf } from '../approver/site.ts';
import type { Pool } from 'pg';
import type { Logger } from 'pino';

interface TokenRow {
  id: string;
  client_id: string;
  client_name: string;
  client_retired: boolean;
  msp_name: string;
  expected_host: string | null;
  replace_endpoint_id: string | null;
  used_at: Date | null;
  expired: boolean;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  INVALID_INPUT: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  UNAVAILABLE: 503,
};

interface EnrolDeps {
  pool: Pool;
  publicUrl: string;
  commandKeyFile: string;
  log: Logger;
}

/** `POST /agent/enroll`: a one-time token becomes an endpoint with a runtime of its own. */
export function enrollRoute(deps: EnrolDeps): Router {
  const router = express.Router();
  router.post('/agent/enroll', express.json({ limit: '64kb' }), async (req, res) => {
    const request = zEnrollRequest.safeParse(req.body);
    if (!request.success) {
      const where = request.error.issues[0]?.path.join('.') ?? '';
      res.status(400).json({
        error: {
          code: 'INVALID_INPUT',
          message: `This enrolment cannot be read (${where}). Update the runtime and try again.`,
        },
      });
      return;
    }
    try {
      res.status(201).json(await enroll(deps, request.data));
    } catch (error) {
      if (!isDomainError(error)) throw error;
      const status = STATUS[error.code] ?? 403;
      res.status(status).json({ error: { code: error.code, message: error.message } });
    }
  });
  return router;
}

async function enroll(deps: EnrolDeps, request: EnrollRequest): Promise<Enrolled> {
  const commandKey = await readFile(deps.commandKeyFile, 'utf8').catch((cause: unknown) => {
    throw new DomainError(
      'UNAVAILABLE',
      'The server is still starting. Run the same command again in a few seconds.',
      {},
      { cause },
    );
  });
  checkKey(request.publicKey);
  const hash = createHash('sha256').update(request.token).digest();
  const mspId = await withoutTenant(deps.pool, async (tx) => {
    const { rows } = await tx.query<{ msp: string | null }>('select route_enrollment($1) as msp', [hash]);
    return rows[0]?.msp ?? null;
  });
  if (mspId === null)
    throw new DomainError(
      'NOT_FOUND',
      'This enrolment token is not known. Copy the whole command again from Endpoints → Enrol.',
    );
  const refusal = { error: null as DomainError | null };
  const enrolled = await withTenant(deps.pool, { mspId, clients: '*' }, async (tx) => {
    const token = await lockToken(tx, mspId, hash);
    refusal.error = refuse(token, request);
    if (refusal.error !== null) {
      await audit(tx, mspId, `endpoint ${request.hostname}`, 'endpoint.enroll_refused', token.client_name, {
        code: refusal.error.code,
      });
      return null;
    }
    return create(tx, mspId, token, request, { commandKey: commandKey.trim(), publicUrl: deps.publicUrl });
  });
  if (enrolled === null) throw refusal.error ?? new Error('enrolment refused without a reason');
  deps.log.info({ mspId, endpointId: enrolled.endpointId, runtimeId: enrolled.runtimeId }, 'endpoint enrolled');
  return enrolled;
}

/** A runtime with a key that cannot be checked could never join, and its token would be spent. */
function checkKey(publicKey: string): void {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    if (key.asymmetricKeyType === 'ed25519') return;
  } catch (cause) {
    throw new DomainError(
      'INVALID_INPUT',
      'The public key cannot be read. Update the runtime and try again.',
      {},
      { cause },
    );
  }
  throw new DomainError('INVALID_INPUT', 'The public key is not an Ed25519 key. Update the runtime and try again.');
}

async function lockToken(tx: Tx, mspId: string, hash: Buffer): Promise<TokenRow> {
  const { rows } = await tx.query<TokenRow>(
    `select t.id, t.client_id, c.name as client_name, c.retired_at is not null as client_retired, m.name as msp_name, t.expected_host,
       t.replace_endpoint_id, t.used_at, t.expires_at < now() as expired
     from enrollment_token t
     join client c on c.msp_id = t.msp_id and c.id = t.client_id
     join msp m on m.id = t.msp_id
     where t.msp_id = $1 and t.token_hash = $2
     for update of t`,
    [mspId, hash],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('the token was routed but is not there');
  return row;
}

function refuse(token: TokenRow, request: EnrollRequest): DomainError | null {
  if (token.used_at !== null)
    return new DomainError('TOKEN_USED', 'This token was already used. Make a new one under Endpoints → Enrol.');
  if (token.expired)
    return new DomainError('TOKEN_EXPIRED', 'This token has expired. Make a new one under Endpoints → Enrol.');
  if (token.client_retired)
    return new DomainError(
      'INVALID_STATE',
      'The client this token was made for is retired. Nothing can be enrolled under it.',
    );
  if (token.expected_host !== null && token.expected_host.toLowerCase() !== request.hostname.toLowerCase())
    return new DomainError(
      'FORBIDDEN',
      `This token is for the computer ${token.expected_host}, and this one calls itself ${request.hostname}. Use --name, or make another token.`,
    );
  return null;
}

async function create(
  tx: Tx,
  mspId: string,
  token: TokenRow,
  request: EnrollRequest,
  { commandKey, publicUrl }: { commandKey: string; publicUrl: string },
): Promise<Enrolled> {
  const endpointId = token.replace_endpoint_id ?? randomUUID();
  const runtimeId = randomUUID();
  const label = `${request.hostname.toLowerCase()}-runtime-${randomBytes(2).toString('hex')}-${randomBytes(2).toString('hex').slice(1)}`;
  const { facts } = request;
  if (token.replace_endpoint_id === null) {
    const clash = await tx.query(
      'select 1 from endpoint where msp_id = $1 and client_id = $2 and lower(name) = lower($3) and retired_at is null',
      [mspId, token.client_id, request.hostname],
    );
    if (clash.rowCount !== 0)
      throw new DomainError(
        'CONFLICT',
        `${token.client_name} has a computer called ${request.hostname} already. Make a token that replaces it, or enrol with another --name.`,
      );
    await tx.query(
      'insert into endpoint (msp_id, id, client_id, name, os, arch, facts) values ($1, $2, $3, $4, $5, $6, $7)',
      [
        mspId,
        endpointId,
        token.client_id,
        request.hostname,
        `${facts.os} ${facts.osVersion}`.trim(),
        facts.arch,
        facts,
      ],
    );
  }
  await tx.query(
    'insert into runtime (msp_id, id, endpoint_id, label, public_key, agent_version, protocol) values ($1, $2, $3, $4, $5, $6, $7)',
    [mspId, runtimeId, endpointId, label, Buffer.from(request.publicKey, 'base64'), request.agentVersion, request.v],
  );
  // The machine that is replaced is cut off; its records stay where they are.
  const old = await tx.query<{ id: string }>(
    'update runtime set revoked_at = now() where msp_id = $1 and endpoint_id = $2 and id <> $3 and revoked_at is null returning id',
    [mspId, endpointId, runtimeId],
  );
  for (const { id } of old.rows) await publish(tx, { k: 'revoke', m: mspId, r: id });
  const { rows } = await tx.query<{ name: string }>(
    'update endpoint set runtime_id = $3, facts = $4, facts_at = now() where msp_id = $1 and id = $2 returning name',
    [mspId, endpointId, runtimeId, facts],
  );
  await tx.query('update enrollment_token set used_at = now(), used_by_runtime = $3 where msp_id = $1 and id = $2', [
    mspId,
    token.id,
    runtimeId,
  ]);
  const endpointName = rows[0]?.name ?? request.hostname;
  await audit(tx, mspId, `endpoint ${endpointName}`, 'endpoint.enrolled', token.client_name, { runtime: label });
  await publish(tx, { k: 'endpoint', m: mspId, e: endpointId });
  return {
    runtimeId,
    runtimeLabel: label,
    endpointId,
    endpointName,
    mspId,
    mspName: token.msp_name,
    clientName: token.client_name,
    commandKey,
    ...(await approversOf(tx, mspId, { endpointId, clientId: token.client_id, version: request.v, publicUrl })),
  };
}

/** Where named approvers decide, an endpoint pins its client's from its first moment on. */
async function approversOf(
  tx: Tx,
  mspId: string,
  about: { endpointId: string; clientId: string; version: number; publicUrl: string },
): Promise<Pick<Enrolled, 'approvers'>> {
  const policy = await policyOfEndpoint(tx, mspId, about.endpointId);
  if (policy.strong === null && (approverClasses(policy).length === 0 || about.version < 2)) return {};
  if (about.version < 2)
    throw new DomainError(
      'INVALID_STATE',
      'This client is in strong mode, which needs a newer runtime. Update it first.',
    );
  return { approvers: await pinsOf(tx, { mspId, clients: '*' }, about.clientId, siteOf(about.publicUrl), policy) };
}
