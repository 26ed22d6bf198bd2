import type { AgentMessage } from '@throughline/domain/agent-protocol';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { publish } from '@throughline/store/notify';
import { addRollout, stopRollouts } from '@throughline/store/rollout-store';
import { withdrawUpdates } from '@throughline/store/endpoint-update-store';
import { withTenant } from '@throughline/store/tenant';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import type { ScriptedRuntime } from '../testing/scripted-runtime.ts';
import { TestReleases, programCall } from '../testing/test-release.ts';

/* What the server offers, to whom, what it gives, and what it keeps of the answers. The runtimes are scripted. */
let bench: ApiBench;
/** Sees every client. */
let theo: Desk;
let made: TestReleases;
let count = 0;
beforeAll(async () => {
  bench = await openApiBench();
  theo = bench.desk(bench.northgate.people.theo);
  made = new TestReleases(bench);
});
afterAll(() => bench?.close());

async function runtime(change: { version?: string; protocol?: number; client?: 'harbor' | 'cedar' } = {}) {
  const { clients } = bench.northgate;
  const one = await bench.enrol(clients[change.client ?? 'harbor'].id, `UPD-${++count}`);
  one.agentVersion = change.version ?? '0.2.0';
  one.version = change.protocol ?? 2;
  return one;
}
const inNorthgate = <T>(work: Parameters<typeof withTenant<T>>[2]) =>
  withTenant(bench.deps.pool, { mspId: bench.northgate.mspId, clients: '*' }, work);

/** As `release offer … --endpoint` does. */
const offer = (version: string, to: ScriptedRuntime) =>
  inNorthgate(async (tx) => {
    const { mspId } = bench.northgate;
    const { endpointId } = to.identity;
    await addRollout(tx, mspId, { version, endpointId, clientId: null, percent: null });
    await publish(tx, { k: 'update', m: mspId, e: endpointId });
  });
/** As `release stop` does. */
const stop = (version: string) =>
  inNorthgate(async (tx) => {
    const { mspId } = bench.northgate;
    await stopRollouts(tx, mspId, version);
    for (const e of await withdrawUpdates(tx, mspId, version)) await publish(tx, { k: 'update', m: mspId, e });
  });
const says = (
  one: ScriptedRuntime,
  version: string,
  state: (AgentMessage & { type: 'update_state' })['state'],
  reason = '',
) => one.say({ type: 'update_state', version, state, reason, at: Date.now() });

async function shown(one: ScriptedRuntime) {
  const id = gid('Endpoint', one.identity.endpointId);
  const answer = await theo.gql<{ endpoint: { agentVersion: string; update: Record<string, unknown> | null } }>(
    'query ($id: ID!) { endpoint(id: $id) { agentVersion update { version state reason } } }',
    { id },
  );
  return answer.endpoint;
}
const showsUpdate = (one: ScriptedRuntime, wanted: object) =>
  waitFor(`the page to show ${JSON.stringify(wanted)}`, async () => {
    const { update } = await shown(one);
    return Object.entries(wanted).every(([key, value]) => update?.[key] === value);
  });
const audited = (one: ScriptedRuntime) =>
  bench.rows<{ action: string; details: object }>(
    `select action, details from audit_event where target = $1 and action like 'update.%' order by id`,
    [one.identity.endpointId],
  );
/** Everything that was on its way to this runtime has reached it: what was published, and what the connection made of it. */
const settled = async (one: ScriptedRuntime) => {
  const [m, e, r, a] = [bench.northgate.mspId, one.identity.endpointId, one.identity.runtimeId, `ask-${++count}`];
  await inNorthgate((tx) => publish(tx, { k: 'ask_facts', m, e, r, a }));
  await one.hears('facts', ({ requestId }) => requestId === a);
  await one.rotates({ signature: Buffer.alloc(64).toString('base64') });
};
/** Connects anew; returns how often it is offered something then. */
const offersAgain = async (one: ScriptedRuntime) => {
  await settled(one);
  await one.cut();
  const before = one.all('update_offer').length;
  await one.connect();
  await settled(one);
  return one.all('update_offer').length - before;
};

