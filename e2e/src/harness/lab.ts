import { randomBytes } from 'node:crypto';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { type Desk, type Result, takeSetupLink } from './desk.ts';
import { type TestEndpoint, enrollEndpoint } from './endpoint.ts';
import { type Product, startProduct } from './product.ts';

export interface LabCommand {
  id: string;
  script: string;
  state: string;
  finishedAt: string | null;
  stdout: { bytes: number; sha256: string | null };
}

/** A running product with this machine enrolled, and one session on it that its person has agreed to: ready to run commands. */
export interface Lab {
  product: Product;
  /** A senior, signed in. */
  desk: Desk;
  endpoint: TestEndpoint;
  sessionId: string;
  number: number;
  /** Hands in a command that needs no answer; returns its id. */
  propose(script: string): Promise<string>;
  /** The same, and waits for its end. */
  run(script: string): Promise<LabCommand>;
  commands(): Promise<LabCommand[]>;
  close(): Promise<void>;
}

export async function openLab(): Promise<Lab> {
  const product = await startProduct();
  let endpoint: TestEndpoint | undefined;
  const close = async () => {
    await endpoint?.stop();
    await product.stop();
  };
  try {
    const password = randomBytes(12).toString('base64url');
    const first = { mspName: 'Lab MSP', timeZone: 'UTC', name: 'Ada Okafor', email: 'ada@lab.example', password };
    const admin = await takeSetupLink(product.setupUrl, first);
    const group = await made(admin, 'createClientGroup', { name: 'All' }, '... on ClientGroup { id }');
    const client = { name: 'Harbor Dental', groupId: group.id };
    const { id: clientId } = await made(admin, 'createClient', client, '... on Client { id }');
    const person = { name: 'Sam Whitfield', email: 'sam@lab.example', role: 'senior' };
    const { setupUrl } = await made<{ setupUrl: string }>(
      admin,
      'createUser',
      person,
      '... on CreatedUser { setupUrl }',
    );
    const desk = await takeSetupLink(setupUrl, { password });
    const token = { clientId, expectedHost: 'LNX-LAB-01' };
    const shown = '... on EnrollmentToken { command }';
    const { command } = await made<{ command: string }>(admin, 'createEnrollmentToken', token, shown);
    endpoint = await enrollEndpoint(command);
    const prompt = await endpoint.promptUrl();
    const endpointId = await waitFor('the endpoint to be online', () => onlineEndpoint(desk), 60_000);
    const session = { endpointId, title: 'Lab', request: 'Look', requester: 'Olivia Hart', reason: 'a test runs' };
    const { id, number } = await made<{ id: string; number: number }>(
      desk,
      'startSession',
      session,
      '... on Session { id number }',
    );
    await approve(prompt);
    await waitFor('the session to be active', async () => {
      const of = await desk.gql<{ s: { status: string } }>('query($id: ID!) { s: session(id: $id) { status } }', {
        id,
      });
      return of.s.status === 'active';
    });
    return { product, desk, endpoint, sessionId: id, number, close, ...running(desk, id) };
  } catch (error) {
    await close();
    throw error;
  }
}

function running(desk: Desk, sessionId: string): Pick<Lab, 'propose' | 'run' | 'commands'> {
  const commands = async () =>
    (
      await desk.gql<{ session: { commands: LabCommand[] } }>(
        'query($id: ID!) { session(id: $id) { commands { id script state finishedAt stdout { bytes sha256 } } } }',
        { id: sessionId },
      )
    ).session.commands;
  const propose = async (script: string) =>
    (await made(desk, 'proposeCommand', { sessionId, shell: 'bash', script }, '... on Command { id }')).id;
  return {
    commands,
    propose,
    async run(script) {
      const id = await propose(script);
      const find = async () => (await commands()).find((each) => each.id === id && each.finishedAt !== null);
      return waitFor(`the end of ${script}`, find, 60_000);
    },
  };
}

/** The made thing of a mutation's answer; a refusal throws with its own words. */
export async function made<T = Result>(
  desk: Desk,
  field: string,
  input: Record<string, unknown>,
  on: string,
): Promise<T> {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
  const result = await desk.act<T & Partial<Result>>(field, type, input, on);
  if (result.code !== undefined) throw new Error(`${field}: ${result.code}: ${result.message}`);
  return result;
}

async function onlineEndpoint(desk: Desk): Promise<string | undefined> {
  const { endpoints } = await desk.gql<{ endpoints: { edges: { node: { id: string; online: boolean } }[] } }>(
    '{ endpoints { edges { node { id online } } } }',
  );
  return endpoints.edges.find(({ node }) => node.online)?.node.id;
}

/** Says yes to the question on the device's own page, as its person does. */
export async function approve(prompt: string): Promise<void> {
  const question = await waitFor('the question at the device', async () => {
    const answer = await fetch(`${prompt}/state?locale=en`);
    const { questions } = (await answer.json()) as { questions: { approvalId: string; textHash: string }[] };
    return questions[0];
  });
  const answer = await fetch(`${prompt}/decide`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-throughline': '1' },
    body: JSON.stringify({
      ...{ approvalId: question.approvalId, decision: 'approve', reason: '' },
      page: { locale: 'en', textHash: question.textHash },
    }),
  });
  if (answer.status !== 200) throw new Error(`the prompt page answered ${answer.status}: ${await answer.text()}`);
}
