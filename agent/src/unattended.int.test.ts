import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CommandSpec } from '@throughline/domain/command';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway, type Order, UNATTENDED } from './testing/fake-gateway.ts';
import { until } from './testing/until.ts';

/* A real runtime, and a server that would like to work without anybody being asked. */
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

const trace = () => join(endpoint.data, 'trace');
const ran = () => (existsSync(trace()) ? readFileSync(trace(), 'utf8').split('\n').length - 1 : 0);
const change = (more: Partial<CommandSpec> = {}): CommandSpec => ({
  shell: 'bash',
  script: `echo x >> ${trace()}`,
  cwd: null,
  runAs: { kind: 'runtime' },
  timeoutMs: 60_000,
  ...more,
});
const policy = (more: object = {}) => endpoint.policy({ consent: 'unattended', ...more });
async function outcome(order: Order): Promise<string> {
  const stored = await gateway.ended(gateway.order({ risk: 'change', unattended: UNATTENDED, ...change(), ...order }));
  return stored.refusal === null ? `ran ${stored.exit?.exitCode ?? 'unknown'}` : stored.refusal.code;
}
async function view() {
  return (await (await fetch(`${endpoint.promptUrl}/state?locale=en`)).json()) as {
    questions: { approvalId: string }[];
    sessions: { active: boolean; allowed: boolean; unattended: string | null }[];
  };
}

it('U34 runs unattended what its owner’s file names, signs that, and shows it to whoever is there', async () => {
  policy();
  const stated = await gateway.askUnattended();
  const fileHash = createHash('sha256')
    .update(readFileSync(join(endpoint.data, 'policy.json')))
    .digest('hex');
  expect(stated).toMatchObject({
    type: 'unattended_allowed',
    ...UNATTENDED,
    classes: ['read_only', 'change'],
    fileHash,
  });
  expect(await outcome({})).toBe('ran 0');
  expect(await outcome({ risk: 'read_only' })).toBe('ran 0');
  expect(ran()).toBe(2);
  // The question itself, which a server sends as well, is put to nobody.
  gateway.ask(gateway.prompt());
  const shown = await view();
  expect(shown.questions).toEqual([]);
  expect(shown.sessions).toMatchObject([
    { active: true, allowed: false, unattended: expect.stringContaining('rule P-10, version 3') },
  ]);
  const { status } = await endpoint.press('decide', {
    approvalId: gateway.prompt().approvalId,
    decision: 'approve',
    reason: '',
  });
  expect(status).toBe(409);
  // Whoever is there can end it, and it stays ended.
  await endpoint.press('end', { sessionId: gateway.sessionId, reason: '' });
  expect(await outcome({})).toBe('APPROVAL_DENIED');
  expect(ran()).toBe(2);
});

it('U34 never what can destroy data, another account or an open input, unless the file says so by class', async () => {
  policy();
  await gateway.askUnattended();
  expect(await outcome({ risk: 'destructive' })).toBe('POLICY_DENIED');
  expect(await outcome({ runAs: { kind: 'account', name: 'root' } })).toBe('POLICY_DENIED');
  expect(await outcome({ input: true })).toBe('POLICY_DENIED');
  expect(ran()).toBe(0);
  policy({ unattended: ['destructive'] });
  expect(await outcome({ risk: 'destructive' })).toBe('ran 0');
  expect(await outcome({ risk: 'change' })).toBe('POLICY_DENIED');
  policy({ consent: 'required' });
  expect(await outcome({ risk: 'destructive' })).toBe('POLICY_DENIED');
  expect(ran()).toBe(1);
});

it('S4 U34 a server that holds every key starts nothing unattended where the owner’s file does not allow it', async () => {
  const refused = await gateway.askUnattended();
  expect(refused).toMatchObject({ type: 'unattended_refused', message: expect.stringContaining('has not allowed') });
  const { approvalId } = gateway.prompt();
  // Whatever it says next: that it counted, that it was approved, that nothing is a change.
  gateway.send({ type: 'decided', approvalId, counted: true, message: 'It counts.' });
  gateway.send({ type: 'prompt_closed', approvalId, sessionId: gateway.sessionId, state: 'approved', message: 'Yes.' });
  for (const risk of ['read_only', 'change', 'destructive'] as const)
    expect(await outcome({ risk })).toBe('POLICY_DENIED');
  expect(await outcome({ approvals: [] })).toBe('POLICY_DENIED');
  // Allowed, and yet: this session was never stated, another one was.
  policy();
  expect(await outcome({})).toBe('APPROVAL_REQUIRED');
  const other = gateway.prompt({ approvalId: 'other', sessionId: '4f6b1f0e-0000-4000-8000-000000000001' });
  expect((await gateway.askUnattended(other)).type).toBe('unattended_allowed');
  expect(await outcome({ approvals: [{ id: 'other', kind: 'session', hash: gateway.consentHash() }] })).toBe(
    'APPROVAL_REQUIRED',
  );
  // An order that names no rule needs people, whatever the file says.
  const { unattended: _none, ...plain } = { unattended: UNATTENDED, ...change() };
  const stored = await gateway.ended(gateway.order({ ...plain, risk: 'change' }));
  expect(stored.refusal?.code).toBe('APPROVAL_REQUIRED');
  expect(ran()).toBe(0);
});

it('U34 where the owner does not allow it the person is asked as ever, and a yes makes an ordinary session', async () => {
  expect((await gateway.askUnattended()).type).toBe('unattended_refused');
  await endpoint.consent();
  await until(() => gateway.messages.some((m) => m.type === 'decision'));
  const read = await gateway.ended(gateway.order({ script: 'uptime', risk: 'read_only' }));
  expect(read.exit?.exitCode).toBe(0);
  expect((await gateway.ended(gateway.order(await endpoint.allowed(change())))).exit?.exitCode).toBe(0);
  expect((await view()).sessions).toMatchObject([{ active: true, allowed: true, unattended: null }]);
  expect(ran()).toBe(1);
});

it('U34 in an unattended session a command that the policy does not name needs a yes of its own, also one that reads', async () => {
  policy();
  await gateway.askUnattended();
  const approvals = [{ id: gateway.prompt().approvalId, kind: 'session' as const, hash: gateway.consentHash() }];
  const unasked = await gateway.ended(gateway.order({ ...change(), risk: 'read_only' }));
  expect(unasked.refusal?.code).toBe('APPROVAL_REQUIRED');
  const prompt = gateway.actionPrompt('a1', change());
  await endpoint.approve(prompt);
  const asked = gateway.order({
    ...change(),
    risk: 'change',
    approvals: [...approvals, { id: 'a1', kind: 'action', hash: prompt.hash }],
  });
  expect((await gateway.ended(asked)).exit?.exitCode).toBe(0);
  expect(ran()).toBe(1);
});

it('U34 the statement survives a restart of the runtime, and so does the session', async () => {
  policy();
  gateway.answersDecisions = false;
  await gateway.askUnattended();
  await endpoint.kill();
  const before = gateway.messages.length;
  gateway.answersDecisions = true;
  await endpoint.start();
  await until(() => gateway.messages.slice(before).some((m) => m.type === 'unattended_allowed'));
  expect(await outcome({})).toBe('ran 0');
});