it('U40 offers a release, gives its program piece by piece, and shows each step until the runtime comes back as the new version', async () => {
  const program = Buffer.alloc(2_500_000, 'throughline ');
  const sha256 = await made.add('0.3.0', program);
  const one = await runtime();
  await one.connect();
  expect(await shown(one)).toMatchObject({ agentVersion: '0.2.0', update: null });
  await offer('0.3.0', one);
  const { releases, serves } = await one.hears('update_offer');
  expect(releases).toMatchObject([{ release: { version: '0.3.0', sha256 } }]);
  expect(serves).toBe(2);
  await showsUpdate(one, { version: '0.3.0', state: 'offered' });

  for (const state of ['fetching', 'checked', 'switched'] as const) {
    if (state === 'checked') {
      const rest = await programCall(bench.url, one, { sha256, offset: 1_048_570 });
      expect(rest.status).toBe(206);
      expect(Buffer.from(await rest.arrayBuffer()).equals(program.subarray(1_048_570))).toBe(true);
    }
    says(one, '0.3.0', state);
    await showsUpdate(one, { state });
  }
  one.agentVersion = '0.3.0';
  expect(await offersAgain(one)).toBe(0);
  await showsUpdate(one, { version: '0.3.0', state: 'updated' });
  expect((await shown(one)).agentVersion).toBe('0.3.0');
  expect((await audited(one)).map(({ action }) => action)).toEqual([
    'update.checked',
    'update.switched',
    'update.updated',
  ]);
  expect((await programCall(bench.url, one, { sha256 })).status).toBe(404);
});

it('U40 says why a runtime refused, and offers again; one that was rolled back is shown with its reason and not offered again', async () => {
  await made.add('0.3.1');
  const one = await runtime();
  await one.connect();
  await offer('0.3.1', one);
  await one.hears('update_offer');
  says(one, '0.3.1', 'refused', 'The release’s signature does not fit.');
  await showsUpdate(one, { state: 'refused', reason: 'The release’s signature does not fit.' });
  expect(await offersAgain(one)).toBe(1);
  says(one, '0.3.1', 'rolled_back', 'it had not connected within ten minutes');
  await showsUpdate(one, { state: 'rolled_back', reason: 'it had not connected within ten minutes' });
  expect(await offersAgain(one)).toBe(0);
  expect((await audited(one)).map(({ action }) => action)).toEqual(['update.refused', 'update.rolled_back']);
});

it('offers nothing to another client’s endpoint, to another organisation, to an older protocol, nor an older or the same version', async () => {
  const sha256 = await made.add('0.3.2');
  const { clients, mspId } = bench.northgate;
  await inNorthgate((tx) =>
    addRollout(tx, mspId, { version: '0.3.2', clientId: clients.harbor.id, endpointId: null, percent: null }),
  );
  const foreign = await bench.enrol(bench.rivermark.clients.harbor.id, 'UPD-FOREIGN', bench.rivermark.mspId);
  foreign.agentVersion = '0.2.0';
  const others = [
    await runtime({ client: 'cedar' }),
    foreign,
    await runtime({ protocol: 1 }),
    await runtime({ version: '0.3.2' }),
    await runtime({ version: '0.10.0' }),
    await runtime({ version: '0.2.0-mine' }),
  ];
  const one = await runtime();
  for (const each of [...others, one]) await each.connect();
  await one.hears('update_offer');
  for (const each of others) {
    if (each.version === 2 && each !== foreign) await settled(each); // The others cannot be asked.
    expect(each.all('update_offer')).toEqual([]);
    expect((await programCall(bench.url, each, { sha256 })).status).toBe(404);
  }
  expect((await programCall(bench.url, one, { sha256 })).status).toBe(206);
  // Word of a version that nobody offered there counts for nothing.
  says(others[0] as ScriptedRuntime, '0.3.2', 'rolled_back', 'made up');
  await settled(others[0] as ScriptedRuntime);
  expect((await shown(others[0] as ScriptedRuntime)).update).toBeNull();
  await stop('0.3.2');
});

