import { randomUUID } from 'node:crypto';
import { verifySession } from '@throughline/store/database-verify';
import { withTenant } from '@throughline/store/tenant';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid, rawId } from '../testing/desk.ts';
import { type ScriptedRuntime, playing } from '../testing/scripted-runtime.ts';

/* U34 at the server: what a policy lets run unattended, and what the endpoint says to that. */
let bench: ApiBench;
let jun: Desk;
let made = 0;
const all = { read_only: 'unattended', change: 'unattended', destructive: 'unattended' } as const;
beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
  // What a new group lays down says to ask; nobody below it could say otherwise.
  await bench.policy('client_group', bench.northgate.clients.harbor.groupId, { riskFloor: 'read_only' });
});
afterAll(() => bench?.close());

async function server(document: object = all): Promise<ScriptedRuntime> {
  const runtime = await bench.enrol(bench.northgate.clients.harbor.id, `SRV-${++made}`);
  expect(await runtime.connect()).toBe('welcome');
  await bench.policy('endpoint', runtime.identity.endpointId, document);
  return runtime;
}
const statusOf = async (id: string) =>
  (
    await bench.rows<{ status: string; outcome: string | null }>('select status, outcome from session where id = $1', [
      id,
    ])
  )[0];
const kinds = async (sessionId: string) =>
  (
    await bench.rows<{ kind: string }>('select kind from transcript_entry where session_id = $1 order by seq', [
      sessionId,
    ])
  ).map(({ kind }) => kind);
const told = async <P>(sessionId: string, kind: string) =>
  (
    await bench.rows<{ payload: P }>(
      `select convert_from(p.payload, 'utf8')::json as payload
       from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
       where e.session_id = $1 and e.kind = $2 order by e.seq`,
      [sessionId, kind],
    )
  ).map(({ payload }) => payload);
const propose = async (sessionId: string, script: string, more: object = {}) =>
  rawId(
    (
      await jun.must('proposeCommand', {
        sessionId: gid('Session', sessionId),
        shell: 'bash',
        script,
        reason: 'patching',
        ...more,
      })
    ).id as string,
  );
const active = (sessionId: string) =>
  waitFor('the session', async () => (await statusOf(sessionId))?.status === 'active');
const faults = (sessionId: string) => {
  const scope = { mspId: bench.northgate.mspId, clients: '*' as const };
  return withTenant(bench.deps.pool, scope, async (tx) => (await verifySession(tx, scope, sessionId)).faults);
};

it('U34 runs by policy what the endpoint’s owner allows, and the record says policy, never approved by anybody', async () => {
  const runtime = await server();
  const sessionId = await bench.started(jun, runtime);
  const approvalId = await runtime.allowUnattended(['read_only', 'change']);
  await runtime.hears('decided', (m) => m.approvalId === approvalId && m.counted);
  await active(sessionId);
  const reads = await propose(sessionId, 'uname -a');
  await runtime.plays(reads, playing(reads, ['Linux\n']));
  const changes = await propose(sessionId, 'systemctl restart cups');
  expect(await runtime.order(changes)).toMatchObject({
    v: 2,
    risk: 'change',
    unattended: { rule: 'P-10', level: 'endpoint', version: 1 },
    approvals: [{ id: approvalId, kind: 'session' }],
  });
  await runtime.plays(changes, playing(changes, ['']));
  expect(await told(sessionId, 'command_policy')).toMatchObject([
    { verdict: 'unattended', rule: 'P-10', policyLevel: 'endpoint', policyVersion: 1 },
    { verdict: 'unattended', rule: 'P-10' },
  ]);
  expect(await told(sessionId, 'unattended_allowed')).toMatchObject([
    {
      rule: 'P-10',
      policyVersion: 1,
      words: 'Policy: unattended, rule P-10, version 1 of the endpoint’s policy. Nobody was asked.',
    },
  ]);
  expect(await kinds(sessionId)).not.toContain('approval_decided');
  expect(
    await jun.gql('query($id: ID!) { session(id: $id) { unattended { rule policyVersion policyLevel } } }', {
      id: gid('Session', sessionId),
    }),
  ).toEqual({ session: { unattended: { rule: 'P-10', policyVersion: 1, policyLevel: 'endpoint' } } });
  expect(await faults(sessionId)).toEqual([]);

  // The policy would let it; the owner does not. Nor does any policy let an open input run so.
  const wipes = await propose(sessionId, 'rm -rf /srv/old');
  const { prompt } = await runtime.hears('prompt', (m) => m.prompt.kind === 'action');
  const typed = await propose(sessionId, 'passwd svc', { input: true });
  await runtime.hears('prompt', (m) => m.prompt.input === true);
  runtime.decide(prompt.approvalId, 'approve');
  const order = await runtime.order(wipes);
  expect(order).not.toHaveProperty('unattended');
  await runtime.plays(wipes, playing(wipes, ['']));
  expect(await bench.rows('select 1 from command_outbox where command_id = $1', [typed])).toEqual([]);
  expect(await faults(sessionId)).toEqual([]);
});

