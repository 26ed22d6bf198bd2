import type { EntryPayload } from '@throughline/domain/entry';
import { verifySession } from '@throughline/store/database-verify';
import { withTenant } from '@throughline/store/tenant';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Acted, type Desk, gid, rawId } from '../testing/desk.ts';
import { type ScriptedRuntime, playing } from '../testing/scripted-runtime.ts';

let bench: ApiBench;
let theo: Desk;
let made = 0;
beforeAll(async () => {
  bench = await openApiBench();
  theo = bench.desk(bench.northgate.people.theo);
});
afterAll(() => bench?.close());

async function endpoint(client: keyof ApiBench['northgate']['clients']): Promise<ScriptedRuntime> {
  const runtime = await bench.enrol(bench.northgate.clients[client].id, `POL-${++made}`);
  expect(await runtime.connect()).toBe('welcome');
  return runtime;
}
const propose = (sessionId: string, script: string, more: object = {}) =>
  theo.act('proposeCommand', { sessionId: gid('Session', sessionId), shell: 'bash', script, reason: 'why', ...more });
const judged = (sessionId: string) =>
  bench
    .rows<{ payload: EntryPayload<'command_policy'> }>(
      `select convert_from(p.payload, 'utf8')::json as payload
       from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
       where e.session_id = $1 and e.kind = 'command_policy' order by e.seq`,
      [sessionId],
    )
    .then((rows) => rows.map((row) => row.payload));
const states = (sessionId: string) =>
  bench
    .rows<{ state: string }>('select state from command where session_id = $1 order by proposed_at', [sessionId])
    .then((rows) => rows.map((row) => row.state));
const orders = (sessionId: string) => bench.rows('select 1 from command_outbox where session_id = $1', [sessionId]);
const prompts = (runtime: ScriptedRuntime, kind: string) =>
  runtime.all('prompt').filter(({ prompt }) => prompt.kind === kind);
