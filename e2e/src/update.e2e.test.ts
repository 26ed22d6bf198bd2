import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '@throughline/infra/testing/wait-for';
import pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemdUnit } from '../../agent/src/systemd-unit.ts';
import { UnitService } from '../../agent/src/testing/unit-service.ts';
import { axeFaults, openBrowser, openWindow, shoot } from './harness/browser.ts';
import { runCli } from './harness/cli.ts';
import { type Desk, takeSetupLink } from './harness/desk.ts';
import { approve, made } from './harness/lab.ts';
import { ROOT, type Product, startProduct } from './harness/product.ts';

/*
 * The whole way of an update: an operator's command line, the running product, and executables that are really built. What systemd does with the
 * unit's lines is played by UnitService.
 */
const exec = promisify(execFile);
let folder: string;
let product: Product;
let desk: Desk;
let service: UnitService;
let browser: Browser;
let page: Page;
let endpointId: string;
const faults: string[] = [];
const at = (name: string) => join(folder, name);
const data = () => at('data');

const cli = async (...args: string[]) => {
  const { code, output } = await runCli(args, 'cli', { DATA_DIR: product.dataDir, INIT_CWD: folder });
  return { code, output };
};
const mustCli = async (...args: string[]) => {
  const { code, output } = await cli(...args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${output}`);
  return output;
};
async function build(version: string): Promise<string> {
  const env = { ...process.env, THROUGHLINE_AGENT_VERSION: version };
  await exec(process.execPath, [join(ROOT, 'scripts/agent-build.mjs'), '--out', at(version)], { env });
  return join(at(version), 'throughline-runtime');
}
const sign = (program: string, key = at('release.pem')) => mustCli('sign-release', '--key', key, '--program', program);

interface Shown {
  agentVersion: string;
  online: boolean;
  update: { version: string; state: string; reason: string } | null;
}
const shown = async (): Promise<Shown> =>
  (
    await desk.gql<{ endpoint: Shown }>(
      'query ($id: ID!) { endpoint(id: $id) { agentVersion online update { version state reason } } }',
      { id: endpointId },
    )
  ).endpoint;
const showsState = (state: string, ms = 60_000) =>
  waitFor(
    `the update to be ${state}`,
    async () => ((await shown()).update?.state === state ? shown() : null),
    ms,
  ).catch(async (error: unknown) => {
    throw new Error(`${JSON.stringify(await shown())}\n${service.output}`, { cause: error });
  });

describe.sequential('U40 an update that the server offers', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'throughline-e2e-update-'));
    [product, browser] = await Promise.all([startProduct(), openBrowser()]);
    await mustCli('new-release-key', '--out', at('release.pem'));
    await mustCli('new-release-key', '--out', at('stranger.pem'));
    for (const version of ['0.2.0', '0.3.0']) await build(version);
    await copyFile(join(at('0.2.0'), 'throughline-runtime'), at('installed'));

    const password = 'correct horse battery staple';
    const first = { mspName: 'Lab MSP', timeZone: 'UTC', name: 'Ada Okafor', email: 'ada@lab.example', password };
    const admin = await takeSetupLink(product.setupUrl, first);
    const group = await made(admin, 'createClientGroup', { name: 'All' }, '... on ClientGroup { id }');
    const harbor = { name: 'Harbor Dental', groupId: group.id };
    const { id: clientId } = await made(admin, 'createClient', harbor, '... on Client { id }');
    const sam = { name: 'Sam Whitfield', email: 'sam@lab.example', role: 'senior' };
    const on = '... on CreatedUser { setupUrl }';
    const { setupUrl } = await made<{ setupUrl: string }>(admin, 'createUser', sam, on);
    desk = await takeSetupLink(setupUrl, { password });
    const { token } = await made<{ token: string }>(
      admin,
      'createEnrollmentToken',
      { clientId },
      '... on EnrollmentToken { token }',
    );
    const enrol = ['enroll', '--server', product.url, '--token', token, '--name', 'HARB-WS-07', '--no-run'];
    await exec(at('installed'), [...enrol, '--release-key', at('release.pem.pub'), '--data', data()]);
    service = new UnitService(systemdUnit(data(), [at('installed')]));
    service.start();
    endpointId = await waitFor(
      'the endpoint to be online',
      async () => {
        const list = '{ endpoints { edges { node { id online } } } }';
        const { endpoints } = await desk.gql<{ endpoints: { edges: { node: { id: string; online: boolean } }[] } }>(
          list,
        );
        return endpoints.edges.find(({ node }) => node.online)?.node.id;
      },
      60_000,
    );
    const window = await openWindow(browser);
    await window.context.addCookies(desk.http.cookies().map((cookie) => ({ ...cookie, url: product.url })));
    page = window.page;
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(`${product.url}/endpoints/${endpointId}`);
    await page.getByText('No update is offered.').waitFor();
  }, 900_000);
  afterAll(async () => {
    service?.stop();
    await browser?.close();
    await product?.stop();
    if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  }, 120_000);

  it('a release that another key signed is not taken in; put into the database all the same, the endpoint refuses it and says why', async () => {
    await mustCli('release', 'key', at('release.pem.pub'));
    const forged = at('forged');
    await writeFile(forged, saying('0.3.5'));
    await chmod(forged, 0o755);
    await sign(forged, at('stranger.pem'));
    const refused = await cli('release', 'add', `${forged}.release.json`, forged);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('not signed by the release key');

    // Whoever has taken over the server needs no command line.
    const database = new pg.Client({ connectionString: await product.databaseUrl() });
    await database.connect();
    const { release, signature } = JSON.parse(await readFile(`${forged}.release.json`, 'utf8'));
    await database.query(
      `insert into release (msp_id, version, platform, arch, bytes, sha256, description, signature)
       select id, $1, $2, $3, $4, decode($5, 'hex'), $6, $7 from msp`,
      [release.version, release.platform, release.arch, release.bytes, release.sha256, release, signature],
    );
    await database.query(
      `insert into release_piece (msp_id, sha256, off, bytes) select id, decode($1, 'hex'), 0, $2 from msp`,
      [release.sha256, await readFile(forged)],
    );
    await database.end();
    await mustCli('release', 'offer', '0.3.5', '--client', 'Harbor Dental');
    expect((await showsState('refused')).update?.reason).toContain('signature does not fit');
    await page.getByText('The release’s signature does not fit the pinned release key.').waitFor();
    await mustCli('release', 'stop', '0.3.5');
    await showsState('withdrawn');
    expect(service.starts).toBe(1);
  });

  it('waits while a command runs, then the endpoint comes back as the new version, and its page says so', async () => {
    const session = { endpointId, title: 'Lab', request: 'Look', requester: 'Olivia Hart', reason: 'a test runs' };
    const { id: sessionId } = await made(desk, 'startSession', session, '... on Session { id }');
    await approve((await readFile(join(data(), 'prompt-url'), 'utf8')).trim());
    const stop = at('stop');
    const script = `until ls ${stop} 2>/dev/null; do sleep 0.1; done`;
    const commands = async () =>
      (
        await desk.gql<{ session: { commands: { id: string; state: string }[] } }>(
          'query($id: ID!) { session(id: $id) { commands { id state } } }',
          { id: sessionId },
        )
      ).session.commands;
    await waitFor('the session to take a command', async () => {
      const result = await desk.act(
        'proposeCommand',
        'ProposeCommandInput',
        { sessionId, shell: 'bash', script },
        '... on Command { id }',
      );
      return result.code === undefined;
    });
    await waitFor('the command to run', async () => (await commands())[0]?.state === 'running', 60_000);

    const program = join(at('0.3.0'), 'throughline-runtime');
    await sign(program);
    await mustCli('release', 'add', `${program}.release.json`, program);
    expect(await mustCli('release', 'offer', '0.3.0', '--percent', '100')).toContain('1 endpoints, 1 of them older');
    await showsState('offered');
    await waitFor('the runtime to have heard of it', () => service.output.includes('The server offers 0.3.0'));
    await page.getByText('It begins when it is connected and no command runs or waits.').waitFor();
    expect(await shown()).toMatchObject({ agentVersion: '0.2.0', update: { state: 'offered' } });
    expect((await commands())[0]?.state).toBe('running');

    await writeFile(stop, '');
    const done = await showsState('updated', 120_000);
    expect(done).toMatchObject({ agentVersion: '0.3.0', online: true });
    expect((await commands())[0]?.state).toBe('completed');
    expect(service.output).toContain('The update to 0.3.0 stays');
    await page.getByText('Updated from 0.2.0.').waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, 'endpoint-update');
    expect(await mustCli('release', 'list')).toMatch(
      /0\.3\.0 .*\n {2}offered to {4}100 % of all endpoints\n {2}endpoints {5}1 updated/,
    );
  });

  it('a new version that does not come up is put back, and the page says why', async () => {
    const broken = at('broken');
    await writeFile(broken, saying('0.4.0'));
    await chmod(broken, 0o755);
    await sign(broken);
    await mustCli('release', 'add', `${broken}.release.json`, broken);
    await mustCli('release', 'offer', '0.4.0', '--endpoint', 'HARB-WS-07');
    const after = await showsState('rolled_back', 120_000);
    expect(after).toMatchObject({ agentVersion: '0.3.0', online: true });
    expect(after.update?.reason).toContain('it ended 3 times before it had connected');
    await page.getByText(/0\.3\.0 is back: it ended 3 times before it had connected/).waitFor();
    expect(faults).toEqual([]);
  });
});

/** A program that says it is a version, and can do nothing else. */
function saying(version: string): string {
  const said = JSON.stringify({ version, protocol: 2, platform: process.platform, arch: process.arch });
  return `#!/bin/sh\n[ "$1" = self-check ] && echo '${said}' && exit 0\nexit 9\n`;
}
