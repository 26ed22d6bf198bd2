import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { EnvelopeSigner } from '@throughline/activities/envelope-signer';
import { createRiskAssessor } from '@throughline/api/risk/risk-parser';
import { envelopeBytes } from '@throughline/domain/envelope';
import { inputOrderBytes } from '@throughline/domain/input-order';
import { MAILED_AT_FIRST } from '@throughline/domain/notification-kind';
import type { Desk } from '@throughline/e2e/harness/desk';
import { groups } from '@throughline/store/client-store';
import { setPreference } from '@throughline/store/notification-store';
import { savePolicy } from '@throughline/store/policy-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { users } from '@throughline/store/user-store';
import type { Pool } from 'pg';
import { CLIENTS, COMPUTERS, PEOPLE, type PersonKey, WEBHOOK } from './house.ts';
import { tellPast } from './past.ts';
import type { PastPerson, PastWorld } from './past-session.ts';
import { type PlacedComputer, placeComputer } from './place.ts';

/** A request in the demo waits for a day instead of half an hour: there is nobody at its computers to answer. */
const PATIENCE_MS = 24 * 3_600_000;

export interface House {
  people: Record<PersonKey, PastPerson>;
  /** One-time links by which people choose their password. */
  setupUrls: Record<PersonKey, string>;
}

/** Lays out groups, clients, people and the PSA connection, through GraphQL as the admin does it in the settings. */
export async function layOut(ada: Desk): Promise<House> {
  const clientIds = new Map<string, string>();
  for (const client of CLIENTS) {
    const { group, ...rest } = client;
    const groupId = (
      await made(ada, 'createClientGroup', 'CreateClientGroupInput', { name: group }, '... on ClientGroup { id }')
    ).id;
    clientIds.set(
      client.name,
      (await made(ada, 'createClient', 'CreateClientInput', { ...rest, groupId }, '... on Client { id }')).id,
    );
  }
  await made(
    ada,
    'createPsaConnection',
    'CreatePsaConnectionInput',
    { ...WEBHOOK, scheme: 'hmac-sha256' },
    '... on PsaConnection { id }',
  );
  const house: House = { people: {} as House['people'], setupUrls: {} as House['setupUrls'] };
  for (const key of Object.keys(PEOPLE) as PersonKey[]) {
    const person: { name: string; email: string; role: string; without?: string } = PEOPLE[key];
    const { without, ...rest } = person;
    const granted =
      without === undefined
        ? {}
        : { clientIds: [...clientIds].filter(([name]) => name !== without).map(([, id]) => id) };
    const result = await made(
      ada,
      'createUser',
      'CreateUserInput',
      { ...rest, ...granted },
      '... on CreatedUser { setupUrl user { id } }',
    );
    house.people[key] = { id: localId(result.user?.id ?? ''), ...rest };
    house.setupUrls[key] = result.setupUrl ?? '';
  }
  return house;
}

/** Computers and past of an organisation whose clients and people are there. Returns the computers by name. */
export async function fillPast(
  pool: Pool,
  mspId: string,
  now: Date,
): Promise<{ computers: Record<string, PlacedComputer>; numbers: number[]; world: PastWorld }> {
  const scope = { mspId, clients: '*' as const };
  const { computers, people } = await withTenant(pool, scope, async (tx) => {
    for (const { id, policy, policy_version } of await groups(tx, mspId))
      await savePolicy(
        tx,
        mspId,
        { level: 'client_group', id },
        {
          document: { ...policy, approvalTimeoutMs: PATIENCE_MS },
          expected: policy_version,
          by: null,
          note: 'A request in the demo waits for a day: nobody is at its computers to answer.',
        },
      );
    const people = await cast(tx, mspId);
    // Made-up people read no mail, and old news is none.
    for (const { id } of Object.values(people))
      for (const kind of MAILED_AT_FIRST) await setPreference(tx, mspId, id, { kind, email: false });
    return { computers: await placeAll(tx, mspId), people };
  });
  const world: PastWorld = { pool, mspId, risk: await createRiskAssessor(), signer: demoSigner() };
  const numbers = await tellPast(world, { people, computers }, now);
  return { computers, numbers, world };
}

/** Orders of simulated endpoints are signed with a key of this process alone: no real endpoint would take them. */
function demoSigner(): EnvelopeSigner {
  const { privateKey } = generateKeyPairSync('ed25519');
  const signed = async (order: Uint8Array) => {
    const bytes = Buffer.from(order);
    return { bytes, signature: sign(null, bytes, privateKey), hash: createHash('sha256').update(bytes).digest('hex') };
  };
  return {
    sign: (envelope) => signed(envelopeBytes(envelope)),
    signInput: (order) => signed(inputOrderBytes(order)),
  };
}

async function placeAll(tx: Tx, mspId: string): Promise<Record<string, PlacedComputer>> {
  const { rows } = await tx.query<{ id: string; name: string }>('select id, name from client where msp_id = $1', [
    mspId,
  ]);
  const computers: Record<string, PlacedComputer> = {};
  for (const computer of COMPUTERS) {
    const client = rows.find((row) => row.name === computer.client);
    if (client === undefined) throw new Error(`there is no client ${computer.client}`);
    computers[computer.name] = await placeComputer(tx, mspId, client.id, computer);
  }
  return computers;
}

async function cast(tx: Tx, mspId: string): Promise<Record<PersonKey, PastPerson>> {
  const known = await users(tx, mspId);
  const people = {} as Record<PersonKey, PastPerson>;
  for (const key of Object.keys(PEOPLE) as PersonKey[]) {
    const row = known.find((user) => user.email === PEOPLE[key].email);
    if (row === undefined) throw new Error(`${PEOPLE[key].email} is not there`);
    people[key] = { id: row.id, name: row.name, email: row.email, role: row.role };
  }
  return people;
}

interface Made {
  __typename: string;
  id: string;
  setupUrl?: string;
  user?: { id: string };
  code?: string;
  message?: string;
}
async function made(
  desk: Desk,
  field: string,
  inputType: string,
  input: Record<string, unknown>,
  on: string,
): Promise<Made> {
  const result = await desk.act<Made>(field, inputType, input, on);
  if (result.code !== undefined) throw new Error(`${field} was refused: ${result.message}`);
  return result;
}

/** The id within a GraphQL global id. */
export const localId = (globalId: string): string =>
  Buffer.from(globalId, 'base64').toString('utf8').split(':')[1] ?? '';