const refused = { __typename: 'UserError', code: 'POLICY_DENIED' };
const id = (acted: Acted) => rawId(acted.id as string);
/** All day, every day. */
const always = { zone: 'America/Chicago', windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:00' }] };

describe('the policy of a client’s levels', () => {
  it('F049 by the group’s policy reading runs at once and a change waits, and each names rule, level and version', async () => {
    const runtime = await endpoint('harbor');
    const { groupId } = bench.northgate.clients.harbor;
    const version = await bench.policy('client_group', groupId, { read_only: 'run', change: 'ask' });
    expect(version).toBe(2);
    const sessionId = await bench.active(theo, runtime);
    await propose(sessionId, 'cat /etc/hosts');
    const waits = await propose(sessionId, "sed -i 's/a/b/' /tmp/x");
    await runtime.hears('prompt', (m) => m.prompt.kind === 'action');
    expect(await states(sessionId)).toEqual(['dispatched', 'waiting_approval']);
    const from = { policyLevel: 'client_group', policyVersion: 2 };
    expect(await judged(sessionId)).toMatchObject([
      { verdict: 'run', rule: 'P-1', ...from },
      { verdict: 'ask', rule: 'P-2', ...from },
    ]);
    expect(
      await theo.gql('query($id: ID!) { command(id: $id) { rule policyVersion policyLevel } }', { id: waits.id }),
    ).toEqual({ command: { rule: 'P-2', policyVersion: 2, policyLevel: 'client_group' } });
  });

  it('F049 a stricter level above, below or in between takes over at once, and is the one that is named', async () => {
    const runtime = await endpoint('brightline');
    const { id: clientId } = bench.northgate.clients.brightline;
    const { endpointId } = runtime.identity;
    const sessionId = await bench.active(theo, runtime);
    await bench.policy('client', clientId, { destructive: 'refuse' });
    await bench.policy('endpoint', endpointId, { read_only: 'ask', other_identity: 'refuse' });
    expect(await propose(sessionId, 'rm -rf /srv/old')).toMatchObject(refused);
    const reads = await propose(sessionId, 'cat /etc/hosts');
    const { prompt } = await runtime.hears('prompt', (m) => m.prompt.kind === 'action');
    expect(await propose(sessionId, 'id', { runAs: 'svc' })).toMatchObject({
      ...refused,
      message: 'Runs under another account, and that is refused here.',
    });
    expect(await judged(sessionId)).toMatchObject([
      { verdict: 'refuse', rule: 'P-3', policyLevel: 'client', policyVersion: 1, risk: 'destructive' },
      { verdict: 'ask', rule: 'P-1', policyLevel: 'endpoint', policyVersion: 1 },
      { verdict: 'refuse', rule: 'P-4', policyLevel: 'endpoint', policyVersion: 1 },
    ]);
    expect(prompts(runtime, 'action')).toHaveLength(1);
    expect(await orders(sessionId)).toEqual([]);
    // The person says yes to reading, and it runs: a stricter policy asks, and takes the answer.
    runtime.decide(prompt.approvalId, 'approve');
    await runtime.plays(id(reads), playing(id(reads), ['127.0.0.1 localhost\n']));
    expect(await states(sessionId)).toEqual(['refused', 'completed', 'refused']);
    const scope = { mspId: bench.northgate.mspId, clients: '*' as const };
    expect(await withTenant(bench.deps.pool, scope, (tx) => verifySession(tx, scope, sessionId))).toMatchObject({
      faults: [],
    });
  });

  it('F049 the answer ahead of a proposal is the one the proposal gets', async () => {
    const runtime = await endpoint('cedar');
    await bench.policy('endpoint', runtime.identity.endpointId, { change: 'refuse', riskFloor: 'change' });
    const sessionId = await bench.active(theo, runtime);
    const ahead = await theo.gql(
      'query($id: ID!) { assessCommand(sessionId: $id, shell: bash, script: "uname") { risk why verdict rule policyLevel policyVersion words } }',
      { id: gid('Session', sessionId) },
    );
    expect(ahead).toEqual({
      assessCommand: {
        risk: 'change',
        why: 'The policy counts every command as at least this class.',
        verdict: 'refuse',
        rule: 'P-2',
        policyLevel: 'endpoint',
        policyVersion: 1,
        words: 'Changes something, and changes are refused here.',
      },
    });
    expect(await propose(sessionId, 'uname')).toMatchObject(refused);
  });
});

describe('when nobody is to be asked', () => {
  it('U35 in quiet hours nothing is asked, reading under a consent goes on, and record and audit say by which rule', async () => {
    const runtime = await endpoint('cedar');
    const { endpointId } = runtime.identity;
    const sessionId = await bench.active(theo, runtime);
    await bench.policy('endpoint', endpointId, { quietHours: always });
    expect(await propose(sessionId, 'systemctl restart vpn')).toMatchObject({
      ...refused,
      message: expect.stringContaining('every day 00:00–00:00 (America/Chicago)'),
    });
    await propose(sessionId, 'uname -a');
    expect(await judged(sessionId)).toMatchObject([
      { verdict: 'refuse', rule: 'P-5', policyLevel: 'endpoint', policyVersion: 1 },
      { verdict: 'run', rule: 'P-1', policyLevel: 'client_group' },
    ]);
    expect(await states(sessionId)).toEqual(['refused', 'dispatched']);
    // Nor is a new session asked for.
    const other = await endpoint('cedar');
    await bench.policy('endpoint', other.identity.endpointId, { quietHours: always });
    expect(
      await theo.act('startSession', {
        endpointId: gid('Endpoint', other.identity.endpointId),
        title: 'At night',
        reason: 'x',
      }),
    ).toMatchObject({ ...refused, message: expect.stringContaining('quiet hours') });
    expect(prompts(other, 'session')).toEqual([]);
    expect(prompts(runtime, 'session')).toHaveLength(1);
    expect(prompts(runtime, 'action')).toHaveLength(0);
  });

  it.each([
    ['nobody signed in', { users: [], consoleUser: null }, 'nobodySignedIn', 'P-6'],
    ['several people signed in', { users: ['olivia', 'sam'], consoleUser: null }, 'severalPeople', 'P-7'],
    ['the screen locked', { screenLocked: true }, 'lockedScreen', 'P-8'],
  ] as const)(
    'U35 with %s, as the endpoint says at that moment, what would ask is refused by its rule',
    async (_what, facts, field, rule) => {
      const runtime = await endpoint('cedar');
      const sessionId = await bench.active(theo, runtime);
      await bench.policy('endpoint', runtime.identity.endpointId, { [field]: 'refuse' });
      runtime.facts = { ...runtime.facts, ...structuredClone(facts) } as typeof runtime.facts;
      expect(await propose(sessionId, 'systemctl restart vpn')).toMatchObject(refused);
      expect(await judged(sessionId)).toMatchObject([
        { verdict: 'refuse', rule, policyLevel: 'endpoint', policyVersion: 1 },
      ]);
      // Olivia sits down: asked as ever.
      runtime.facts = { ...runtime.facts, users: ['olivia'], consoleUser: 'olivia', screenLocked: false };
      await propose(sessionId, 'systemctl restart vpn');
      await runtime.hears('prompt', (m) => m.prompt.kind === 'action');
      expect(await states(sessionId)).toEqual(['refused', 'waiting_approval']);
    },
  );

  it('U35 a start that may not ask is refused, asks nobody, and stands in the audit trail with rule and version', async () => {
    const runtime = await endpoint('cedar');
    await bench.policy('endpoint', runtime.identity.endpointId, { nobodySignedIn: 'refuse' });
    runtime.facts = { ...runtime.facts, users: [], consoleUser: null };
    expect(
      await theo.act('startSession', {
        endpointId: gid('Endpoint', runtime.identity.endpointId),
        title: 'Nobody there',
        reason: 'x',
      }),
    ).toMatchObject({ ...refused, message: expect.stringContaining('Nobody is signed in') });
    expect(prompts(runtime, 'session')).toEqual([]);
    expect(
      await bench.rows(
        `select actor, target, details from audit_event where action = 'session.start_refused' and target = 'Nobody there'`,
      ),
    ).toMatchObject([
      {
        actor: 'theo@northgate.example',
        target: 'Nobody there',
        details: { rule: 'P-6', level: 'endpoint', version: 1 },
      },
    ]);
  });
});
