import { generateKeyPairSync } from 'node:crypto';
import { SoftPasskey } from '@throughline/agent/testing/soft-passkey';
import type { Prompt } from '@throughline/domain/agent-protocol';
import type { PasskeyAnswer } from '@throughline/domain/passkey';
import { registrationChallenge } from '@throughline/domain/passkey-registration';
import { ROLES } from '@throughline/domain/role';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { sha256 } from '@throughline/store/record-store';
import { withTenant } from '@throughline/store/tenant';
import { verifySession } from '@throughline/store/database-verify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid, rawId } from '../testing/desk.ts';
import { FACTS, type ScriptedRuntime, enrolOver, playing } from '../testing/scripted-runtime.ts';

let bench: ApiBench;
let ada: Desk;
let sam: Desk;
let site: { rpId: string; origin: string };
const harbor = () => bench.northgate.clients.harbor.id;

beforeAll(async () => {
  bench = await openApiBench();
  ada = bench.desk(bench.northgate.people.ada);
  sam = bench.desk(bench.northgate.people.sam);
  site = { rpId: '127.0.0.1', origin: bench.url };
});
afterAll(() => bench?.close());

const CONTACT = '... on Approver { id email phone }';
const LINK = '... on ApproverLink { url approver { id name registeredAt fingerprint } }';
async function named(name: string, clientId = harbor()): Promise<{ id: string; token: string }> {
  const made = await ada.must('createApprover', { clientId: gid('Client', clientId), name }, LINK);
  return { id: (made.approver as { id: string }).id, token: tokenOf(made.url as string) };
}
const tokenOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);