it('U34 counts no statement that is forged, of another rule or session, and the person’s own answer goes on counting', async () => {
  const runtime = await server();
  const sessionId = await bench.started(jun, runtime);
  const refused = async (change: object) => {
    const before = runtime.all('decided').length;
    await runtime.allowUnattended(undefined, change);
    await waitFor('the answer', () => runtime.all('decided').length > before);
    expect(runtime.all('decided').at(-1)).toMatchObject({ counted: false });
  };
  await refused({ signature: Buffer.alloc(64).toString('base64') });
  await refused({ version: 2 });
  await refused({ hash: 'f'.repeat(64) });
  await refused({ approvalId: '4f6b1f0e-0000-4000-8000-000000000001' });
  expect((await statusOf(sessionId))?.status).toBe('pending_approval');
  const { prompt } = await runtime.hears('prompt');
  runtime.decide(prompt.approvalId, 'approve');
  await active(sessionId);
  await propose(sessionId, 'systemctl restart cups');
  await runtime.hears('prompt', (m) => m.prompt.kind === 'action');
  expect(await told(sessionId, 'command_policy')).toMatchObject([
    { verdict: 'ask', rule: 'P-2', policyLevel: 'built_in' },
  ]);
  expect(await faults(sessionId)).toEqual([]);
});

it('U34 asks the person where the owner refuses, and says so in the record', async () => {
  const runtime = await server();
  const sessionId = await bench.started(jun, runtime);
  const { prompt } = await runtime.hears('unattended');
  expect(prompt.sessionId).toBe(sessionId);
  await runtime.hears('prompt', (m) => m.prompt.approvalId === prompt.approvalId);
  const message = 'The owner of this computer has not allowed unattended work.';
  runtime.say({ type: 'unattended_refused', approvalId: prompt.approvalId, message, at: Date.now() });
  await waitFor('the refusal in the record', async () => (await kinds(sessionId)).includes('unattended_refused'));
  expect(await told(sessionId, 'unattended_refused')).toEqual([{ approvalId: prompt.approvalId, words: message }]);
  await runtime.approves(sessionId);
  await active(sessionId);
  expect(await faults(sessionId)).toEqual([]);
});

