import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { actionHash } from '@throughline/domain/action';
import type { AgentMessage, Prompt } from '@throughline/domain/agent-protocol';
import type { CommandSpec } from '@throughline/domain/command';
import { type Assertion, type PasskeyAnswer, fingerprintOf } from '@throughline/domain/passkey';
import { sha256 } from './sha256.ts';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway } from './testing/fake-gateway.ts';
import { SITE, SoftPasskey, pinsOf } from './testing/soft-passkey.ts';
import { until } from './testing/until.ts';

let gateway: FakeGateway;
let endpoint: TestEndpoint;
const mara = new SoftPasskey('Mara Voss');

beforeEach(async () => {
  gateway = await FakeGateway.start();
  gateway.approvers = pinsOf(mara);
  endpoint = new TestEndpoint(gateway);
  expect((await endpoint.enroll()).code).toBe(0);
  await endpoint.start();
  await endpoint.consent();
}, 60_000);

afterEach(async () => {
  await endpoint.remove();
  await gateway.stop();
});

const file = (name: string) => join(endpoint.data, name);
/** Makes its file with O_EXCL, so that a second run would fail. */
const spec = (name: string, more: Partial<CommandSpec> = {}): CommandSpec => ({
  shell: 'bash',
  script: `set -C; echo ran > ${file(name)}`,
  cwd: null,
  runAs: { kind: 'runtime' },
  timeoutMs: 60_000,
  ...more,
});
const hashOf = (of: CommandSpec) => actionHash(sha256, gateway.sessionId, gateway.ids.endpointId, of);
const approvals = (id: string, hash: string) => [
  { id: gateway.prompt().approvalId, kind: 'session' as const, hash: gateway.consentHash() },
  { id, kind: 'action' as const, hash },
];

async function ask(approvalId: string, of: CommandSpec, more: Partial<Prompt> = {}): Promise<Prompt> {
  const prompt = gateway.actionPrompt(approvalId, of, more);
  gateway.ask(prompt);
  await endpoint.knows(approvalId);
  return prompt;
}

const saidTo = (prompt: Prompt, decision: 'approve' | 'deny' = 'approve', reason = ''): PasskeyAnswer => {
  const { sessionId, approvalId, hash, expiresAt } = prompt;
  return { endpointId: gateway.ids.endpointId, sessionId, approvalId, hash, expiresAt, decision, reason };
};

const about = (approvalId: string) => (message: AgentMessage) =>
  (message.type === 'answer_refused' || message.type === 'decision') && message.approvalId === approvalId;

/** Carries an answer to the runtime and waits for what it makes of it. */
async function carry(approvalId: string, passkey: Assertion, decision: 'approve' | 'deny' = 'approve', reason = '') {
  const before = gateway.messages.filter(about(approvalId)).length;
  gateway.send({ type: 'approver_answer', approvalId, decision, reason, passkey });
  await until(() => gateway.messages.filter(about(approvalId)).length > before);
  return gateway.messages.findLast(about(approvalId));
}

async function outcome(order: Parameters<FakeGateway['order']>[0]): Promise<string> {
  const stored = await gateway.ended(gateway.order(order));
  return stored.refusal === null ? `ran ${stored.exit?.exitCode ?? 'unknown'}` : stored.refusal.code;
}

it('strong mode runs a command that a named approver’s passkey signed for, once; reading ones too', async () => {
  expect(statSync(file('approvers.json')).mode & 0o777).toBe(0o600);
  const wanted = spec('one');
  const prompt = await ask('approval-1', wanted, { risk: 'read_only' });
  const decision = await carry('approval-1', mara.answer(saidTo(prompt)));
  // Signed with the decision: by which key it was checked, so that whoever has the record can check again.
  const pin = { rpId: SITE.rpId, origin: SITE.origin, publicKey: mara.approver.publicKey };
  expect(decision).toMatchObject({ type: 'decision', decision: 'approve', account: 'Mara Voss', passkey: { pin } });
  const order = { ...wanted, risk: 'read_only' as const, approvals: approvals('approval-1', prompt.hash) };
  expect(await outcome(order)).toBe('ran 0');
  expect(existsSync(file('one'))).toBe(true);
  expect(await outcome(order)).toBe('APPROVAL_REQUIRED');
});

it('strong mode: the desk is told whose passkeys are pinned, and since when', () => {
  const said = gateway.messages.findLast((message) => message.type === 'hello');
  const fingerprint = fingerprintOf(sha256, mara.approver.publicKey);
  expect(said?.facts.pinned?.approvers).toEqual([{ name: 'Mara Voss', fingerprint }]);
  expect(said?.facts.pinned?.since).toBe(Math.round(statSync(file('approvers.json')).mtimeMs));
});

