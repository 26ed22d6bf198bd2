import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CommandSpec } from '@throughline/domain/command';
import { scopeEndBytes } from '@throughline/domain/signed-bytes';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway } from './testing/fake-gateway.ts';
import { until } from './testing/until.ts';

let gateway: FakeGateway;
let endpoint: TestEndpoint;

beforeEach(async () => {
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  await endpoint.enroll();
  await endpoint.start();
}, 60_000);

afterEach(async () => {
  await endpoint.remove();
  await gateway.stop();
});

/** A command that leaves a trace when it is spawned. */
const trace = () => join(endpoint.data, 'trace');
const change = (): CommandSpec => ({
  shell: 'bash',
  script: `echo x >> ${trace()}`,
  cwd: null,
  runAs: { kind: 'runtime' },
  timeoutMs: 60_000,
});
const ran = () => (existsSync(trace()) ? readFileSync(trace(), 'utf8').split('\n').length - 1 : 0);
const approvals = (id: string, hash: string) => [
  { id: gateway.prompt().approvalId, kind: 'session' as const, hash: gateway.consentHash() },
  { id, kind: 'action' as const, hash },
];
const press = (approvalId: string, decision: 'approve' | 'deny', reason = '') =>
  endpoint.press('decide', { approvalId, decision, reason });

async function ask(approvalId: string, spec = change(), more = {}) {
  const prompt = gateway.actionPrompt(approvalId, spec, more);
  gateway.ask(prompt);
  await endpoint.knows(approvalId);
  return prompt;
}

it('F044 runs nothing before the person at this computer allowed the session', async () => {
  const before = await gateway.ended(gateway.order(change()));
  expect(before.refusal).toMatchObject({ code: 'APPROVAL_REQUIRED' });
  expect(ran()).toBe(0);
  await endpoint.consent();
  expect((await gateway.ended(gateway.order({ script: 'true' }))).exit?.exitCode).toBe(0);
  const after = await gateway.ended(gateway.order(await endpoint.allowed(change())));
  expect(after.exit?.exitCode).toBe(0);
  expect(ran()).toBe(1);
});

it('F045 asks for each risky action apart, and an approval covers one execution', async () => {
  await endpoint.consent();
  const without = await gateway.ended(gateway.order({ ...change(), risk: 'change' }));
  expect(without.refusal).toMatchObject({ code: 'APPROVAL_REQUIRED' });
  const { hash } = await ask('a1');
  await press('a1', 'approve');
  const first = await gateway.ended(gateway.order({ ...change(), risk: 'change', approvals: approvals('a1', hash) }));
  expect(first.exit?.exitCode).toBe(0);
  const second = await gateway.ended(gateway.order({ ...change(), risk: 'change', approvals: approvals('a1', hash) }));
  expect(second.refusal?.message).toContain('already used');
  expect(ran()).toBe(1);
});

it('F048 denial means no spawn, its reason is told, and the next command is still possible', async () => {
  await endpoint.consent();
  const { hash } = await ask('a1');
  expect((await press('a1', 'deny', 'with a patient')).status).toBe(200);
  await until(() =>
    gateway.messages.some((m) => m.type === 'decision' && m.decision === 'deny' && m.reason === 'with a patient'),
  );
  const denied = await gateway.ended(gateway.order({ ...change(), risk: 'change', approvals: approvals('a1', hash) }));
  expect(denied.refusal).toMatchObject({ code: 'APPROVAL_REQUIRED' });
  expect(ran()).toBe(0);
  expect((await gateway.ended(gateway.order({ script: 'true' }))).exit?.exitCode).toBe(0);
});

it('F046 signs the decision with account, time and the hash the prompt was bound to', async () => {
  await endpoint.consent();
  await until(() => gateway.messages.some((m) => m.type === 'decision'));
  const decision = gateway.messages.find((m) => m.type === 'decision');
  expect(decision).toMatchObject({ decision: 'approve', hash: gateway.consentHash() });
  expect(decision?.account).toMatch(/\w/);
  expect((await press(gateway.prompt().approvalId, 'deny')).body.error?.code).toBe('ALREADY_DECIDED');
});

