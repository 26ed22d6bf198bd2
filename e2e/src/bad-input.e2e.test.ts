import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openWindow } from './harness/browser.ts';
import { runCli } from './harness/cli.ts';
import { type Desk, type Result, takeSetupLink } from './harness/desk.ts';
import { type TestEndpoint, enrollEndpoint } from './harness/endpoint.ts';
import { PASSWORD, type Person, STAFF, firstSignIn } from './harness/people.ts';
import { type Product, startProduct } from './harness/product.ts';
import { sendStandardTicket, sendTicket, ticketBody } from './harness/psa-server.ts';

/* What must not work, and how it says so: on real processes, by every door the product has. */

const HMAC_SECRET = 'a-shared-secret-of-the-psa';
const STANDARD_SECRET = `whsec_${Buffer.from('another secret of a psa').toString('base64')}`;

let product: Product;
let browser: Browser;
let lab: string;
let admin: Desk;
let dana: Desk;
let sam: Desk;
let jun: Person;
let endpoint: TestEndpoint;
let enrolCommand: string;
let database: pg.Client;
const clientIds: Record<string, string> = {};
let sessionId = '';
let number = 0;

describe.sequential('bad input', { timeout: 180_000 }, () => {
  beforeAll(async () => {
    lab = await mkdtemp(join(tmpdir(), 'throughline-lab-'));
    [product, browser] = await Promise.all([startProduct(), openBrowser()]);
    database = new pg.Client({ connectionString: await product.databaseUrl() });
    await database.connect();
    admin = await takeSetupLink(product.setupUrl, {
      mspName: 'Northgate Managed IT',
      timeZone: 'America/Chicago',
      name: 'Ada Okafor',
      email: 'ada@northgate.example',
      password: PASSWORD,
    });
    const groupId = (await act('createClientGroup', 'CreateClientGroupInput', { name: 'All' }, 'ClientGroup')).id;
    for (const name of ['Harbor Dental', 'Cedar Law', 'Closed Clinic'])
      clientIds[name] = (await act('createClient', 'CreateClientInput', { name, groupId }, 'Client')).id;
    for (const [slug, scheme, secret] of [
      ['halo', 'hmac-sha256', HMAC_SECRET],
      ['events', 'standard-webhooks', STANDARD_SECRET],
    ])
      await act(
        'createPsaConnection',
        'CreatePsaConnectionInput',
        { name: slug, slug, scheme, secret },
        'PsaConnection',
      );
    dana = await takeSetupLink(await addPerson(STAFF.dana), { password: PASSWORD });
    sam = await takeSetupLink(await addPerson(STAFF.sam), { password: PASSWORD });
    jun = await firstSignIn(browser, await addPerson(STAFF.jun, [clientIds['Harbor Dental'] ?? '']));
    enrolCommand = await enrolmentFor('Harbor Dental', 'LNX-LAB-01');
    endpoint = await enrollEndpoint(enrolCommand);
    await endpoint.promptUrl();
  }, 900_000);
  afterAll(async () => {
    await endpoint?.stop();
    await browser?.close();
    await database?.end();
    await product?.stop();
    await rm(lab, { recursive: true, force: true });
  }, 120_000);

  it('F001 an enrolment token that was used, has expired, or belongs to a retired client enrols nothing', async () => {
    const used = await enrol(enrolCommand);
    expect(used.output).toMatch(/already used/i);

    const expired = await enrolmentFor('Harbor Dental', 'LATE-WS-01');
    await database.query(
      `update enrollment_token set expires_at = now() - interval '1 second' where expected_host = 'LATE-WS-01'`,
    );
    const late = await enrol(expired);
    expect(late.output).toMatch(/expired/i);

    const closing = await enrolmentFor('Closed Clinic', 'SHUT-WS-01');
    await database.query(`update client set retired_at = now() where name = 'Closed Clinic'`);
    const shut = await enrol(closing);
    expect(shut.output).toMatch(/retired/i);

    expect([used.code, late.code, shut.code]).not.toContain(0);
    for (const { data } of [used, late, shut]) expect(await readdir(data)).not.toContain('identity.json');
    const { rows } = await database.query<{ name: string }>('select name from endpoint');
    expect(rows.map((row) => row.name)).toEqual(['LNX-LAB-01']);
  });

  it('F127 F128 a webhook that is cut short, too big, of another type, or too old opens nothing; an unknown device goes to triage', async () => {
    const halo = `${product.url}/webhooks/psa/halo`;
    const good = ticketBody({ id: 1, summary: 'never', client: 'Harbor Dental', device: 'LNX-LAB-01' });
    expect((await sendTicket(halo, HMAC_SECRET, 'b-1', good.slice(0, -20))).status).toBe(400);
    expect((await sendTicket(halo, HMAC_SECRET, 'b-2', JSON.stringify({ pad: 'x'.repeat(300_000) }))).status).toBe(413);
    const plain = await fetch(halo, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: good });
    expect(plain.status).toBe(415);
    expect((await sendTicket(halo, HMAC_SECRET, 'b-3', good, 'sha256=00')).status).toBe(401);
    const events = `${product.url}/webhooks/psa/events`;
    const old = await sendStandardTicket(events, STANDARD_SECRET, 'msg-old', good, Date.now() - 5 * 60_000 - 10_000);
    expect(old.status).toBe(401);
    expect((await sendTicket(`${product.url}/webhooks/psa/nobody`, HMAC_SECRET, 'b-4', good)).status).toBe(404);

    const unknown = ticketBody({ id: 2, summary: 'Who am I', client: 'Harbor Dental', device: 'NO-SUCH-PC' });
    expect((await sendTicket(halo, HMAC_SECRET, 'b-5', unknown)).status).toBe(202);
    const waiting = await waitFor('the ticket in triage', async () => {
      const { triage } = await dana.gql<{ triage: { why: string; deviceName: string }[] }>(
        '{ triage { why deviceName } }',
      );
      return triage.length > 0 ? triage : null;
    });
    expect(waiting).toMatchObject([{ deviceName: 'NO-SUCH-PC' }]);
    expect(waiting[0]?.why).toContain('NO-SUCH-PC');
    expect((await database.query('select 1 from session')).rowCount).toBe(0);
    const refusals = await database.query<{ status: string }>(
      `select details->>'status' as status from audit_event where action = 'webhook.refused' order by id`,
    );
    expect(refusals.rows.map((row) => row.status)).toEqual(['400', '413', '415', '401', '401']);
  });

  it('F024 a command that is empty, a megabyte, holds a NUL, or wants what is not there is refused in words; the next one runs', async () => {
    await consent();
    const refused = async (script: string) => propose({ script });
    expect(await refused('')).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await refused(' \n\t ')).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await refused('echo a\0b')).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('NUL'),
    });
    expect(await refused(`echo ${'x'.repeat(1_048_576)}`)).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('65536 bytes'),
    });
    expect(await propose({ script: 'dir', shell: 'cmd', reason: 'look' })).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/has no cmd/),
    });
    await expect(propose({ script: 'ls', shell: 'fish' })).rejects.toThrow(/fish/);
    expect((await database.query('select 1 from command')).rowCount).toBe(0);

    // Only the endpoint can know its folders: it refuses, and says so.
    const { id } = await propose({ script: 'uname -a', cwd: '/no/such/folder' });
    const nowhere = await ended(id);
    expect(nowhere.state).toBe('refused');
    expect(nowhere.words).toMatch(/\/no\/such\/folder does not exist/);
    const after = await ended((await propose({ script: 'uname -a' })).id);
    expect(after).toMatchObject({ state: 'completed', exitCode: 0 });
  });

  it('F132 ids of another client lead nowhere, in the same words as ids of nothing', async () => {
    const foreign = await cedarSession();
    const nothing = {
      session: globalId('Session', randomUUID()),
      endpoint: globalId('Endpoint', randomUUID()),
      number: 99_999,
    };
    const { desk } = jun;
    for (const ask of [
      (ids: typeof nothing) => desk.gql('query($id: ID!) { session(id: $id) { id title } }', { id: ids.session }),
      (ids: typeof nothing) => desk.gql('query($id: ID!) { node(id: $id) { __typename } }', { id: ids.session }),
      (ids: typeof nothing) => desk.gql('query($id: ID!) { endpoint(id: $id) { name } }', { id: ids.endpoint }),
      (ids: typeof nothing) => desk.gql('query($n: Int!) { sessionByNumber(number: $n) { id } }', { n: ids.number }),
      (ids: typeof nothing) =>
        desk.act('addMessage', 'AddMessageInput', { sessionId: ids.session, text: 'hello' }, '... on Entry { id }'),
      (ids: typeof nothing) =>
        desk.act(
          'startSession',
          'StartSessionInput',
          { sessionId: ids.session, reason: 'look' },
          '... on Session { id }',
        ),
      (ids: typeof nothing) =>
        desk.act(
          'startSession',
          'StartSessionInput',
          { endpointId: ids.endpoint, title: 't', request: 'r', requester: 'q', reason: 'look' },
          '... on Session { id }',
        ),
      (ids: typeof nothing) =>
        desk.act(
          'proposeCommand',
          'ProposeCommandInput',
          { sessionId: ids.session, shell: 'bash', script: 'id' },
          '... on Command { id }',
        ),
      async (ids: typeof nothing) => {
        const answer = await desk.http.get(`/api/sessions/${encodeURIComponent(ids.session)}/export`);
        return { status: answer.status, text: await answer.text() };
      },
    ])
      expect(await outcome(ask(foreign)), ask.toString()).toEqual(await outcome(ask(nothing)));
    expect(
      await desk.act('addMessage', 'AddMessageInput', { sessionId: foreign.session, text: 'x' }, '... on Entry { id }'),
    ).toMatchObject({ code: 'NOT_FOUND' });
    const lists = JSON.stringify(
      await desk.gql(
        '{ clients { name } sessions { edges { node { title } } } endpoints { edges { node { name } } } board { groups { client { name } } } }',
      ),
    );
    expect(lists).toContain('Harbor Dental');
    expect(lists).not.toContain('Cedar');
    expect(lists).not.toContain('CEDR');
    // Who may see the client does: the ids were right.
    expect(await sam.gql('query($id: ID!) { session(id: $id) { title } }', { id: foreign.session })).toEqual({
      session: { title: 'Cedar only' },
    });
  });

  it('F026 a page reloaded in the middle of the output shows every line once', async () => {
    const { page } = jun;
    await page.goto(`${product.url}/s/${number}`);
    const script = 'for i in $(seq 1 24); do echo row-$i.; sleep 0.25; done';
    const { id } = await propose({ script });
    const card = () => page.getByRole('article').filter({ hasText: 'row-$i.' }).last();
    await card().getByText('row-3.').first().waitFor({ timeout: 20_000 });
    await page.reload();
    await ended(id);
    await card().getByText('row-24.').first().waitFor({ timeout: 20_000 });
    // The live view gives way to the stored output at the end: what counts is what then stands there.
    const shown = async () => [...(await card().innerText()).matchAll(/row-(\d+)\./g)].map((match) => Number(match[1]));
    await waitFor('the whole output', async () => (await shown()).length >= 24, 20_000);
    expect(await shown()).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    expect(jun.faults).toEqual([]);
  });

  it('F004 F138 a second machine with a copied key locks the runtime, stops both, and raises the alarm in the audit', async () => {
    const copy = join(lab, 'copied');
    // All a thief of the disk would have; not the running process's own marks.
    await cp(endpoint.dataDir, copy, {
      recursive: true,
      filter: (source) => !/runtime\.lock$|prompt-(url|port)$|\/\.ready-/.test(source),
    });
    const clone = runCli(['run', 'agent', '--', 'run', '--data', copy], 'npm');
    const alarm = await waitFor(
      'the alarm',
      async () => {
        const { auditEvents } = await admin.gql<{
          auditEvents: { edges: { node: { action: string; target: string } }[] };
        }>('{ auditEvents(first: 20) { edges { node { action target } } } }');
        return auditEvents.edges.find((edge) => edge.node.action === 'runtime.locked');
      },
      60_000,
    );
    expect(alarm).toBeDefined();
    const ends = await clone;
    expect(ends.code).not.toBe(0);
    expect(ends.output).toMatch(/locked|revoked|retired/i);
    await waitFor(
      'the endpoint to be offline',
      async () => {
        const { rows } = await database.query<{ online: boolean }>(
          `select online from endpoint where name = 'LNX-LAB-01'`,
        );
        return rows[0]?.online === false;
      },
      60_000,
    );
    await waitFor(
      'the first runtime to stop, too',
      () => /locked this runtime|retired at the desk/i.test(endpoint.output()),
      30_000,
    );
  });
});