it('strong mode: a no that an approver signed is heard, and nothing runs', async () => {
  const wanted = spec('one');
  const prompt = await ask('approval-1', wanted);
  const passkey = mara.answer(saidTo(prompt, 'deny', 'Not before Friday'));
  expect(await carry('approval-1', passkey, 'deny', 'Call first')).toMatchObject({ type: 'answer_refused' });
  const heard = await carry('approval-1', passkey, 'deny', 'Not before Friday');
  expect(heard).toMatchObject({ type: 'decision', decision: 'deny', reason: 'Not before Friday' });
  expect(await outcome({ ...wanted, risk: 'change', approvals: approvals('approval-1', prompt.hash) })).toBe(
    'APPROVAL_REQUIRED',
  );
});

it('S4 a server with every secret it holds makes nothing run that no pinned passkey signed for', async () => {
  const evil = spec('evil');
  const rogue = new SoftPasskey('Mara Voss');
  const tried: Record<string, string> = {};
  const attempt = async (name: string, order: Parameters<FakeGateway['order']>[0]) => {
    tried[name] = await outcome(order);
    expect(existsSync(file('evil')), name).toBe(false);
  };
  const told = (approvalId: string) => {
    gateway.send({ type: 'decided', approvalId, counted: true, message: 'It counts.' });
    const { sessionId } = gateway;
    gateway.send({ type: 'prompt_closed', approvalId, sessionId, state: 'approved', message: 'Approved.' });
  };

  await attempt('no signature', { ...evil, tamper: (bytes) => Buffer.concat([bytes, Buffer.from(' ')]) });
  await attempt('signed, said to only read', { ...evil, risk: 'read_only' });
  await attempt('signed, names no approval', { ...evil, risk: 'destructive' });

  const question = await ask('approval-evil', evil);
  const citing = { ...evil, risk: 'change' as const, approvals: approvals('approval-evil', question.hash) };
  told('approval-evil');
  await attempt('the server says it was approved', citing);
  endpoint.policy({ approvalLink: true });
  await attempt('the owner lets the link count, the server says approved', citing);
  endpoint.policy({ consent: 'unattended', approvalLink: true });
  await attempt('nobody there need press Approve', citing);
  await attempt('nobody there need press Approve, and it only reads', { ...evil, risk: 'read_only' });
  endpoint.policy({});

  const second = await ask('approval-2', evil);
  const forThat = { ...evil, risk: 'change' as const, approvals: approvals('approval-2', second.hash) };
  const pressed = await endpoint.press('decide', { approvalId: 'approval-2', decision: 'approve', reason: '' });
  expect(pressed).toMatchObject({ status: 409, body: { error: { code: 'FORBIDDEN' } } });
  expect(await carry('approval-2', rogue.answer(saidTo(second)))).toMatchObject({ type: 'answer_refused' });
  await attempt('a passkey of its own', forThat);
  const posing = { ...rogue.answer(saidTo(second)), credentialId: mara.approver.credentialId };
  expect(await carry('approval-2', posing)).toMatchObject({ type: 'answer_refused' });
  await attempt('a passkey of its own under the pinned one’s id', forThat);

  // What Mara once signed, in the hands of the server: for something harmless, for another question, as a no, for a longer wait.
  const harmless = spec('harmless');
  const asked = await ask('approval-3', harmless);
  const signed = mara.answer(saidTo(asked));
  for (const old of [
    signed,
    mara.answer(saidTo(second, 'deny')),
    mara.answer({ ...saidTo(second), expiresAt: second.expiresAt - 1 }),
    mara.answer({ ...saidTo(second), endpointId: '4f6b1f0e-0000-4000-8000-000000000000' }),
    mara.answer(saidTo(second), { origin: 'https://evil.test' }),
  ])
    expect(await carry('approval-2', old)).toMatchObject({ type: 'answer_refused' });
  await attempt('an older answer again', forThat);
  gateway.ask({ ...second, approvalId: 'approval-3' });
  expect(await carry('approval-3', signed)).toMatchObject({ type: 'decision', decision: 'approve' });
  await attempt('another script under a good yes', {
    ...evil,
    risk: 'change',
    approvals: approvals('approval-3', asked.hash),
  });
  await attempt('another script, and the yes named for it', {
    ...evil,
    risk: 'change',
    approvals: approvals('approval-3', hashOf(evil)),
  });
  await attempt('another script under the old hash', {
    ...evil,
    risk: 'change',
    approvals: approvals('approval-3', asked.hash),
    change: (envelope) => ({ ...envelope, actionHash: asked.hash }),
  });

  // The list of approvers, pushed in every message that could be thought to carry it.
  const pins = readFileSync(file('approvers.json'), 'utf8');
  const hellos = gateway.hellos.length;
  gateway.socket?.send(JSON.stringify({ type: 'approvers', approvers: pinsOf(rogue) }));
  gateway.socket?.send(JSON.stringify({ type: 'prompt', prompt: second, approvers: pinsOf(rogue) }));
  gateway.cut();
  await until(() => gateway.hellos.length > hellos && gateway.online, 30_000);
  gateway.approvers = pinsOf(rogue);
  gateway.tokenState = 'good';
  expect((await endpoint.enroll()).code).not.toBe(0);
  expect(readFileSync(file('approvers.json'), 'utf8')).toBe(pins);
  expect(await carry('approval-2', rogue.answer(saidTo(second)))).toMatchObject({ type: 'answer_refused' });
  await attempt('a changed list of approvers', forThat);

  // An input left open is a way in for whatever is typed later: not even with a yes.
  const open = spec('evil', { script: 'bash', input: true });
  const opened = await ask('approval-4', open);
  expect(await carry('approval-4', mara.answer(saidTo(opened)))).toMatchObject({ type: 'decision' });
  await attempt('an open input', { ...open, risk: 'change', approvals: approvals('approval-4', opened.hash) });

  expect(Object.entries(tried).filter(([, what]) => what.startsWith('ran'))).toEqual([]);
  expect(Object.keys(tried)).toHaveLength(15);
  // And the very same computer runs what was signed: it refused for the right reason.
  const good = { ...harmless, risk: 'change' as const, approvals: approvals('approval-3', asked.hash) };
  expect(await outcome(good)).toBe('ran 0');
  expect(existsSync(file('harmless'))).toBe(true);
  expect(existsSync(file('evil'))).toBe(false);
}, 120_000);