it('U34 U35 when nobody may be asked it starts unattended or not at all', async () => {
  const runtime = await server({
    ...all,
    quietHours: { zone: 'UTC', windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:00' }] },
  });
  const first = await bench.started(jun, runtime);
  const { prompt } = await runtime.hears('unattended');
  runtime.say({ type: 'unattended_refused', approvalId: prompt.approvalId, message: 'No.', at: Date.now() });
  await waitFor('the session to end', async () => (await statusOf(first))?.status === 'completed');
  expect(await statusOf(first)).toMatchObject({ outcome: 'cancelled' });
  expect(runtime.all('prompt')).toEqual([]);
  runtime.heard.length = 0;
  const second = await bench.started(jun, runtime);
  await runtime.allowUnattended();
  await active(second);
  expect(runtime.all('prompt')).toEqual([]);
});

it('U34 an older runtime hears nothing of it and asks the person', async () => {
  const runtime = await bench.enrol(bench.northgate.clients.harbor.id, `SRV-${++made}`);
  runtime.version = 1;
  expect(await runtime.connect()).toBe('welcome');
  await bench.policy('endpoint', runtime.identity.endpointId, all);
  const sessionId = await bench.started(jun, runtime);
  await runtime.approves(sessionId);
  await active(sessionId);
  expect(runtime.all('unattended')).toEqual([]);
  const reads = await propose(sessionId, 'uname -a');
  expect(await runtime.order(reads)).toMatchObject({ v: 1 });
});

/** As if it had said the same at so many sessions more: copies of its newest one. */
async function saidAgain(endpointId: string, times: number): Promise<void> {
  const copy = (table: string, changed: string, where: string) =>
    `insert into ${table} select (jsonb_populate_record(r, ${changed})).* from ${table} r where ${where}`;
  const [newest] = await bench.rows<{ id: string; asked: string }>(
    `select s.id, a.id as asked from session s join approval_request a on a.session_id = s.id and a.kind = 'session'
     where s.endpoint_id = $1 order by s.number desc limit 1`,
    [endpointId],
  );
  for (let n = 0; n < times; n += 1) {
    const [id, asked] = [randomUUID(), randomUUID()];
    const from = `r.session_id = '${newest!.id}'`;
    const over = `jsonb_build_object('id', '${id}', 'number', (select max(number) + 1 from session))`;
    await bench.rows(copy('session', over, `r.id = '${newest!.id}'`));
    const question = `jsonb_build_object('id', '${asked}', 'session_id', '${id}')`;
    await bench.rows(copy('approval_request', question, `r.id = '${newest!.asked}'`));
    const entry = `jsonb_build_object('session_id', '${id}', 'key', 'decided:${asked}')`;
    await bench.rows(copy('transcript_entry', entry, `${from} and r.key = 'decided:${newest!.asked}'`));
    const text = `exists (select from transcript_entry t where t.session_id = '${id}' and t.seq = r.seq)`;
    await bench.rows(copy('transcript_payload', `jsonb_build_object('session_id', '${id}')`, `${from} and ${text}`));
  }
  await bench.rows('update msp set next_session_number = (select max(number) + 1 from session)');
}

it('U34 the endpoint’s page shows what its owner allows as it last said, since when, and nothing where it never said', async () => {
  const runtime = await server();
  const query =
    'query($id: ID!) { endpoint(id: $id) { ownerWord { sessionNumber refusedWhy allowed { classes fileHash since by { rule policyLevel policyVersion } } } } }';
  const word = async () =>
    (
      await jun.gql<{
        endpoint: {
          ownerWord: { sessionNumber: number; refusedWhy: string | null; allowed: { since: string } | null } | null;
        };
      }>(query, { id: gid('Endpoint', runtime.identity.endpointId) })
    ).endpoint.ownerWord;
  expect(await word()).toBeNull();
  const end = async (sessionId: string) => {
    await jun.must('completeSession', {
      ...{ sessionId: gid('Session', sessionId), outcome: 'resolved', note: 'Done.' },
      ...{ verification: [], notVerifiedBecause: 'nothing ran' },
    });
    await waitFor('the end', async () => (await statusOf(sessionId))?.status === 'completed');
  };
  const allows = async (classes: ('read_only' | 'change')[], at: number) => {
    const sessionId = await bench.started(jun, runtime);
    await runtime.allowUnattended(classes, { at, sessionId });
    await active(sessionId);
    await end(sessionId);
  };
  const first = Date.now() - 60_000;
  await allows(['read_only'], first - 1000);
  await allows(['read_only', 'change'], first);
  await allows(['read_only', 'change'], first + 1000);
  await saidAgain(runtime.identity.endpointId, 60);
  expect(await word()).toMatchObject({
    refusedWhy: null,
    allowed: {
      classes: ['read_only', 'change'],
      fileHash: 'ab'.repeat(32),
      since: new Date(first).toISOString(),
      by: { rule: 'P-10', policyLevel: 'endpoint', policyVersion: 1 },
    },
  });
  const last = await bench.started(jun, runtime);
  const { prompt } = await runtime.hears('unattended', (m) => m.prompt.sessionId === last);
  const message = 'The owner changed it.';
  runtime.say({ type: 'unattended_refused', approvalId: prompt.approvalId, message, at: Date.now() });
  await waitFor('the refusal', async () => (await word())?.allowed === null);
  expect(await word()).toMatchObject({ refusedWhy: 'The owner changed it.' });
});