// --- what the steps share ------------------------------------------------------------------------------------------

async function act(field: string, inputType: string, input: Record<string, unknown>, type: string): Promise<Result> {
  const result = await admin.act<Result>(field, inputType, input, `... on ${type} { id }`);
  if (result.code !== undefined) throw new Error(`${field}: ${result.message}`);
  return result;
}

async function addPerson(person: { name: string; email: string; role: string }, clients?: string[]): Promise<string> {
  const { name, email, role } = person;
  const input = { name, email, role, ...(clients === undefined ? {} : { clientIds: clients }) };
  const result = await admin.act<{ setupUrl: string }>(
    'createUser',
    'CreateUserInput',
    input,
    '... on CreatedUser { setupUrl }',
  );
  return result.setupUrl;
}

async function enrolmentFor(client: string, expectedHost: string): Promise<string> {
  const input = { clientId: clientIds[client], expectedHost };
  const result = await admin.act<{ command: string }>(
    'createEnrollmentToken',
    'CreateEnrollmentTokenInput',
    input,
    '... on EnrollmentToken { command }',
  );
  return result.command;
}

/** The shown command, word for word, with a data folder of its own. */
async function enrol(command: string): Promise<{ code: number | null; output: string; data: string }> {
  const data = await mkdtemp(join(lab, 'machine-'));
  const words = command.split(' -- ')[1]?.split(' ') ?? [];
  return { ...(await runCli(['run', 'agent', '--', ...words, '--no-run', '--data', data], 'npm')), data };
}