it('strong mode: without the approvers’ file, or with one that cannot be read, nothing runs', async () => {
  rmSync(file('approvers.json'));
  expect(await outcome({ ...spec('one'), risk: 'read_only' })).toBe('POLICY_DENIED');
  writeFileSync(file('approvers.json'), '{"v":1}');
  expect(await outcome({ ...spec('one'), risk: 'read_only' })).toBe('POLICY_DENIED');
  expect(existsSync(file('one'))).toBe(false);
});

it('strong mode: the owner of the computer lists, adds and removes approvers; the page has no Approve for commands', async () => {
  const ivo = new SoftPasskey('Ivo Lind');
  const list = join(endpoint.data, 'more.json');
  writeFileSync(list, JSON.stringify(pinsOf(ivo)));
  expect((await endpoint.cli('approvers', 'list')).output).toContain(fingerprintOf(sha256, mara.approver.publicKey));
  expect((await endpoint.cli('approvers', 'add', list)).output).toContain('1 added');
  const wanted = spec('one');
  const prompt = await ask('approval-1', wanted);
  expect(await carry('approval-1', ivo.answer(saidTo(prompt)))).toMatchObject({
    type: 'decision',
    account: 'Ivo Lind',
  });
  // Taken out between the answer and the order: the order looks again.
  expect((await endpoint.cli('approvers', 'remove', 'Ivo Lind')).code).toBe(0);
  const order = { ...wanted, risk: 'change' as const, approvals: approvals('approval-1', prompt.hash) };
  expect(await outcome(order)).toBe('APPROVAL_REQUIRED');
  writeFileSync(list, '{}');
  expect(await endpoint.cli('approvers', 'add', list)).toMatchObject({
    code: 1,
    output: expect.stringContaining('no list of approvers'),
  });
  const other = { ...pinsOf(ivo), origin: 'https://other.example.com' };
  writeFileSync(list, JSON.stringify(other));
  expect((await endpoint.cli('approvers', 'add', list)).output).toContain('belong to');
  expect((await endpoint.cli('approvers', 'off')).code).toBe(0);
  const second = await ask('approval-2', wanted);
  expect((await endpoint.press('decide', { approvalId: 'approval-2', decision: 'approve', reason: '' })).status).toBe(
    200,
  );
  expect(await outcome({ ...order, approvals: approvals('approval-2', second.hash) })).toBe('ran 0');
}, 60_000);

