import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { statSync } from 'node:fs';
import { type ApiBench, openApiBench } from '@throughline/api/testing/api-bench';
import { type Desk, gid, rawId } from '@throughline/api/testing/desk';
import { type ScriptedRuntime, playing } from '@throughline/api/testing/scripted-runtime';
import { actionHash, consentHash } from '@throughline/domain/action';
import type { CommandSpec } from '@throughline/domain/command';
import { type Envelope, envelopeBytes, envelopeFor } from '@throughline/domain/envelope';
import { scopeEndBytes } from '@throughline/domain/signed-bytes';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { withTenant } from '@throughline/store/tenant';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EffectContext } from '../effect-context.ts';
import { proofFor } from '../evidence.ts';
import type { SignerProcess } from '@throughline/api/testing/signer-process';
import type { Evidence } from './protocol.ts';
import { SignerClient } from './signer-client.ts';

/* The signer as a process of its own, between a real worker and a real database. */
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
let bench: ApiBench;
let signer: SignerProcess;
let client: SignerClient;
let jun: Desk;
let made = 0;
beforeAll(async () => {
  bench = await openApiBench({ signerApart: true });
  signer = bench.signer as SignerProcess;
  client = new SignerClient(signer.socket);
  jun = bench.desk(bench.northgate.people.jun);
});
afterAll(async () => {
  client?.close();
  await bench?.close();
});

async function working(): Promise<{ runtime: ScriptedRuntime; sessionId: string }> {
  const runtime = await bench.enrol(bench.northgate.clients.harbor.id, `SIGN-${++made}`);
  expect(await runtime.connect()).toBe('welcome');
  return { runtime, sessionId: await bench.active(jun, runtime) };
}
const commandRow = async (id: string) =>
  (await bench.rows<{ state: string; words: string }>('select state, words from command where id = $1', [id]))[0];

/** The order for a command as the worker would make it, and what it would bring as evidence. */
async function orderOf(
  { runtime, sessionId }: { runtime: ScriptedRuntime; sessionId: string },
  commandId: string,
): Promise<{ envelope: Envelope; evidence: Evidence[] }> {
  const { mspId, runtimeId, endpointId } = runtime.identity;
  const [row] = await bench.rows<{ spec: CommandSpec; risk: Envelope['risk']; counter: number }>(
    `select c.spec, c.risk, r.command_counter as counter from command c, runtime r where c.id = $1 and r.id = $2`,
    [commandId, runtimeId],
  );
  if (row === undefined) throw new Error('no such command');
  const given = await bench.rows<{ id: string; kind: 'session' | 'action'; hash: string }>(
    `select id, kind, hash from approval_request
     where session_id = $1 and (kind = 'session' or command_id = $2) and state = 'approved' order by requested_at`,
    [sessionId, commandId],
  );
  const envelope = envelopeFor(row.spec, {
    ...{ mspId, runtimeId, endpointId, sessionId, commandId },
    counter: Number(row.counter) + 1,
    notBefore: Date.now() - 60_000,
    notAfter: Date.now() + 15 * 60_000,
    risk: row.risk,
    actionHash: actionHash(sha256, sessionId, endpointId, row.spec),
    approvals: given,
    technician: 'Jun',
  });
  const { evidence } = await withTenant(bench.deps.pool, { mspId, clients: '*' }, (tx) =>
    proofFor(
      new EffectContext(tx, mspId, sessionId, client),
      given.map((approval) => approval.id),
    ),
  );
  return { envelope, evidence };
}

it('F044 orders are signed by a process of its own, whose socket is closed to everybody else', async () => {
  const place = await working();
  const id = await bench.command(jun, place.sessionId);
  await place.runtime.plays(id, playing(id, ['ok\n']));
  expect(statSync(signer.socket).mode & 0o777).toBe(0o600);
  await waitFor('the line in its log', () =>
    signer.logged.some((line) => line.msg === 'signed' && line.commandId === id),
  );
  const { envelope, evidence } = await orderOf(place, id);
  const signed = await client.sign(envelope, evidence);
  const key = { key: Buffer.from(place.runtime.identity.commandKey, 'base64'), format: 'der', type: 'spki' } as const;
  expect(verify(null, envelopeBytes(envelope), key, signed.signature)).toBe(true);
});