/** Jun starts a session on the real endpoint, and the person there says yes. */
async function consent(): Promise<void> {
  const { endpoints } = await jun.desk.gql<{ endpoints: { edges: { node: { id: string } }[] } }>(
    '{ endpoints { edges { node { id } } } }',
  );
  const input = {
    endpointId: endpoints.edges[0]?.node.id,
    title: 'Bad input',
    request: 'r',
    requester: 'Olivia Hart',
    channel: 'phone',
    reason: 'to try things',
  };
  sessionId = (await jun.desk.act<Result>('startSession', 'StartSessionInput', input, '... on Session { id }')).id;
  const prompt: Page = (await openWindow(browser)).page;
  await prompt.goto(await endpoint.promptUrl());
  await prompt.getByText('to try things').waitFor();
  await prompt.getByRole('button', { name: 'Approve' }).click();
  number = await waitFor('consent', async () => {
    const { session } = await jun.desk.gql<{ session: { status: string; number: number } }>(
      'query($id: ID!) { session(id: $id) { status number } }',
      { id: sessionId },
    );
    return session.status === 'active' && session.number;
  });
}

function propose(input: { script: string; shell?: string; cwd?: string; reason?: string }): Promise<Result> {
  return jun.desk.act(
    'proposeCommand',
    'ProposeCommandInput',
    { sessionId, shell: 'bash', ...input },
    '... on Command { id }',
  );
}

