import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser } from 'playwright-core';
import { Link } from '../faults/link.ts';
import { FaultRuntime } from '../faults/runtime.ts';
import { openBrowser, openWindow } from './browser.ts';
import { type Desk, takeSetupLink } from './desk.ts';
import { made } from './lab.ts';
import { PASSWORD, type Person, STAFF, type StaffName } from './people.ts';
import { type Product, ROOT, startProduct } from './product.ts';

const HOST = 'LNX-LAB-01';

/**
 * What the scenarios of a technician's day begin with: the product, its people each in a window of their own, LNX-LAB-01 behind a TCP proxy
 * with somebody at it who says yes, and a session on it that is Jun's and under way.
 */
export interface Scene {
  product: Product;
  link: Link;
  runtime: FaultRuntime;
  people: Record<StaffName | 'ada', Person>;
  /** A folder for side effects of commands. */
  lab: string;
  endpointId: string;
  sessionId: string;
  number: number;
  /** What every window shows, into the test results: for a step that failed. */
  photograph(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function openScene(env: NodeJS.ProcessEnv = {}): Promise<Scene> {
  const undo: (() => Promise<unknown> | undefined)[] = [];
  const close = async () => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    const lab = await mkdtemp(join(tmpdir(), 'throughline-lab-'));
    undo.push(() => rm(lab, { recursive: true, force: true }));
    const product = await startProduct();
    undo.push(() => product.stop());
    const link = await Link.open(Number(new URL(product.url).port));
    undo.push(() => link.close());
    const browser = await openBrowser();
    undo.push(() => browser.close());
    const { desks, clientId } = await house(product);
    const token = { clientId, expectedHost: HOST };
    const shown = await made<{ token: string }>(
      desks.ada,
      'createEnrollmentToken',
      token,
      '... on EnrollmentToken { token }',
    );
    const runtime = await FaultRuntime.enrol({ name: HOST, server: link.url, token: shown.token, env });
    undo.push(() => runtime.stop());
    runtime.start();
    await runtime.untilOnline();
    const { endpointId, sessionId, number } = await session(desks);
    const people = {} as Scene['people'];
    for (const [name, desk] of Object.entries(desks) as [StaffName | 'ada', Desk][])
      people[name] = await personOf(browser, product.url, desk);
    const photograph = async (name: string) => {
      for (const [who, { page }] of Object.entries(people))
        await page.screenshot({ path: join(ROOT, '.test-results', `failed-${name}-${who}.png`) });
    };
    return { product, link, runtime, people, lab, endpointId, sessionId, number, photograph, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The organisation with its one client, and everybody's sign-in. */
async function house(product: Product): Promise<{ desks: Record<StaffName | 'ada', Desk>; clientId: string }> {
  const first = { mspName: 'Northgate Managed IT', timeZone: 'America/Chicago', name: 'Ada Okafor' };
  const ada = await takeSetupLink(product.setupUrl, { ...first, email: 'ada@northgate.example', password: PASSWORD });
  const group = await made(ada, 'createClientGroup', { name: 'Dental' }, '... on ClientGroup { id }');
  const harbor = { name: 'Harbor Dental', groupId: group.id, contactName: 'Olivia Hart' };
  const client = await made(ada, 'createClient', harbor, '... on Client { id }');
  const desks = { ada } as Record<StaffName | 'ada', Desk>;
  for (const [key, person] of Object.entries(STAFF) as [StaffName, (typeof STAFF)[StaffName]][]) {
    const link = await made<{ setupUrl: string }>(ada, 'createUser', person, '... on CreatedUser { setupUrl }');
    desks[key] = await takeSetupLink(link.setupUrl, { password: PASSWORD });
  }
  return { desks, clientId: client.id };
}

async function session(
  desks: Record<StaffName | 'ada', Desk>,
): Promise<Pick<Scene, 'endpointId' | 'sessionId' | 'number'>> {
  const { endpoints } = await desks.jun.gql<{ endpoints: { edges: { node: { id: string } }[] } }>(
    '{ endpoints { edges { node { id } } } }',
  );
  const endpointId = endpoints.edges[0]?.node.id ?? '';
  const input = { endpointId, title: 'Website cannot be reached', request: 'It is down', requester: 'Olivia Hart' };
  const { id, number } = await made<{ id: string; number: number }>(
    desks.jun,
    'startSession',
    { ...input, reason: 'to see why the website is down' },
    '... on Session { id number }',
  );
  await waitFor(
    'the session to be active',
    async () => {
      const of = await desks.jun.gql<{ s: { status: string } }>('query($id: ID!) { s: session(id: $id) { status } }', {
        id,
      });
      return of.s.status === 'active';
    },
    60_000,
  );
  return { endpointId, sessionId: id, number };
}

/** A window that is signed in already. */
async function personOf(browser: Browser, url: string, desk: Desk): Promise<Person> {
  const window = await openWindow(browser);
  await window.context.addCookies(desk.http.cookies().map(({ name, value }) => ({ name, value, url })));
  return { ...window, desk };
}