it('U34 signs an order that asked nobody only where the endpoint signed that its owner allows such a command', async () => {
  const { groupId, id: clientId } = bench.northgate.clients.harbor;
  await bench.policy('client_group', groupId, { riskFloor: 'read_only' });
  const runtime = await bench.enrol(clientId, `SIGN-${++made}`);
  expect(await runtime.connect()).toBe('welcome');
  await bench.policy('endpoint', runtime.identity.endpointId, { read_only: 'unattended', change: 'unattended' });
  const sessionId = await bench.started(jun, runtime);
  const approvalId = await runtime.allowUnattended(['change']);
  await runtime.hears('decided', (m) => m.approvalId === approvalId && m.counted);
  const propose = async (script: string) =>
    rawId(
      (
        await jun.must('proposeCommand', {
          sessionId: gid('Session', sessionId),
          shell: 'bash',
          script,
          reason: 'patch',
        })
      ).id as string,
    );
  const change = await propose('systemctl restart cups');
  await runtime.plays(change, playing(change, ['']));
  const wipe = await propose('rm -rf /srv/old');
  await runtime.hears('prompt', (m) => m.prompt.kind === 'action');
  const { mspId } = runtime.identity;
  const { statement } = await withTenant(bench.deps.pool, { mspId, clients: '*' }, (tx) =>
    proofFor(new EffectContext(tx, mspId, sessionId, client), [approvalId]),
  );
  const rule = { rule: 'P-10', level: 'endpoint', version: 1 } as const;
  const unattended = async (id: string): Promise<Envelope> => {
    const { envelope } = await orderOf({ runtime, sessionId }, id);
    return { ...envelope, v: 2, unattended: rule };
  };
  const order = await unattended(change);
  await expect(client.sign(order, [], statement)).resolves.toBeDefined();
  const no = { code: 'NO_APPROVAL' };
  await expect(client.sign(await unattended(wipe), [], statement)).rejects.toMatchObject(no);
  await expect(client.sign(order, [])).rejects.toMatchObject({ code: 'NO_CONSENT' });
  await expect(client.sign({ ...order, approvals: [] }, [], statement)).rejects.toMatchObject({ code: 'NO_CONSENT' });
  const forged = { ...statement!, classes: ['change' as const, 'destructive' as const] };
  await expect(client.sign(await unattended(wipe), [], forged)).rejects.toMatchObject({ code: 'NO_CONSENT' });
  const { unattended: _rule, ...plain } = order as Envelope & { v: 2 };
  await expect(client.sign(plain, [], statement)).rejects.toMatchObject(no);
});

it('F015 kill -9 of the signer: a command waits, and is sent once it is back', async () => {
  const { runtime, sessionId } = await working();
  await signer.kill();
  const id = await bench.command(jun, sessionId);
  await expect(client.ping()).rejects.toThrow(/The signer is away/);
  expect(runtime.all('command')).toEqual([]);
  expect(await bench.rows('select 1 from command_outbox where command_id = $1', [id])).toEqual([]);
  await signer.start();
  await runtime.order(id, 20_000);
  await runtime.plays(id, playing(id, ['late\n']));
});

it('F044 a change that nobody approved is not signed: refused, and logged by its ids alone; with the yes it is', async () => {
  const place = await working();
  const { runtime, sessionId } = place;
  const script = 'rm -rf /srv/very-secret-name';
  const proposed = await jun.must('proposeCommand', {
    sessionId: gid('Session', sessionId),
    shell: 'bash',
    script,
    reason: 'it fills the disk',
  });
  const id = rawId(proposed.id as string);
  await runtime.hears('prompt', (m) => m.prompt.command === script);
  const { envelope, evidence } = await orderOf(place, id);
  await expect(client.sign(envelope, evidence)).rejects.toMatchObject({ code: 'NO_APPROVAL' });
  // Its words come over a pipe of their own.
  const line = await waitFor('the line in its log', () => signer.logged.find((entry) => entry.commandId === id));
  expect(line).toMatchObject({ msg: 'refused', code: 'NO_APPROVAL', sessionId, runtimeId: envelope.runtimeId });
  expect(JSON.stringify(signer.logged)).not.toContain('very-secret-name');
  await runtime.approves(sessionId, 'action');
  await runtime.order(id);
});