it('refuses an order whose bytes, hash, target, number or time are not what was signed and allowed', async () => {
  await endpoint.consent();
  const refused = async (order: Parameters<FakeGateway['order']>[0]) =>
    (await gateway.ended(gateway.order({ ...change(), ...order }))).refusal?.message;
  expect(
    await refused({ tamper: (bytes) => bytes.map((byte, i) => (i === bytes.length - 3 ? byte ^ 1 : byte)) }),
  ).toContain('signature does not fit');
  expect(await refused({ change: (e) => ({ ...e, script: `${e.script} ` }) })).toContain('hash that was approved');
  expect(await refused({ change: (e) => ({ ...e, timeoutMs: e.timeoutMs + 1 }) })).toContain('hash that was approved');
  expect(await refused({ change: (e) => ({ ...e, runtimeId: 'another' }) })).toContain('for another computer');
  expect(await refused({ change: (e) => ({ ...e, commandId: 'another' }) })).toContain('another command');
  expect(await refused({ notAfter: Date.now() - 1 })).toContain('time to start was over');
  const good = await gateway.ended(gateway.order(await endpoint.allowed(change())));
  expect(good.exit?.exitCode).toBe(0);
  expect(await refused({ counter: gateway.counter })).toContain('repeat');
  expect(ran()).toBe(1);
});

it('refuses to run anything but what the prompt really showed', async () => {
  await endpoint.consent();
  const { hash } = await ask('a1', change(), { command: 'ls' });
  await press('a1', 'approve');
  const order = await gateway.ended(gateway.order({ ...change(), risk: 'change', approvals: approvals('a1', hash) }));
  expect(order.refusal?.message).toContain('approved exactly this command');
  expect(ran()).toBe(0);
});

it('waits for the confirmation of a yes that an order overtakes, and does without one that did not count', async () => {
  await endpoint.consent();
  gateway.answersDecisions = false;
  const { hash } = await ask('a1');
  await press('a1', 'approve');
  const order = gateway.order({ ...change(), risk: 'change', approvals: approvals('a1', hash) });
  gateway.send({ type: 'decided', approvalId: 'a1', counted: true, message: 'Recorded.' });
  expect((await gateway.ended(order)).exit?.exitCode).toBe(0);

  const other = await ask('a2');
  await press('a2', 'approve');
  gateway.send({ type: 'decided', approvalId: 'a2', counted: false, message: 'Already denied by Olivia Reyes.' });
  const refused = await gateway.ended(
    gateway.order({ ...change(), risk: 'change', approvals: approvals('a2', other.hash) }),
  );
  expect(refused.refusal).toMatchObject({ code: 'APPROVAL_REQUIRED' });
  expect(ran()).toBe(1);
});

it('F049 takes no late yes: silence has already counted as no', async () => {
  await ask('late', change(), { expiresAt: Date.now() - 1 });
  const answer = await press('late', 'approve');
  expect(answer).toMatchObject({ status: 409, body: { error: { code: 'APPROVAL_EXPIRED' } } });
  expect(answer.body.error?.message).toContain('counted as no');
});

it('keeps an answer given offline and sends it when there is a connection again', async () => {
  gateway.ask(gateway.prompt());
  await endpoint.knows(gateway.prompt().approvalId);
  gateway.bye = { type: 'bye', code: 'shutting_down', message: 'Restart.' };
  gateway.cut();
  await press(gateway.prompt().approvalId, 'approve');
  expect(gateway.messages.some((m) => m.type === 'decision')).toBe(false);
  gateway.bye = null;
  await until(() => gateway.messages.some((m) => m.type === 'decision'));
});

it('F056 End session works offline: it stops what runs, refuses what follows, and is told later', async () => {
  await endpoint.consent();
  const running = gateway.order({ script: `echo up; sleep 300` });
  await until(() => running.stdout.length > 0);
  gateway.bye = { type: 'bye', code: 'shutting_down', message: 'Restart.' };
  gateway.cut();
  await endpoint.press('end', { sessionId: gateway.sessionId, reason: 'enough' });
  const { taggedProcesses } = await import('./runner/process-tree.ts');
  await until(() => taggedProcesses(running.commandId).length === 0);
  gateway.bye = null;
  await until(() => gateway.messages.some((m) => m.type === 'end_session' && m.reason === 'enough'));
  expect((await gateway.ended(running)).exit).toMatchObject({ cancelled: true, signal: 'SIGTERM' });
  const later = await gateway.ended(gateway.order(change()));
  expect(later.refusal).toMatchObject({ code: 'APPROVAL_DENIED' });
  expect(ran()).toBe(0);
}, 30_000);