it('offers no release that speaks a protocol this server does not, nor one that was bent in the database, but the newest of those that it can', async () => {
  await made.add('0.4.0');
  await made.add('0.4.1');
  const program = Buffer.from('speaks protocol 3');
  await made.add('0.5.0', program, made.sign('0.5.0', program, { minProtocol: 3 }));
  const one = await runtime();
  for (const version of ['0.5.0', '0.4.0', '0.4.1']) await offer(version, one);
  await one.connect();
  expect((await one.hears('update_offer')).version).toBe('0.4.1');
  await settled(one);
  await bench.rows(`update release set description = '{"v": 9}' where version = '0.4.1'`);
  expect(await offersAgain(one)).toBe(1);
  expect(one.all('update_offer').at(-1)?.version).toBe('0.4.0');
  expect(one.all('update_offer').some(({ version }) => version === '0.5.0')).toBe(false);
});

it('U40 offers an older release when the newest is refused, does not take the refusal back, and comes back to the newest when nothing else is left', async () => {
  await made.add('0.8.0');
  await made.add('0.8.1');
  const one = await runtime();
  await one.connect();
  await offer('0.8.0', one);
  await offer('0.8.1', one);
  await one.hears('update_offer', ({ version }) => version === '0.8.1');
  says(one, '0.8.1', 'refused', 'This computer is too old for it.');
  await waitFor('the older one', () => one.all('update_offer').at(-1)?.version === '0.8.0');
  await settled(one);
  expect(one.all('update_withdrawn').some(({ version }) => version === '0.8.1')).toBe(false);
  expect(await offersAgain(one)).toBe(1);
  expect(one.all('update_offer').at(-1)?.version).toBe('0.8.0');
  says(one, '0.8.0', 'refused', 'Nor for this.');
  expect(await offersAgain(one)).toBe(1);
  expect(one.all('update_offer').at(-1)?.version).toBe('0.8.1');
  await stop('0.8.0');
  await stop('0.8.1');
});

it('takes an offer back: the runtime is told, may fetch nothing more, and an offer made again begins anew', async () => {
  const sha256 = await made.add('0.6.0');
  const one = await runtime();
  await one.connect();
  await offer('0.6.0', one);
  await one.hears('update_offer');
  says(one, '0.6.0', 'fetching');
  await showsUpdate(one, { state: 'fetching' });
  await stop('0.6.0');
  expect(await one.hears('update_withdrawn')).toMatchObject({ version: '0.6.0' });
  // Said before it heard.
  says(one, '0.6.0', 'checked');
  await settled(one);
  await showsUpdate(one, { state: 'withdrawn' });
  expect((await programCall(bench.url, one, { sha256 })).status).toBe(404);
  await offer('0.6.0', one);
  await showsUpdate(one, { state: 'offered' });
  expect((await programCall(bench.url, one, { sha256 })).status).toBe(206);
  await stop('0.6.0');
});

it('gives a program only for a fresh request that this runtime signed, for exactly this place', async () => {
  const sha256 = await made.add('0.7.0');
  const one = await runtime();
  const other = await runtime();
  await one.connect();
  await offer('0.7.0', one);
  await one.hears('update_offer');
  const status = async (call: object, by = one) => (await programCall(bench.url, by, { sha256, ...call })).status;
  expect(await status({})).toBe(206);
  expect(await status({ signature: Buffer.alloc(64).toString('base64') })).toBe(401);
  expect(await status({ at: Date.now() - 600_000 })).toBe(401);
  expect(await status({}, other)).toBe(404);
  expect(await status({ sha256: 'ab'.repeat(32) })).toBe(404);
  expect((await fetch(`${bench.url}/agent/releases/${sha256}`)).status).toBe(401);
  await bench.rows('update runtime set revoked_at = now() where id = $1', [one.identity.runtimeId]);
  expect(await status({})).toBe(401);
});