it('F044 each member that is not what was asked for is refused by name', async () => {
  const [place, other] = [await working(), await working()];
  const id = await bench.command(jun, place.sessionId);
  await place.runtime.order(id);
  const { envelope, evidence } = await orderOf(place, id);
  const theirs = other.runtime.identity;
  const code = (change: Partial<Envelope>, said: Evidence[] = evidence) =>
    client.sign({ ...envelope, ...change } as Envelope, said).then(
      () => 'signed',
      (error: { code?: string; message: string }) => error.code ?? error.message,
    );
  expect(await code({})).toBe('signed');
  expect(await code({ mspId: bench.rivermark.mspId })).toBe('NOT_FOUND');
  expect(await code({ sessionId: other.sessionId })).toBe('WRONG_RUNTIME');
  expect(await code({ runtimeId: theirs.runtimeId })).toBe('WRONG_RUNTIME');
  expect(await code({ endpointId: theirs.endpointId })).toBe('WRONG_RUNTIME');
  expect(await code({ counter: envelope.counter - 1 })).toBe('BAD_COUNTER');
  expect(await code({ counter: envelope.counter + 1_000 })).toBe('BAD_COUNTER');
  expect(await code({ notAfter: envelope.notAfter + 60_000 })).toBe('BAD_LIFETIME');
  expect(await code({ notBefore: Date.now() + 3_600_000, notAfter: Date.now() + 3_700_000 })).toBe('BAD_LIFETIME');
  expect(await code({ script: 'id' })).toBe('WRONG_COMMAND');
  expect(await code({ risk: 'change' })).toBe('WRONG_COMMAND');
  expect(await code({ commandId: other.runtime.identity.runtimeId })).toBe('WRONG_COMMAND');
  expect(await code({ commandId: 'x' })).toBe('MALFORMED');
  expect(await code({ approvals: [] })).toBe('NO_CONSENT');
  expect(await code({}, [])).toBe('NO_CONSENT');
  const denied = evidence.map((said) => ({ ...said, decision: 'deny' }));
  expect(await code({}, denied)).toBe('NO_CONSENT');
  const forged = evidence.map((said) => ({ ...said, at: said.at + 1 }));
  expect(await code({}, forged)).toBe('NO_CONSENT');
  const foreign = consentHash(sha256, other.sessionId, theirs.endpointId);
  expect(await code({ approvals: envelope.approvals.map((given) => ({ ...given, hash: foreign })) })).toBe(
    'NO_CONSENT',
  );
});

it('F044 an answer is signed for a command that was ordered with its input open, and for no other', async () => {
  const { runtime, sessionId } = await working();
  const id = await bench.command(jun, sessionId);
  await runtime.order(id);
  const { mspId, runtimeId, endpointId } = runtime.identity;
  const answer = {
    ...{ v: 1 as const, mspId, runtimeId, endpointId, sessionId, commandId: id, seq: 1, text: 'y\n', end: false },
    ...{ notAfter: Date.now() + 60_000, technician: 'Jun' },
  };
  await expect(client.signInput(answer)).rejects.toMatchObject({ code: 'NO_OPEN_INPUT' });
  const never = { ...answer, commandId: sessionId };
  await expect(client.signInput(never)).rejects.toMatchObject({ code: 'WRONG_COMMAND' });
  // As if somebody had written an order with an open input into the database: it is not this signer's.
  await bench.rows('update command_outbox set signature = $2 where command_id = $1', [id, Buffer.alloc(64)]);
  await expect(client.signInput(answer)).rejects.toMatchObject({ code: 'WRONG_COMMAND' });
});

it('F044 what a key signed that the runtime has changed since still counts; a revoked runtime gets nothing', async () => {
  const place = await working();
  expect(await place.runtime.rotates()).toMatchObject({ accepted: true });
  const id = await bench.command(jun, place.sessionId);
  await place.runtime.order(id);
  const { envelope, evidence } = await orderOf(place, id);
  await bench.rows('update runtime set revoked_at = now() where id = $1', [envelope.runtimeId]);
  await expect(client.sign(envelope, evidence)).rejects.toMatchObject({ code: 'REVOKED' });
});

it('F044 an order that the signer refuses ends its command in words, and the session goes on', async () => {
  const { runtime, sessionId } = await working();
  const { runtimeId } = runtime.identity;
  const [before] = await bench.rows<{ public_key: Buffer }>('select public_key from runtime where id = $1', [
    runtimeId,
  ]);
  // As if somebody had put a key of their own into the database: what the person signed does not fit it.
  const { publicKey } = generateKeyPairSync('ed25519');
  const set = (key: Buffer | undefined) =>
    bench.rows('update runtime set public_key = $2 where id = $1', [runtimeId, key]);
  await set(publicKey.export({ type: 'spki', format: 'der' }));
  const refused = await bench.command(jun, sessionId);
  const row = await waitFor('the refusal', async () => {
    const found = await commandRow(refused);
    return found?.state === 'denied' ? found : null;
  });
  expect(row.words).toBe(
    'The signer refused the order (NO_CONSENT), so nothing was sent. A yes that the order names is not signed by the endpoint’s key. Ask again.',
  );
  await set(before?.public_key);
  const next = await bench.command(jun, sessionId);
  await runtime.plays(next, playing(next, ['fine\n']));
});