it('lets the owner’s policy file decide what no server can loosen', async () => {
  await endpoint.consent();
  endpoint.policy({ readOnly: true });
  expect((await gateway.ended(gateway.order({ ...change(), risk: 'change' }))).refusal?.code).toBe('POLICY_DENIED');
  endpoint.policy({ killSwitch: true });
  expect((await gateway.ended(gateway.order(change()))).refusal?.message).toContain('switched all commands off');
  writeFileSync(join(endpoint.data, 'policy.json'), '{ "readonly": true }');
  expect((await gateway.ended(gateway.order(change()))).refusal?.message).toContain('cannot be understood');
  expect(ran()).toBe(0);
});

it('F003 listens on loopback only, and only for those who know the whole address', async () => {
  const pid = String(endpoint.process!.pid);
  const sockets = execFileSync('ss', ['-ltnpH'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`pid=${pid},`));
  expect(sockets).toHaveLength(1);
  expect(sockets[0]).toContain('127.0.0.1:');
  const url = new URL(endpoint.promptUrl);
  expect((await fetch(endpoint.promptUrl)).headers.get('content-security-policy')).toContain("default-src 'none'");
  expect((await fetch(`${url.origin}/p/${'x'.repeat(43)}/state`)).status).toBe(404);
  expect(await statusWith(url, { host: `evil.example:${url.port}` })).toBe(421);
  const foreign = (headers: Record<string, string>) =>
    fetch(`${endpoint.promptUrl}/end`, { method: 'POST', headers, body: '{"sessionId":"s","reason":""}' }).then(
      (r) => r.status,
    );
  expect(
    await foreign({ 'content-type': 'application/json', 'x-throughline': '1', origin: 'https://evil.example' }),
  ).toBe(403);
  expect(await foreign({ 'content-type': 'application/x-www-form-urlencoded', 'x-throughline': '1' })).toBe(403);
  expect(await foreign({ 'content-type': 'application/json' })).toBe(403);
});

it('ignores what it does not understand and stays connected', async () => {
  gateway.socket!.send('{"type":"from_the_future"}');
  gateway.socket!.send('not json');
  await endpoint.consent();
  expect((await gateway.ended(gateway.order({ script: 'echo ok' }))).stdout.toString()).toBe('ok\n');
  expect(gateway.hellos).toHaveLength(1);
});