it('F049 F050 pins for some classes: those need the passkey, the others the person’s own yes', async () => {
  expect((await endpoint.cli('approvers', 'for', 'change', 'other_identity')).output).toContain(
    'change, other_identity',
  );
  expect((await endpoint.cli('approvers', 'for', 'everything')).code).not.toBe(0);
  expect(await outcome({ ...spec('look'), script: 'uptime', risk: 'read_only' })).toBe('ran 0');
  // A change that the server calls reading.
  expect(await outcome({ ...spec('look'), risk: 'read_only' })).toBe('APPROVAL_REQUIRED');
  // The server says nothing of an approver: what is pinned here is enough.
  const wanted = spec('one');
  const prompt = await ask('approval-1', wanted, { risk: 'change' });
  const pressed = await endpoint.press('decide', { approvalId: 'approval-1', decision: 'approve', reason: '' });
  expect(pressed).toMatchObject({ status: 409, body: { error: { code: 'FORBIDDEN' } } });
  const order = { ...wanted, risk: 'change' as const, approvals: approvals('approval-1', prompt.hash) };
  expect(await outcome(order)).toBe('APPROVAL_REQUIRED');
  // A class that was said to be another when it was asked.
  const other = spec('two');
  const low = await ask('approval-2', other, { risk: 'read_only' });
  expect((await endpoint.press('decide', { approvalId: 'approval-2', decision: 'approve', reason: '' })).status).toBe(
    200,
  );
  expect(await outcome({ ...other, risk: 'change', approvals: approvals('approval-2', low.hash) })).toBe(
    'APPROVAL_REQUIRED',
  );
  expect(await carry('approval-1', mara.answer(saidTo(prompt)))).toMatchObject({
    type: 'decision',
    account: 'Mara Voss',
  });
  expect(await outcome(order)).toBe('ran 0');
  // What can destroy data is not among them: the person here decides.
  const wipes = spec('three');
  const third = await ask('approval-3', wipes, { risk: 'destructive' });
  expect((await endpoint.press('decide', { approvalId: 'approval-3', decision: 'approve', reason: '' })).status).toBe(
    200,
  );
  expect(await outcome({ ...wipes, risk: 'destructive', approvals: approvals('approval-3', third.hash) })).toBe(
    'ran 0',
  );
  expect(['look', 'one', 'two', 'three'].map((name) => existsSync(file(name)))).toEqual([false, true, false, true]);
}, 60_000);

it('F049 a question that the server puts to an approver takes no yes of the person, by whatever way it comes', async () => {
  expect((await endpoint.cli('approvers', 'for', 'destructive')).code).toBe(0);
  endpoint.policy({ approvalLink: true });
  const wanted = spec('one');
  const prompt = await ask('approval-1', wanted, { risk: 'change', approver: true });
  const pressed = await endpoint.press('decide', { approvalId: 'approval-1', decision: 'approve', reason: '' });
  expect(pressed).toMatchObject({ status: 409, body: { error: { code: 'FORBIDDEN' } } });
  const order = { ...wanted, risk: 'change' as const, approvals: approvals('approval-1', prompt.hash) };
  const { sessionId } = gateway;
  gateway.send({ type: 'prompt_closed', approvalId: 'approval-1', sessionId, state: 'approved', message: 'Approved.' });
  expect(await outcome(order)).toBe('APPROVAL_REQUIRED');
  const second = await ask('approval-2', wanted, { risk: 'change', approver: true });
  expect(await carry('approval-2', mara.answer(saidTo(second)))).toMatchObject({ type: 'decision' });
  expect(await outcome({ ...order, approvals: approvals('approval-2', second.hash) })).toBe('ran 0');
  // The person may always say no.
  const third = await ask('approval-3', wanted, { risk: 'change', approver: true });
  expect(
    (await endpoint.press('decide', { approvalId: 'approval-3', decision: 'deny', reason: 'not now' })).status,
  ).toBe(200);
  expect(await carry('approval-3', mara.answer(saidTo(third)))).toMatchObject({ type: 'answer_refused' });
}, 60_000);

it('F049 an approver’s answer counts for nothing where nobody is pinned, and the person’s yes does not stand in', async () => {
  expect((await endpoint.cli('approvers', 'off')).code).toBe(0);
  const prompt = await ask('approval-1', spec('one'), { risk: 'change', approver: true });
  const pressed = await endpoint.press('decide', { approvalId: 'approval-1', decision: 'approve', reason: '' });
  expect(pressed).toMatchObject({ status: 409, body: { error: { code: 'FORBIDDEN' } } });
  expect(await carry('approval-1', mara.answer(saidTo(prompt)))).toMatchObject({
    type: 'answer_refused',
    message: expect.stringContaining('no approvers pinned'),
  });
}, 60_000);
