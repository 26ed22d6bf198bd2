import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScriptedRuntime } from '@throughline/api/testing/scripted-runtime';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser, Page } from 'playwright-core';
import { FaultRuntime } from '../faults/runtime.ts';
import { type Window, openBrowser, openWindow } from './browser.ts';
import { type Desk, signIn, takeSetupLink } from './desk.ts';
import { made } from './lab.ts';
import { PASSWORD, STAFF } from './people.ts';
import { type Product, ROOT, startProduct } from './product.ts';

/** Northgate's people: two dispatchers at their boards, and those who get the work. */
export const NORTHGATE = {
  ...STAFF,
  dee: { name: 'Dee Marsh', email: 'dee@northgate.example', role: 'dispatcher' },
  theo: { name: 'Theo Lind', email: 'theo@northgate.example', role: 'technician' },
} as const;
export type Who = keyof typeof NORTHGATE;

/** Where a person at a device answers. */
export type Office = 'BRIT-NORTH-01' | 'BRIT-EAST-01' | 'BRIT-WEST-01' | 'LNX-LAB-01';
const OFFICES: Office[] = ['BRIT-NORTH-01', 'BRIT-EAST-01', 'BRIT-WEST-01', 'LNX-LAB-01'];

const CLIENTS = {
  harbor: ['Dental', 'Harbor Dental', 'Olivia Hart', '555-0101', ['HARB-WS-07']],
  brightline: ['Print & Media', 'Brightline Print', 'Ken Abe', '555-0102', []],
  lakeside: ['Finance', 'Lakeside Accounting', 'Paula Reyes', '555-0103', ['CLIENT-ACCT-01', 'CLIENT-ACCT-02']],
  cedar: ['Legal', 'Cedar Law', 'Ines Cole', '555-0104', ['CEDR-WS-01']],
} as const;
export type ClientName = keyof typeof CLIENTS;

/**
 * The house before the dispatcher's morning: the product, four clients in four groups, Brightline's three offices and LNX-LAB-01 on real
 * runtimes whose people answer in the browser and nowhere else, the other endpoints simulated. Nobody's window is signed in.
 */
export interface Morning {
  product: Product;
  browser: Browser;
  desks: Record<Who | 'ada', Desk>;
  windows: Record<Who, Window>;
  runtimes: Record<Office, FaultRuntime>;
  simulated: Record<string, ScriptedRuntime>;
  clientIds: Record<ClientName, string>;
  endpointIds: Record<string, string>;
  /** A folder for side effects of commands. */
  lab: string;
  userId(who: Who): string;
  /** The page of the person at a device, opened at the first call. */
  promptOf(office: Office): Promise<Page>;
  /** What every window shows, into the test results: for a step that failed. */
  photograph(name: string): Promise<void>;
  close(): Promise<void>;
}

