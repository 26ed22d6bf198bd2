import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as pathOf } from 'node:path';
import pg from 'pg';
import { type Desk, takeSetupLink } from '../harness/desk.ts';
import { type Product, startProduct } from '../harness/product.ts';
import { patiently } from './patience.ts';
import { FaultRuntime } from './runtime.ts';

/** The whole product with a client and the people the tests act as. Endpoints and sessions are made as they are needed. */
export class Site {
  readonly product: Product;
  readonly admin: Desk;
  readonly senior: Desk;
  readonly dispatcher: Desk;
  /** A folder for side effects of commands. */
  readonly lab: string;
  readonly #clientId: string;
  readonly #runtimes: FaultRuntime[] = [];
  #named = 0;

  private constructor(parts: {
    product: Product;
    admin: Desk;
    senior: Desk;
    dispatcher: Desk;
    lab: string;
    clientId: string;
  }) {
    this.product = parts.product;
    this.admin = parts.admin;
    this.senior = parts.senior;
    this.dispatcher = parts.dispatcher;
    this.lab = parts.lab;
    this.#clientId = parts.clientId;
  }

  static async open(): Promise<Site> {
    const lab = await mkdtemp(pathOf(tmpdir(), 'throughline-faults-'));
    const product = await startProduct();
    try {
      const password = randomBytes(12).toString('base64url');
      const first = { mspName: 'Fault MSP', timeZone: 'UTC', name: 'Ada Okafor', email: 'ada@fault.example', password };
      const admin = await takeSetupLink(product.setupUrl, first);
      const group = await made(
        admin.act('createClientGroup', 'CreateClientGroupInput', { name: 'All' }, '... on ClientGroup { id }'),
      );
      const client = await made(
        admin.act(
          'createClient',
          'CreateClientInput',
          { name: 'Harbor Dental', groupId: group.id },
          '... on Client { id }',
        ),
      );
      const senior = await join(admin, password, 'Sam Whitfield', 'senior');
      const dispatcher = await join(admin, password, 'Dana Ruiz', 'dispatcher');
      return new Site({ product, admin, senior, dispatcher, lab, clientId: client.id });
    } catch (error) {
      await product.stop();
      throw error;
    }
  }

  async token(expectedHost?: string): Promise<string> {
    const input = { clientId: this.#clientId, ...(expectedHost === undefined ? {} : { expectedHost }) };
    const answer = this.admin.act<{ id: string; token: string }>(
      'createEnrollmentToken',
      'CreateEnrollmentTokenInput',
      input,
      '... on EnrollmentToken { token }',
    );
    return (await made(answer)).token;
  }

  /** One more named approver of the client; the link is opened once, to make the passkey. */
  async approverLink(name: string): Promise<string> {
    const input = { clientId: this.#clientId, name };
    const on = '... on ApproverLink { url }';
    return (await made(this.admin.act<{ id: string; url: string }>('createApprover', 'CreateApproverInput', input, on)))
      .url;
  }

  /** Pins the client's approvers on that endpoint, as its owner does: from now on they decide about its commands. */
  async pinApprovers(runtime: FaultRuntime): Promise<void> {
    const { approvers } = await this.admin.gql<{ approvers: { pins: string } }>(
      'query($c: ID!) { approvers(clientId: $c) { pins } }',
      { c: this.#clientId },
    );
    const file = pathOf(this.lab, 'approvers.json');
    await writeFile(file, approvers.pins);
    const { code, text } = await runtime.cli('approvers', 'add', file);
    if (code !== 0) throw new Error(`${runtime.name} could not pin approvers:\n${text}`);
  }

  /** A new endpoint, online. `server` is another address of the gateway, such as a proxy's. */
  async endpoint(options: { server?: string; data?: string; env?: NodeJS.ProcessEnv } = {}): Promise<FaultRuntime> {
    const name = `FAULT-${++this.#named}`;
    const server = options.server ?? this.product.url;
    const runtime = await FaultRuntime.enrol({ ...options, name, server, token: await this.token() });
    this.#runtimes.push(runtime);
    runtime.start();
    await runtime.untilOnline();
    return runtime;
  }

  async endpointId(name: string): Promise<string> {
    const { endpoints } = await this.senior.gql<{ endpoints: { edges: { node: { id: string; name: string } }[] } }>(
      'query($search: String) { endpoints(search: $search) { edges { node { id name } } } }',
      { search: name },
    );
    const found = endpoints.edges.find(({ node }) => node.name === name);
    if (found === undefined) throw new Error(`no endpoint ${name}`);
    return found.node.id;
  }

  /** A session on that endpoint that its person has agreed to. */
  async session(runtime: { name: string }): Promise<string> {
    const endpointId = await this.endpointId(runtime.name);
    const input = {
      ...{ endpointId, title: 'Faults', request: 'Break it' },
      ...{ requester: 'Olivia Hart', reason: 'things are broken on purpose' },
    };
    const { id } = await made(this.senior.act('startSession', 'StartSessionInput', input, '... on Session { id }'));
    await patiently('the session to be active', async () => {
      const { session } = await this.senior.gql<{ session: { status: string } }>(
        'query($id: ID!) { session(id: $id) { status } }',
        { id },
      );
      return session.status === 'active';
    });
    return id;
  }

  async propose(sessionId: string, script: string, timeoutMs?: number): Promise<string> {
    const input = {
      ...{ sessionId, shell: 'bash', script, reason: 'a fault test' },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
    const answer = this.senior.act('proposeCommand', 'ProposeCommandInput', input, '... on Command { id }');
    return (await made(answer)).id;
  }

  /** As the superuser, past everything the product allows. */
  async sql<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    const client = new pg.Client({ connectionString: await this.product.databaseUrl() });
    client.on('error', () => undefined); // a killed server is what is being tested
    await client.connect();
    try {
      return (await client.query<T>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    for (const runtime of this.#runtimes) await runtime.stop();
    await this.product.stop();
    await rm(this.lab, { recursive: true, force: true });
  }
}

/** Adds a person, who opens the one-time link and is signed in. */
async function join(admin: Desk, password: string, name: string, role: string): Promise<Desk> {
  const person = { name, email: `${role}@fault.example`, role };
  const answer = admin.act<{ id: string; setupUrl: string }>(
    'createUser',
    'CreateUserInput',
    person,
    '... on CreatedUser { setupUrl }',
  );
  return takeSetupLink((await made(answer)).setupUrl, { password });
}

/** The made thing of a mutation's answer; a refusal throws with its own words. */
async function made<T extends object>(answer: Promise<T>): Promise<T> {
  const result = (await answer) as T & { code?: string; message?: string };
  if (result.code !== undefined) throw new Error(`${result.code}: ${result.message}`);
  return result;
}

/** The row's own id behind the one that GraphQL shows. */
export const localId = (globalId: string): string =>
  Buffer.from(globalId, 'base64').toString('utf8').split(':')[1] ?? '';