function statusWith(url: URL, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: url.port, path: `${url.pathname}/state`, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

it('F051 a yes pressed for a kind of command is signed with its scope and runs further ones; anything else still asks', async () => {
  await endpoint.consent();
  const folder = join(endpoint.data, 'work');
  const touch = (name: string): CommandSpec => ({ ...change(), script: `touch ${join(folder, name)}` });
  mkdirSync(folder);
  const { hash } = await ask('a1', touch('one'), { scopes: true });
  const cover = { what: 'category', minutes: 15 };
  expect((await endpoint.press('decide', { approvalId: 'a1', decision: 'approve', reason: '', cover })).status).toBe(
    200,
  );
  await until(() => gateway.messages.some((m) => m.type === 'decision' && m.approvalId === 'a1'));
  const said = gateway.messages.find((m) => m.type === 'decision' && m.approvalId === 'a1');
  expect(said).toMatchObject({
    scope: { kind: 'category', category: 'files', folder, minutes: 15, shell: 'bash', atMost: 'change' },
  });
  for (const name of ['one', 'two'])
    expect(
      (await gateway.ended(gateway.order({ ...touch(name), risk: 'change', approvals: approvals('a1', hash) }))).exit
        ?.exitCode,
    ).toBe(0);
  expect(existsSync(join(folder, 'two'))).toBe(true);
  const other = { ...change(), script: `touch ${join(endpoint.data, 'elsewhere')}` };
  const refused = await gateway.ended(gateway.order({ ...other, risk: 'change', approvals: approvals('a1', hash) }));
  expect(refused.refusal).toMatchObject({ code: 'APPROVAL_REQUIRED' });
  expect(existsSync(join(endpoint.data, 'elsewhere'))).toBe(false);
});

it('F051 U32 one scope is ended alone: nothing more starts on it although the server does not hear of it, and what runs goes on', async () => {
  await endpoint.consent();
  const folder = join(endpoint.data, 'work');
  mkdirSync(folder);
  const touch = (name: string): CommandSpec => ({ ...change(), script: `touch ${join(folder, name)}` });
  const wait = {
    ...change(),
    script: `until [ -e ${join(folder, 'go')} ]; do sleep 0.1; done; touch ${join(folder, 'slow')}`,
  };
  const { hash } = await ask('a1', touch('one'), { scopes: true });
  const cover = { what: 'category', minutes: 15 };
  await endpoint.press('decide', { approvalId: 'a1', decision: 'approve', reason: '', cover });
  const slow = await ask('a2', wait, { scopes: true });
  const exact = { what: 'exact', minutes: 15 };
  await endpoint.press('decide', { approvalId: 'a2', decision: 'approve', reason: '', cover: exact });
  const covered = (id: string, spec: CommandSpec, bound: string) =>
    gateway.order({ ...spec, risk: 'change', approvals: approvals(id, bound) });
  expect((await gateway.ended(covered('a1', touch('two'), hash))).exit?.exitCode).toBe(0);
  const running = covered('a2', wait, slow.hash);
  await until(() => running.started !== null);

  gateway.cut();
  for (const approvalId of ['a1', 'a2']) expect((await endpoint.press('end_scope', { approvalId })).status).toBe(200);
  expect((await endpoint.press('end_scope', { approvalId: 'a1' })).status).toBe(200);
  expect((await endpoint.press('end_scope', { approvalId: gateway.prompt().approvalId })).status).toBe(409);
  await until(() => gateway.messages.some((m) => m.type === 'end_scope' && m.approvalId === 'a1'));
  // This server takes no notice, and sends on.
  const refused = await gateway.ended(covered('a1', touch('three'), hash));
  expect(refused.refusal).toMatchObject({ code: 'APPROVAL_REQUIRED' });
  expect(refused.refusal?.message).toContain('stopped allowing');
  expect(existsSync(join(folder, 'three'))).toBe(false);
  writeFileSync(join(folder, 'go'), '');
  expect((await gateway.ended(running)).exit?.exitCode).toBe(0);
  expect(existsSync(join(folder, 'slow'))).toBe(true);
  expect((await gateway.ended(gateway.order({ script: 'true' }))).exit?.exitCode).toBe(0);

  // It is durable, signed, and said again until the session is closed.
  const before = gateway.messages.length;
  await endpoint.kill();
  await endpoint.start();
  const again = () => gateway.messages.slice(before).find((m) => m.type === 'end_scope' && m.approvalId === 'a1');
  await until(() => again() !== undefined);
  expect((await gateway.ended(covered('a1', touch('four'), hash))).refusal).toMatchObject({
    code: 'APPROVAL_REQUIRED',
  });
  const said = again() as Extract<(typeof gateway.messages)[number], { type: 'end_scope' }>;
  const { approvalId, account, at } = said;
  expect(gateway.provenBy(scopeEndBytes({ approvalId, account, at }), said.signature)).toBe(true);
}, 60_000);

it('F051 an answer that wants to cover more than this computer offers is refused, and the question stays open', async () => {
  await endpoint.consent();
  await ask('a1', change(), { scopes: true });
  const cover = { what: 'category', minutes: 15 };
  const answer = await endpoint.press('decide', { approvalId: 'a1', decision: 'approve', reason: '', cover });
  expect(answer.status).toBe(409);
  expect(answer.body.error?.message).toContain('only its own command');
  const forever = { what: 'exact', minutes: 100_000 };
  expect(
    (await endpoint.press('decide', { approvalId: 'a1', decision: 'approve', reason: '', cover: forever })).status,
  ).toBe(400);
  expect((await press('a1', 'approve')).status).toBe(200);
});

it('F046 signs the text that the page showed, its language, its times and whether the screen was locked', async () => {
  await endpoint.kill();
  const bin = join(endpoint.data, 'bin');
  mkdirSync(bin);
  const seat = '[ "$1" = list-sessions ] && echo "3 1000 olivia seat0 tty2" || echo yes';
  writeFileSync(join(bin, 'loginctl'), `#!/bin/sh\n${seat}\n`, { mode: 0o755 });
  endpoint.environment = { PATH: `${bin}:${process.env.PATH}` };
  await endpoint.start();
  const prompt = await ask('a1', change(), { keepsText: true, reason: 'the queue <b>hangs</b>' });
  await endpoint.press('shown', { approvalId: 'a1' });
  const page = await endpoint.page('a1', 'es-MX');
  expect(await endpoint.press('decide', { approvalId: 'a1', decision: 'approve', reason: '', page })).toMatchObject({
    status: 200,
  });
  await until(() => gateway.messages.some((m) => m.type === 'decision'));
  const said = gateway.messages.find((m) => m.type === 'decision');
  expect(said?.shown).toMatchObject({
    language: 'es',
    textHash: page.textHash,
    channel: 'loopback_page',
    locked: true,
  });
  expect(said?.account).toBe('olivia');
  expect(said?.text).toContain(`Jun escribió: “${prompt.reason}”`);
  expect(said?.text).toContain(`\n${prompt.command}\n`);
  expect(
    createHash('sha256')
      .update(said?.text ?? '')
      .digest('hex'),
  ).toBe(page.textHash);
  const { askedAt = 0, shownAt = 0 } = said?.shown ?? {};
  expect(askedAt).toBeLessThanOrEqual(shownAt);
  expect(shownAt).toBeLessThanOrEqual(said?.at ?? 0);
});

it('F046 takes no answer for a text that this computer does not show', async () => {
  await ask('a1', change(), { keepsText: true });
  const page = await endpoint.page('a1', 'en');
  const answer = await endpoint.press('decide', {
    approvalId: 'a1',
    decision: 'approve',
    reason: '',
    page: { ...page, textHash: 'f'.repeat(64) },
  });
  expect(answer).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
  expect(answer.body.error?.message).toContain('Read it again');
  expect(gateway.messages.some((m) => m.type === 'decision')).toBe(false);
});

it('F046 a yes that the server refused may be given again once it asks anew, and the second one counts', async () => {
  await endpoint.consent();
  const prompt = await ask('a1', change(), { keepsText: true });
  gateway.counted = false;
  const press = async () => {
    const page = await endpoint.page('a1', 'en');
    return endpoint.press('decide', { approvalId: 'a1', decision: 'approve', reason: '', page });
  };
  const said = () => gateway.messages.filter((m) => m.type === 'decision' && m.approvalId === 'a1');
  const asked = async () =>
    (await (await fetch(`${endpoint.promptUrl}/state?locale=en`)).json()) as {
      questions: { refused: { message: string } | null }[];
    };
  expect((await press()).status).toBe(200);
  await until(() => said().length === 1);
  expect((await endpoint.press('decide', { approvalId: 'a1', decision: 'approve', reason: '' })).body.error?.code).toBe(
    'ALREADY_DECIDED',
  );
  gateway.counted = true;
  gateway.ask(prompt);
  await expect.poll(async () => (await asked()).questions.length, { timeout: 15_000 }).toBe(1);
  expect((await asked()).questions).toMatchObject([{ refused: { message: 'Already decided by Olivia Reyes.' } }]);
  // Durable: also the runtime that comes back asks once more, and not for the answer it had.
  await endpoint.kill();
  await endpoint.start();
  expect((await press()).status).toBe(200);
  await until(() => said().length === 2);
  // What counts is not asked again, whatever comes.
  gateway.ask(prompt);
  const order = gateway.order({ ...change(), risk: 'change', approvals: approvals('a1', prompt.hash) });
  expect((await gateway.ended(order)).exit?.exitCode).toBe(0);
  expect((await asked()).questions).toEqual([]);
});

it('F046 says nothing of what was shown to a server that does not keep it', async () => {
  await ask('a1');
  const page = await endpoint.page('a1', 'en');
  await endpoint.press('decide', { approvalId: 'a1', decision: 'deny', reason: '', page });
  await until(() => gateway.messages.some((m) => m.type === 'decision'));
  const said = gateway.messages.find((m) => m.type === 'decision');
  expect(said).not.toHaveProperty('shown');
  expect(said).not.toHaveProperty('text');
});

it.each([
  ['longer than can be kept', 'x'.repeat(200_001)],
  ['with a character that no store takes', 'ls \0'],
])('F046 a question %s can be denied and not approved', async (_, command) => {
  await ask('a1', change(), { keepsText: true, command });
  const page = await endpoint.page('a1', 'en');
  const answer = (decision: string) => endpoint.press('decide', { approvalId: 'a1', decision, reason: '', page });
  expect(await answer('approve')).toMatchObject({ status: 409, body: { error: { code: 'TOO_LARGE' } } });
  expect((await answer('deny')).status).toBe(200);
  await until(() => gateway.messages.some((m) => m.type === 'decision' && m.decision === 'deny' && !m.shown));
});