/** `offices`: which of them have a real runtime; the other ones are not there. */
export async function openMorning(offices: readonly Office[] = OFFICES): Promise<Morning> {
  const undo: (() => Promise<unknown> | undefined)[] = [];
  const close = async () => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    const lab = await mkdtemp(join(tmpdir(), 'throughline-lab-'));
    undo.push(() => rm(lab, { recursive: true, force: true }));
    const product = await startProduct();
    undo.push(() => product.stop());
    const browser = await openBrowser();
    undo.push(() => browser.close());
    const first = { mspName: 'Northgate Managed IT', timeZone: 'America/Chicago', name: 'Ada Okafor' };
    const ada = await takeSetupLink(product.setupUrl, { ...first, email: 'ada@northgate.example', password: PASSWORD });
    const { clientIds, expected } = await clientsOf(ada);
    const { desks, userIds } = await staffOf(ada, product.url);
    const runtimes = {} as Morning['runtimes'];
    const simulated: Morning['simulated'] = {};
    for (const [name, clientId] of expected) {
      if (isOffice(name) && !offices.includes(name)) continue;
      const asked = { clientId, expectedHost: name };
      const { token } = await made<{ token: string }>(
        ada,
        'createEnrollmentToken',
        asked,
        '... on EnrollmentToken { token }',
      );
      if (!isOffice(name)) {
        simulated[name] = await ScriptedRuntime.enrol(product.url, token, name);
        continue;
      }
      const runtime = await FaultRuntime.enrol({ name, server: product.url, token });
      runtimes[name] = runtime;
      runtime.approves = false;
      undo.push(() => runtime.stop());
      runtime.start();
    }
    await Promise.all(Object.values(runtimes).map((runtime) => runtime.untilOnline()));
    const { endpoints } = await ada.gql<{ endpoints: { edges: { node: { id: string; name: string } }[] } }>(
      '{ endpoints(first: 50) { edges { node { id name } } } }',
    );
    const windows = {} as Morning['windows'];
    for (const who of Object.keys(NORTHGATE) as Who[]) windows[who] = await openWindow(browser);
    const prompts = new Map<Office, Page>();
    return {
      ...{ product, browser, desks, windows, runtimes, simulated, clientIds, lab, close },
      endpointIds: Object.fromEntries(endpoints.edges.map(({ node }) => [node.name, node.id])),
      userId: (who) => userIds[who],
      async promptOf(office) {
        const known = prompts.get(office);
        if (known !== undefined) return known;
        const { page } = await openWindow(browser);
        prompts.set(office, page);
        const file = join(runtimes[office].data, 'prompt-url');
        await page.goto(await waitFor('its prompt page', async () => (await readFile(file, 'utf8')).trim(), 30_000));
        return page;
      },
      async photograph(name) {
        const all = [...Object.entries(windows).map(([who, { page }]) => [who, page] as const), ...prompts];
        for (const [who, page] of all)
          await page.screenshot({ path: join(ROOT, '.test-results', `failed-${name}-${who}.png`) });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const isOffice = (name: string): name is Office => (OFFICES as string[]).includes(name);

/** The clients, and which endpoints are to be enrolled at which of them. */
async function clientsOf(ada: Desk): Promise<{ clientIds: Morning['clientIds']; expected: [string, string][] }> {
  const clientIds = {} as Morning['clientIds'];
  const expected: [string, string][] = [];
  for (const [key, [group, name, contactName, contactPhone, hosts]] of Object.entries(CLIENTS)) {
    const { id: groupId } = await made(ada, 'createClientGroup', { name: group }, '... on ClientGroup { id }');
    const client = { name, groupId, contactName, contactPhone };
    const { id } = await made(ada, 'createClient', client, '... on Client { id }');
    clientIds[key as ClientName] = id;
    expected.push(...hosts.map((host): [string, string] => [host, id]));
    if (key === 'brightline') expected.push(...OFFICES.slice(0, 3).map((host): [string, string] => [host, id]));
    if (key === 'harbor') expected.push(['LNX-LAB-01', id]);
  }
  return { clientIds, expected };
}

async function staffOf(ada: Desk, url: string): Promise<{ desks: Morning['desks']; userIds: Record<Who, string> }> {
  const desks = { ada } as Morning['desks'];
  const userIds = {} as Record<Who, string>;
  for (const [who, person] of Object.entries(NORTHGATE) as [Who, (typeof NORTHGATE)[Who]][]) {
    const created = await made<{ setupUrl: string; user: { id: string } }>(
      ada,
      'createUser',
      person,
      '... on CreatedUser { setupUrl user { id } }',
    );
    userIds[who] = created.user.id;
    await takeSetupLink(created.setupUrl, { password: PASSWORD });
    desks[who] = await signIn(url, person.email, PASSWORD);
  }
  return { desks, userIds };
}

/** Signs a window in as a person does, from wherever it was sent. */
export async function signInAs(page: Page, who: Who): Promise<void> {
  await page.getByLabel('E-mail').fill(NORTHGATE[who].email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}