async function ended(id: string): Promise<{ state: string; words: string; exitCode: number | null }> {
  return waitFor(
    'the command to end',
    async () => {
      const { command } = await jun.desk.gql<{ command: { state: string; words: string; exitCode: number | null } }>(
        'query($id: ID!) { command(id: $id) { state words exitCode } }',
        { id },
      );
      return ['refused', 'completed', 'failed', 'completed_with_errors'].includes(command.state) && command;
    },
    60_000,
  );
}

/** A session that Jun has no business with: Sam's, on a computer of Cedar Law. */
async function cedarSession(): Promise<{ session: string; endpoint: string; number: number }> {
  const endpointId = randomUUID();
  await database.query(
    `insert into endpoint (msp_id, id, client_id, name, simulated) select msp_id, $1, id, 'CEDR-WS-01', true from client where name = 'Cedar Law'`,
    [endpointId],
  );
  const endpointGlobal = globalId('Endpoint', endpointId);
  const input = {
    endpointId: endpointGlobal,
    title: 'Cedar only',
    request: 'r',
    requester: 'Iris Cole',
    channel: 'phone',
    reason: 'look',
  };
  const { id } = await sam.act<Result>('startSession', 'StartSessionInput', input, '... on Session { id }');
  const { session } = await sam.gql<{ session: { number: number } }>(
    'query($id: ID!) { session(id: $id) { number } }',
    { id },
  );
  return { session: id, endpoint: endpointGlobal, number: session.number };
}

const globalId = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString('base64');

/** An answer or an error, as data: two that look the same are the same to whoever asks. */
const outcome = (answer: Promise<unknown>): Promise<unknown> =>
  answer.then(
    (value) => ({ value }),
    (error: Error) => ({ error: error.message }),
  );