it('F051 an order that cites an earlier yes is signed within what the endpoint signed that it covers, and no further', async () => {
  const place = await working();
  const { runtime, sessionId } = place;
  const propose = async (script: string) =>
    rawId(
      (
        await jun.must('proposeCommand', {
          sessionId: gid('Session', sessionId),
          shell: 'bash',
          script,
          reason: 'the VPN hangs',
        })
      ).id as string,
    );
  const first = await propose('systemctl restart vpn');
  const { prompt } = await runtime.hears('prompt', (m) => m.prompt.command === 'systemctl restart vpn');
  expect(prompt.scopes).toBe(true);
  const scope = {
    kind: 'category',
    minutes: 15,
    category: 'services',
    folder: null,
    shell: 'bash',
    atMost: 'change',
  } as const;
  runtime.decide(prompt.approvalId, 'approve', { scope });
  await runtime.plays(first, playing(first, ['ok\n']));

  const second = await propose('systemctl stop vpn');
  await runtime.plays(second, playing(second, ['ok\n']));
  const cited = await bench.rows<{ payload: Buffer }>(
    `select p.payload from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
     where e.session_id = $1 and e.kind = 'approval_cited'`,
    [sessionId],
  );
  expect(cited.map(({ payload }) => JSON.parse(payload.toString()) as object)).toMatchObject([
    { commandId: second, approvalId: prompt.approvalId },
  ]);
  expect(runtime.all('prompt').some((m) => m.prompt.command === 'systemctl stop vpn')).toBe(false);

  // Another category asks again; its yes was given so long ago, by the endpoint's clock, that it covers nothing more.
  const third = await propose('cupsenable HP');
  const asked = (await runtime.hears('prompt', (m) => m.prompt.command === 'cupsenable HP')).prompt;
  runtime.decide(asked.approvalId, 'approve', {
    scope: { ...scope, category: 'printers' },
    at: Date.now() - 20 * 60_000,
  });
  await runtime.plays(third, playing(third, ['ok\n']));
  const fourth = await propose('cupsdisable HP');
  await runtime.hears('prompt', (m) => m.prompt.command === 'cupsdisable HP');

  // A worker taken over: it cites a yes all the same.
  const code = async (commandId: string, yes: typeof prompt, forge: (said: Evidence) => Evidence = (said) => said) => {
    const { envelope, evidence } = await orderOf(place, commandId);
    const consent = envelope.approvals.filter((approval) => approval.kind === 'session');
    const { evidence: said } = await withTenant(bench.deps.pool, { mspId: envelope.mspId, clients: '*' }, (tx) =>
      proofFor(new EffectContext(tx, envelope.mspId, sessionId, client), [yes.approvalId]),
    );
    const cites = { id: yes.approvalId, kind: 'action' as const, hash: yes.hash };
    return client.sign({ ...envelope, approvals: [...consent, cites] }, [...evidence, ...said.map(forge)]).then(
      () => 'signed',
      (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
    );
  };
  expect(await code(second, prompt)).toBe('signed');
  expect(await code(fourth, prompt)).toMatch(/^NO_APPROVAL: .*does not cover/);
  expect(await code(fourth, asked)).toMatch(/^NO_APPROVAL: .*time .* is over/);
  // The person stops allowing the first kind: from then on it is asked for again, and nothing is signed on that yes.
  const end = { approvalId: prompt.approvalId, account: 'olivia', at: Date.now() };
  runtime.say({ type: 'end_scope', ...end, signature: runtime.signs(scopeEndBytes({ ...end, account: 'jun' })) });
  runtime.say({ type: 'end_scope', ...end, signature: runtime.signs(scopeEndBytes(end)) });
  await waitFor('the end in the record', async () => {
    const ends = await bench.rows(
      "select 1 from transcript_entry where session_id = $1 and kind = 'approval_scope_ended'",
      [sessionId],
    );
    return ends.length > 0 ? ends : null;
  });
  expect(await code(second, prompt)).toMatch(/^NO_APPROVAL: .*ended/);
  await propose('systemctl start vpn');
  const anew = await runtime.hears('prompt', (m) => m.prompt.command === 'systemctl start vpn');
  expect(anew.prompt.scopes).toBe(true);
  runtime.say({ type: 'end_scope', ...end, signature: runtime.signs(scopeEndBytes(end)) });
  runtime.decide(anew.prompt.approvalId, 'deny');
  await runtime.hears('decided', (m) => m.approvalId === anew.prompt.approvalId);
  const told = await bench.rows<{ words: string }>(
    `select convert_from(p.payload, 'utf8')::jsonb->>'words' as words from transcript_entry e
     join transcript_payload p using (msp_id, session_id, seq) where e.session_id = $1 and e.kind = 'approval_scope_ended'`,
    [sessionId],
  );
  expect(told.map(({ words }) => words)).toEqual([
    'What an earlier yes covered is allowed no more: commands that start and stop services. Later commands ask again.',
  ]);
  const wider = (said: Evidence): Evidence => ({ ...said, scope: { ...scope, category: 'printers' } });
  expect(await code(fourth, prompt, wider)).toMatch(/^NO_APPROVAL: .*not signed/);
});
