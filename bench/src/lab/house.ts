import { randomBytes } from 'node:crypto';
import { type Desk, takeSetupLink } from '@throughline/e2e/harness/desk';
import { type TestEndpoint, enrollEndpoint } from '@throughline/e2e/harness/endpoint';
import { type Product, startProduct } from '@throughline/e2e/harness/product';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { BenchContext } from '../result.ts';

/** A running product with one client, one enrolled endpoint, and the people that a benchmark acts as. */
export interface House {
  product: Product;
  admin: Desk;
  senior: Desk;
  endpoint: TestEndpoint;
  endpointId: string;
}

export const CLIENT_NAME = 'Harbor Dental';
export const ENDPOINT_NAME = 'BENCH-01';

/** Brings up all of it over the same doors that people use. Everything is undone at the benchmark's end. */
export async function openHouse({ say, atEnd }: BenchContext): Promise<House> {
  say('starting the product');
  const product = await startProduct();
  atEnd(() => product.stop());
  const password = randomBytes(12).toString('base64url');
  const admin = await takeSetupLink(product.setupUrl, {
    mspName: 'Bench MSP',
    timeZone: 'UTC',
    name: 'Ada Okafor',
    email: 'ada@bench.example',
    password,
  });
  const group = await made(
    admin.act('createClientGroup', 'CreateClientGroupInput', { name: 'All' }, '... on ClientGroup { id }'),
  );
  const client = { name: CLIENT_NAME, groupId: group.id };
  const { id: clientId } = await made(admin.act('createClient', 'CreateClientInput', client, '... on Client { id }'));
  const person = { name: 'Sam Whitfield', email: 'sam@bench.example', role: 'senior' };
  const { setupUrl } = await made(
    admin.act<{ id: string; setupUrl: string }>(
      'createUser',
      'CreateUserInput',
      person,
      '... on CreatedUser { setupUrl }',
    ),
  );
  const senior = await takeSetupLink(setupUrl, { password });
  const { command } = await made(
    admin.act<{ id: string; command: string }>(
      'createEnrollmentToken',
      'CreateEnrollmentTokenInput',
      { clientId, expectedHost: ENDPOINT_NAME },
      '... on EnrollmentToken { command }',
    ),
  );
  say('enrolling this machine');
  const endpoint = await enrollEndpoint(command);
  atEnd(() => endpoint.stop());
  await endpoint.promptUrl();
  const endpointId = await waitFor('the endpoint to be online', () => onlineEndpoint(senior), 60_000);
  return { product, admin, senior, endpoint, endpointId };
}

async function onlineEndpoint(desk: Desk): Promise<string | undefined> {
  const { endpoints } = await desk.gql<{
    endpoints: { edges: { node: { id: string; name: string; online: boolean } }[] };
  }>('{ endpoints { edges { node { id name online } } } }');
  return endpoints.edges.find(({ node }) => node.online && node.name === ENDPOINT_NAME)?.node.id;
}

/** The made thing of a mutation's answer; a refusal throws with its own words. */
export async function made<T extends object>(answer: Promise<T>): Promise<T> {
  const result = (await answer) as T & { code?: string; message?: string };
  if (result.code !== undefined) throw new Error(`${result.code}: ${result.message}`);
  return result;
}