interface Said {
  status: number;
  body: Record<string, unknown> & { error?: { code: string; message: string } };
}
async function call(path: string, body?: unknown): Promise<Said> {
  const answer = await fetch(`${bench.url}/api/approver/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', 'x-throughline': '1' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Said['body'] };
}

async function registered(name: string, clientId = harbor()) {
  const { id, token } = await named(name, clientId);
  const key = new SoftPasskey(name);
  const { status, body } = await call(
    `register/${token}`,
    key.registration(site, registrationChallenge(sha256, token)),
  );
  expect(status).toBe(200);
  return { id, key, registration: token, desk: body.token as string, fingerprint: body.fingerprint as string };
}

const answerTo = (key: SoftPasskey, endpointId: string, prompt: Prompt, said: Partial<PasskeyAnswer> = {}) => {
  const { sessionId, approvalId, hash, expiresAt } = prompt;
  const answer: PasskeyAnswer = {
    ...{ endpointId, sessionId, approvalId, hash, expiresAt },
    ...{ decision: 'approve', reason: '', ...said },
  };
  const { decision, reason } = answer;
  return { approvalId, decision, reason, passkey: key.answer(answer, site) };
};

it('strong mode: a link makes one passkey, once; guessed, reused, replaced and ended links say so', async () => {
  const { token } = await named('Mara Voss');
  const key = new SoftPasskey('Mara Voss');
  const challenge = registrationChallenge(sha256, token);
  expect((await call(`register/${token}`)).body).toMatchObject({ name: 'Mara Voss', ...site });
  expect(await call('register/guessed')).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
  // Of another place, for another link, by nobody in particular: not taken, and the link stays good.
  for (const bad of [
    key.registration({ ...site, origin: 'https://evil.test' }, challenge),
    key.registration({ ...site, rpId: 'evil.test' }, challenge),
    key.registration(site, registrationChallenge(sha256, 'another')),
    key.registration(site, challenge, 0x41),
    { ...key.registration(site, challenge), credentialId: 'AAAAAAAA' },
    { ...key.registration(site, challenge), publicKey: 'A'.repeat(60) },
    { ...key.registration(site, challenge), clientDataJSON: '!' },
  ])
    expect(await call(`register/${token}`, bad)).toMatchObject({
      status: 400,
      body: { error: { code: 'INVALID_INPUT' } },
    });
  const made = await call(`register/${token}`, key.registration(site, challenge));
  expect(made.status).toBe(200);
  const again = await call(`register/${token}`, key.registration(site, challenge));
  expect(again).toMatchObject({ status: 410, body: { error: { code: 'TOKEN_USED' } } });
  expect(await call(`desk/${token}`)).toMatchObject({ status: 404 });
  const desk = made.body.token as string;
  expect((await call(`desk/${desk}`)).body).toMatchObject({ name: 'Mara Voss', questions: [] });
  const rows = await bench.rows<{ text: string }>('select l::text as text from approver_link l');
  expect(rows.some(({ text }) => text.includes(token) || text.includes(desk))).toBe(false);

  const listed = await ada.gql<{ approvers: { approvers: { id: string; fingerprint: string }[]; pins: string } }>(
    'query($c: ID!) { approvers(clientId: $c) { approvers { id fingerprint } pins } }',
    { c: gid('Client', harbor()) },
  );
  const [mara] = listed.approvers.approvers;
  expect(mara?.fingerprint).toBe(made.body.fingerprint);
  expect(JSON.parse(listed.approvers.pins)).toEqual({ ...site, approvers: [key.approver] });
  const renewed = await ada.must('renewApproverLink', { approverId: mara?.id }, LINK);
  expect(await call(`desk/${desk}`)).toMatchObject({ status: 410, body: { error: { code: 'TOKEN_EXPIRED' } } });
  const fresh = tokenOf(renewed.url as string);
  expect((await call(`desk/${fresh}`)).status).toBe(200);
  await bench.rows("update approver_link set expires_at = now() - interval '1 second' where used_at is null");
  expect(await call(`desk/${fresh}`)).toMatchObject({ status: 410, body: { error: { code: 'TOKEN_EXPIRED' } } });
  await ada.must('revokeApprover', { approverId: mara?.id });
  expect((await call(`desk/${fresh}`)).body.error?.message).toContain('not an approver here any more');
});

it('strong mode: no role but the one that keeps settings names approvers, and none can answer', async () => {
  const clientId = gid('Client', harbor());
  for (const role of ROLES.filter((each) => each !== 'admin')) {
    const people = Object.values(bench.northgate.people);
    const person = people.find((each) => each.role === role);
    const desk = bench.desk(person ?? null);
    expect((await desk.act('createApprover', { clientId, name: 'X' }, LINK)).code, role).toBe('FORBIDDEN');
    const read = await desk.raw('query($c: ID!) { approvers(clientId: $c) { pins } }', { c: clientId });
    expect(read.errors?.[0]?.extensions?.code, role).toBe('FORBIDDEN');
  }
  const rex = bench.desk(bench.rivermark.people.rex);
  expect((await rex.act('createApprover', { clientId, name: 'X' }, LINK)).code).toBe('NOT_FOUND');
});

it('strong mode: an answer goes to the endpoint, which alone decides whether it counts', async () => {
  await bench.policy('client', harbor(), { strong: true });
  const mara = await registered('Mara Voss');
  const other = await registered('Otto Else', bench.northgate.clients.cedar.id);
  const runtime: ScriptedRuntime = await bench.enrol(harbor(), 'HARB-WS-21');
  const { endpointId, approvers } = runtime.identity;
  expect(approvers).toEqual({ ...site, approvers: [mara.key.approver] });
  await runtime.connect();
  const sessionId = await bench.active(sam, runtime);
  expect((await call(`desk/${mara.desk}`)).body.questions).toEqual([]);

  // It only reads, and waits all the same.
  const proposed = { sessionId: gid('Session', sessionId), shell: 'bash', script: 'uname -a' };
  expect(await sam.act('proposeCommand', proposed)).toMatchObject({ code: 'REASON_REQUIRED' });
  const typed = { ...proposed, input: true, reason: 'to see' };
  expect(await sam.act('proposeCommand', typed)).toMatchObject({ code: 'POLICY_DENIED' });
  const { id } = await sam.must('proposeCommand', { ...proposed, reason: 'to see which kernel it has' });
  const commandId = rawId(id as string);
  const { prompt } = await runtime.hears('prompt', (m) => m.prompt.kind === 'action');
  const desk = (await call(`desk/${mara.desk}`)).body as { questions: { prompt: Prompt; endpointId: string }[] };
  expect(desk.questions).toMatchObject([{ endpointId, prompt: { command: 'uname -a', code: prompt.code } }]);
  expect((await call(`desk/${other.desk}`)).body.questions).toEqual([]);
  const elsewhere = await call(`desk/${other.desk}`, answerTo(other.key, endpointId, prompt));
  expect(elsewhere).toMatchObject({ status: 400, body: { error: { code: 'ALREADY_DECIDED' } } });
  const forged = await call(`desk/${mara.desk}`, answerTo(other.key, endpointId, prompt));
  expect(forged).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
  const { passkey } = answerTo(mara.key, endpointId, prompt, { decision: 'deny' });
  const turned = { ...answerTo(mara.key, endpointId, prompt), passkey };
  expect(await call(`desk/${mara.desk}`, turned)).toMatchObject({ status: 403 });
  expect(await call(`desk/${mara.desk}`, { ...turned, reason: 'x'.repeat(501) })).toMatchObject({ status: 400 });

  const good = answerTo(mara.key, endpointId, prompt);
  expect((await call(`desk/${mara.desk}`, good)).status).toBe(200);
  expect((await call(`desk/${mara.desk}`, good)).body.error?.code).toBe('ALREADY_DECIDED');
  const carried = await runtime.hears('approver_answer');
  expect(carried).toMatchObject(good);
  const state = () =>
    bench.rows<{ state: string }>('select state from approval_request where id = $1', [prompt.approvalId]);
  expect(await state()).toEqual([{ state: 'waiting' }]);

  // The endpoint says no to it: the approver reads why, and answers again.
  runtime.say({ type: 'answer_refused', approvalId: prompt.approvalId, message: 'Not pinned here.', at: Date.now() });
  await waitFor('the refusal on the page', async () => {
    const [question] = (await call(`desk/${mara.desk}`)).body.questions as { answer: { refusedWhy: string } | null }[];
    return question?.answer?.refusedWhy === 'Not pinned here.';
  });
  expect((await call(`desk/${mara.desk}`, good)).status).toBe(200);
  runtime.decide(prompt.approvalId, 'approve', { account: 'Mara Voss', passkey: good.passkey });
  await runtime.hears('decided', (m) => m.approvalId === prompt.approvalId && m.counted);
  const order = await runtime.order(commandId);
  expect(order.approvals.map(({ id }) => id)).toContain(prompt.approvalId);
  const [entry] = await bench.rows<{ payload: string }>(
    `select convert_from(p.payload, 'UTF8') as payload from transcript_payload p
     join transcript_entry e on e.msp_id = p.msp_id and e.session_id = p.session_id and e.seq = p.seq where e.key = $1`,
    [`decided:${prompt.approvalId}`],
  );
  expect(JSON.parse(entry?.payload ?? '{}')).toMatchObject({
    channel: 'passkey',
    account: 'Mara Voss',
    passkey: good.passkey,
  });
  expect((await call(`desk/${mara.desk}`)).body).toMatchObject({ questions: [], answered: [{ state: 'approved' }] });
});

it('strong mode: a runtime too old for it is not enrolled', async () => {
  const { token } = await ada.must(
    'createEnrollmentToken',
    { clientId: gid('Client', harbor()) },
    '... on EnrollmentToken { token }',
  );
  const { consoleUser, runAsOthers, bootedAt, ...facts } = FACTS;
  expect([consoleUser, runAsOthers, bootedAt]).toHaveLength(3);
  const answer = await enrolOver(bench.url, {
    ...{ v: 1, facts: { ...facts, hostname: 'HARB-WS-22' } },
    ...{ token: token as string, hostname: 'HARB-WS-22', publicKey: freshKey() },
  });
  expect(await answer.json()).toMatchObject({ error: { code: 'INVALID_STATE' } });
});

const payloads = (sessionId: string, kind: string) =>
  bench
    .rows<{ payload: string }>(
      `select convert_from(p.payload, 'UTF8') as payload from transcript_payload p
       join transcript_entry e on e.msp_id = p.msp_id and e.session_id = p.session_id and e.seq = p.seq
       where e.session_id = $1 and e.kind = $2 order by e.seq`,
      [sessionId, kind],
    )
    .then((rows) => rows.map(({ payload }): unknown => JSON.parse(payload)));

/** F053, F054 for a named approver: reminded by mail and on the own page, called by name; never the client's contact, never the device. */
async function remindsAndCalls(
  waiting: string,
  { id: approverId, desk }: { id: string; desk: string },
  { approvalId }: Prompt,
  sessionId: string,
): Promise<void> {
  const asked = async () => {
    const { node } = await sam.gql<{ node: object }>(
      'query($id: ID!) { node(id: $id) { ... on ApprovalRequest { nudges contacts contactedBy contactedWhom approvers { id name email phone } } } }',
      { id: waiting },
    );
    return node;
  };
  const bea = { id: approverId, name: 'Bea Bright' };
  expect(await asked()).toMatchObject({ approvers: [{ ...bea, email: '', phone: '' }], contactedWhom: null });
  const reached = { email: 'bea@brightline.example', phone: '555-0177' };
  expect(await sam.act('setApproverContact', { approverId, ...reached }, CONTACT)).toMatchObject({ code: 'FORBIDDEN' });
  expect(await ada.act('setApproverContact', { approverId, ...reached, email: 'bea' }, CONTACT)).toMatchObject({
    code: 'INVALID_INPUT',
  });
  await ada.must('setApproverContact', { approverId, ...reached }, CONTACT);
  expect(await asked()).toMatchObject({ approvers: [{ ...bea, ...reached }] });

  // Whoever may not remind at all is told that, and leaves nothing behind.
  const theo = bench.desk(bench.northgate.people.theo);
  expect(await theo.act('nudgeApproval', { approvalId: waiting })).toMatchObject({ code: 'FORBIDDEN' });
  const mailed = () =>
    bench.rows('select approver_id, notification_id, state from mail_outbox where approval_id = $1', [approvalId]);
  expect(await mailed()).toEqual([]);
  await sam.must('nudgeApproval', { approvalId: waiting });
  expect(await sam.act('nudgeApproval', { approvalId: waiting })).toMatchObject({ code: 'RATE_LIMITED' });
  await waitFor('the reminder', async () => (await mailed()).length === 1);
  expect(await payloads(sessionId, 'approval_nudged')).toEqual([{ approvalId, count: 1, approvers: ['Bea Bright'] }]);
  expect(await mailed()).toMatchObject([{ approver_id: rawId(approverId), notification_id: null }]);
  expect(await bench.rows("select actor, details from audit_event where action = 'approver.reminded'")).toEqual([
    {
      actor: bench.northgate.people.sam.email,
      details: { approvalId, count: 1, approvers: ['Bea Bright'], mailQueuedFor: ['Bea Bright'] },
    },
  ]);
  const page = (await call(`desk/${desk}`)).body as { questions: { reminded: { times: number } | null }[] };
  expect(page.questions).toMatchObject([{ reminded: { times: 1, at: expect.any(Number) } }]);

  const called = { approvalId: waiting, how: 'phone', reached: true, idempotencyKey: 'bea-1' };
  expect(await sam.act('recordContact', called)).toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringContaining('Say which of them'),
  });
  const elsewhere = await named('Nia North');
  expect(await sam.act('recordContact', { ...called, approverId: elsewhere.id })).toMatchObject({ code: 'NOT_FOUND' });
  await sam.must('recordContact', { ...called, approverId });
  expect(await payloads(sessionId, 'person_contacted')).toEqual([
    { approvalId, how: 'phone', reached: true, words: '', approver: 'Bea Bright' },
  ]);
  const by = bench.northgate.people.sam.name;
  expect(await asked()).toMatchObject({ contacts: 1, contactedBy: by, contactedWhom: 'Bea Bright', nudges: 1 });
}

it('F049 F050 F053 F054 a class that asks a named approver: no approver, none pinned, the person’s yes, the passkey’s yes', async () => {
  const clientId = bench.northgate.clients.brightline.id;
  await bench.policy('client', clientId, { change: 'ask_approver', destructive: 'refuse' });
  const runtime = await bench.enrol(clientId, 'BRIG-WS-07');
  expect(runtime.identity.approvers).toEqual({ ...site, approvers: [], classes: ['change'] });
  const { endpointId } = runtime.identity;
  await runtime.connect();
  const sessionId = await bench.active(sam, runtime);
  const proposed = { sessionId: gid('Session', sessionId), shell: 'bash', script: 'touch /tmp/x', reason: 'to try it' };

  // Nobody to ask: refused by its own rule, on the record, and the person is not asked instead.
  expect(await sam.act('proposeCommand', proposed)).toMatchObject({ code: 'POLICY_DENIED' });
  const key = await registered('Bea Bright', clientId);
  expect(await sam.act('proposeCommand', proposed)).toMatchObject({
    code: 'POLICY_DENIED',
    message: expect.stringContaining('pinned'),
  });
  const policy = { verdict: 'refuse', rule: 'P-12', policyLevel: 'client', policyVersion: 1 };
  expect(await payloads(sessionId, 'command_policy')).toMatchObject([policy, policy]);
  expect(runtime.all('prompt').filter(({ prompt }) => prompt.kind !== 'session')).toEqual([]);

  // Its owner pinned her in the meantime: it is asked, and tells.
  const pinned = { name: 'Bea Bright', fingerprint: key.fingerprint };
  runtime.facts = { ...runtime.facts, pinned: { since: Date.now(), approvers: [pinned], classes: ['change'] } };
  expect(await sam.act('proposeCommand', { ...proposed, reason: ' ' })).toMatchObject({ code: 'REASON_REQUIRED' });
  expect(await sam.act('proposeCommand', { ...proposed, input: true })).toMatchObject({ code: 'POLICY_DENIED' });
  const { id } = await sam.must('proposeCommand', proposed);
  const commandId = rawId(id as string);
  const { prompt } = await runtime.hears('prompt', (m) => m.prompt.kind === 'action');
  expect(prompt).toMatchObject({ approver: true });
  expect(prompt).not.toHaveProperty('scopes');
  const desk = (await call(`desk/${key.desk}`)).body as { questions: { prompt: Prompt }[] };
  expect(desk.questions.map(({ prompt: { approvalId } }) => approvalId)).toEqual([prompt.approvalId]);

  // Whom it waits for is said.
  const waits = await sam.gql<{ session: { waitingOn: string; approvals: { id: string; byApprover: boolean }[] } }>(
    'query($id: ID!) { session(id: $id) { waitingOn approvals { id byApprover } } }',
    { id: proposed.sessionId },
  );
  expect(waits.session.waitingOn).toBe('approver');
  const waiting = gid('ApprovalRequest', prompt.approvalId);
  expect(waits.session.approvals).toContainEqual({ id: waiting, byApprover: true });
  expect(waits.session.approvals.filter(({ byApprover }) => !byApprover)).toHaveLength(1);
  await remindsAndCalls(waiting, key, prompt, sessionId);
  const told = runtime.all('prompt').filter((m) => m.prompt.approvalId === prompt.approvalId);
  expect(new Set(told.map((m) => m.prompt.nudges))).toEqual(new Set([0]));

  // A runtime that were to pass on the person's yes all the same: it does not count, and stays on the record.
  runtime.decide(prompt.approvalId, 'approve');
  const heard = await runtime.hears('decided', (m) => m.approvalId === prompt.approvalId);
  expect(heard).toMatchObject({ counted: false, message: expect.stringContaining('named approver') });
  await waitFor(
    'the answer that did not count',
    async () => (await payloads(sessionId, 'approval_ignored')).length === 1,
  );
  expect(await payloads(sessionId, 'approval_ignored')).toMatchObject([
    { decision: 'approve', account: 'olivia', why: expect.stringContaining('named approver') },
  ]);
  expect(await bench.rows('select 1 from command_outbox where command_id = $1', [commandId])).toEqual([]);

  const good = answerTo(key.key, endpointId, prompt);
  expect((await call(`desk/${key.desk}`, good)).status).toBe(200);
  expect(await runtime.hears('approver_answer')).toMatchObject(good);
  const pin = { ...site, publicKey: key.key.approver.publicKey };
  runtime.decide(prompt.approvalId, 'approve', { account: 'Bea Bright', passkey: { ...good.passkey, pin } });
  await runtime.plays(commandId, playing(commandId, ['']));
  expect(await payloads(sessionId, 'command_policy')).toMatchObject([
    policy,
    policy,
    { verdict: 'ask_approver', rule: 'P-11', policyLevel: 'client' },
  ]);
  const scope = { mspId: bench.northgate.mspId, clients: '*' as const };
  expect(await withTenant(bench.deps.pool, scope, (tx) => verifySession(tx, scope, sessionId))).toMatchObject({
    faults: [],
  });

  // The signer believes no passkey but one of the client's own approvers.
  const next = await sam.must('proposeCommand', { ...proposed, script: 'touch /tmp/y' });
  const second = await runtime.hears('prompt', (m) => m.prompt.command === 'touch /tmp/y');
  const stranger = new SoftPasskey('Bea Bright');
  const { passkey } = answerTo(stranger, endpointId, second.prompt);
  const posing = { ...site, publicKey: stranger.approver.publicKey };
  runtime.decide(second.prompt.approvalId, 'approve', { account: 'Bea Bright', passkey: { ...passkey, pin: posing } });
  const refusedId = rawId(next.id as string);
  const unsigned = await waitFor('the signer to refuse', async () => {
    const [row] = await bench.rows<{ words: string | null }>(
      "select words from command where id = $1 and state = 'denied'",
      [refusedId],
    );
    return row?.words;
  });
  expect(unsigned).toContain('NO_APPROVAL');
  expect(await bench.rows('select 1 from command_outbox where command_id = $1', [refusedId])).toEqual([]);

  // The person's no is heard, whoever was asked.
  const third = await sam.must('proposeCommand', { ...proposed, script: 'touch /tmp/z' });
  const asked = await runtime.hears('prompt', (m) => m.prompt.command === 'touch /tmp/z');
  runtime.decide(asked.prompt.approvalId, 'deny', { reason: 'Not now' });
  await runtime.hears('decided', (m) => m.approvalId === asked.prompt.approvalId && m.counted);
  await waitFor('the no to count', async () => {
    const [row] = await bench.rows<{ state: string }>('select state from command where id = $1', [
      rawId(third.id as string),
    ]);
    return row?.state === 'denied';
  });
});

it('F049 a computer whose owner has an approver decide asks one, though no policy does, until its owner has it otherwise', async () => {
  const clientId = bench.northgate.clients.cedar.id;
  const nora = await registered('Nora Cedar', clientId);
  const runtime = await bench.enrol(clientId, 'CEDA-WS-03');
  const pinned = { name: 'Nora Cedar', fingerprint: nora.fingerprint };
  const { pinned: _, ...unpinned } = runtime.facts;
  runtime.facts = { ...unpinned, pinned: { since: Date.now(), approvers: [pinned], classes: ['change'] } };
  await runtime.connect();
  const sessionId = await bench.active(sam, runtime);
  const proposed = { sessionId: gid('Session', sessionId), shell: 'bash', script: 'touch /tmp/a', reason: 'to try it' };
  await sam.must('proposeCommand', { ...proposed, script: 'uname -a' });
  const { id } = await sam.must('proposeCommand', proposed);
  const { prompt } = await runtime.hears('prompt', (m) => m.prompt.command === 'touch /tmp/a');
  expect(prompt).toMatchObject({ approver: true });
  const desk = (await call(`desk/${nora.desk}`)).body as { questions: { prompt: Prompt }[] };
  expect(desk.questions.map(({ prompt: { approvalId } }) => approvalId)).toEqual([prompt.approvalId]);
  const good = answerTo(nora.key, runtime.identity.endpointId, prompt);
  const pin = { ...site, publicKey: nora.key.approver.publicKey };
  runtime.decide(prompt.approvalId, 'approve', { account: 'Nora Cedar', passkey: { ...good.passkey, pin } });
  await runtime.plays(rawId(id as string), playing(rawId(id as string), ['']));

  // Its owner unpinned her: it is asked before it is believed.
  runtime.facts = unpinned;
  await sam.must('proposeCommand', { ...proposed, script: 'touch /tmp/b' });
  const second = await runtime.hears('prompt', (m) => m.prompt.command === 'touch /tmp/b');
  expect(second.prompt).not.toHaveProperty('approver');
  expect(await payloads(sessionId, 'command_policy')).toMatchObject([
    { verdict: 'run', rule: 'P-1' },
    { verdict: 'ask_approver', rule: 'P-13', policyLevel: 'built_in', policyVersion: 0 },
    { verdict: 'ask', rule: 'P-2' },
  ]);
});

interface Live {
  sessionEvents: { command: { approval: { approvers: { phone: string }[] } | null } | null };
}

it('F049 F053 F054 who could answer changes while a question waits: open pages hear it, and with nobody left it can only be withdrawn', async () => {
  const [group] = await bench.rows<{ group_id: string }>('select group_id from client where id = $1', [harbor()]);
  const made = await ada.must(
    'createClient',
    { name: 'Quay Legal', groupId: gid('ClientGroup', group?.group_id ?? '') },
    '... on Client { id }',
  );
  const clientId = rawId(made.id as string);
  await bench.policy('client', clientId, { change: 'ask_approver' });
  const lena = await registered('Lena Quay', clientId);
  const runtime = await bench.enrol(clientId, 'QUAY-WS-01');
  const pinned = [{ name: 'Lena Quay', fingerprint: lena.fingerprint }];
  runtime.facts = { ...runtime.facts, pinned: { since: Date.now(), approvers: pinned, classes: ['change'] } };
  await runtime.connect();
  const sessionId = await bench.active(sam, runtime);
  const proposed = { sessionId: gid('Session', sessionId), shell: 'bash', script: 'touch /tmp/q', reason: 'to try it' };
  await sam.must('proposeCommand', proposed);
  const { prompt } = await runtime.hears('prompt', (m) => m.prompt.kind === 'action');
  const { approvalId } = prompt;
  const waiting = gid('ApprovalRequest', approvalId);
  const asked = async () => {
    const query =
      'query($id: ID!) { node(id: $id) { ... on ApprovalRequest { state byApprover approvers { name phone } } } }';
    return (await sam.gql<{ node: object }>(query, { id: waiting })).node;
  };
  expect(await asked()).toEqual({
    ...{ state: 'waiting', byApprover: true, approvers: [{ name: 'Lena Quay', phone: '' }] },
  });

  // What the person there is asked takes no places on the approver's page, nor in front of an answer.
  await asksThePerson(approvalId, 60);
  const desk = (await call(`desk/${lena.desk}`)).body as { questions: { prompt: Prompt }[] };
  expect(desk.questions.map((question) => question.prompt.approvalId)).toEqual([approvalId]);
  const forged = answerTo(new SoftPasskey('Lena Quay'), runtime.identity.endpointId, prompt);
  expect(await call(`desk/${lena.desk}`, forged)).toMatchObject({
    status: 403,
    body: { error: { code: 'FORBIDDEN' } },
  });

  const page = await sam.follow<Live>(
    'subscription($id: ID!, $after: Int!) { sessionEvents(sessionId: $id, after: $after) { command { approval { approvers { phone } } } } }',
    { id: proposed.sessionId, after: 1_000_000 },
  );
  const board = await sam.follow<{ boardEvents: { kind: string; sessionId: string | null } }>(
    'subscription { boardEvents { kind sessionId } }',
  );
  const shown = () => page.events.findLast((e) => e.sessionEvents.command !== null)?.sessionEvents.command?.approval;
  const told = () => board.events.filter((e) => e.boardEvents.sessionId === proposed.sessionId).length;
  await waitFor('both to be followed', () => page.events.length > 0 && board.events.length > 0);
  const contact = { approverId: lena.id, email: 'lena@quay.example', phone: '555-0144' };
  await ada.must('setApproverContact', contact, CONTACT);
  await waitFor('the new number on open pages', () => shown()?.approvers[0]?.phone === '555-0144' && told() > 0);
  expect(
    await bench.rows("select details from audit_event where action = 'approver.contact_set' and target = $1", [
      'approver Lena Quay',
    ]),
  ).toEqual([
    {
      details: {
        approverId: rawId(lena.id),
        before: { email: '', phone: '' },
        after: { email: 'lena@quay.example', phone: '555-0144' },
      },
    },
  ]);
  const before = told();
  await ada.must('revokeApprover', { approverId: lena.id });
  await waitFor('nobody on open pages', () => shown()?.approvers.length === 0 && told() > before);

  // Nobody is reminded, and nothing says that somebody was.
  expect(await sam.act('nudgeApproval', { approvalId: waiting })).toMatchObject({
    ...{ code: 'INVALID_STATE', message: 'No approver has a passkey any more: withdraw it.' },
  });
  expect(await payloads(sessionId, 'approval_nudged')).toEqual([]);

  // A new one is asked as well, and named until the question is over.
  await registered('Noor Quay', clientId);
  await waitFor('the new approver on open pages', () => shown()?.approvers.length === 1);
  await Promise.all([page.close(), board.close()]);
  await sam.must('withdrawApproval', { approvalId: waiting });
  await waitFor('the end of the question', async () => {
    const now = await asked();
    return 'state' in now && now.state === 'withdrawn';
  });
  expect(await asked()).toEqual({ state: 'withdrawn', byApprover: true, approvers: [] });
});

/** That many questions of the same session to the person at the computer, older than this one. */
async function asksThePerson(approvalId: string, count: number): Promise<void> {
  await bench.rows(
    `with old as (select a.msp_id, a.id, a.command_id from approval_request a where a.id = $1),
       fresh as (select gen_random_uuid() as command_id from generate_series(1, $2::int)),
       commands as (insert into command select (jsonb_populate_record(c, jsonb_build_object(
           'id', f.command_id, 'verdict', 'ask', 'rule', 'P-2', 'entry_seq', null, 'approval_id', null))).*
         from old join command c on c.msp_id = old.msp_id and c.id = old.command_id, fresh f returning id)
     insert into approval_request select (jsonb_populate_record(a, jsonb_build_object(
         'id', gen_random_uuid(), 'command_id', m.id, 'requested_at', a.requested_at - interval '1 minute'))).*
       from old join approval_request a on a.msp_id = old.msp_id and a.id = old.id, commands m`,
    [approvalId, count],
  );
}

function freshKey(): string {
  return generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}
