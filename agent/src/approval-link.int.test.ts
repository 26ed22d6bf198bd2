import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AgentMessage, GatewayMessage, Prompt } from '@throughline/domain/agent-protocol';
import { toHex, utf8 } from '@throughline/domain/bytes';
import type { CommandSpec } from '@throughline/domain/command';
import { promptLines, textOf } from '@throughline/domain/prompt/prompt-text';
import { sha256 } from './sha256.ts';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway } from './testing/fake-gateway.ts';
import { SoftPasskey, pinsOf } from './testing/soft-passkey.ts';
import { until } from './testing/until.ts';

/* A real runtime, and a server that says that the person answered by a link on a phone. */
let gateway: FakeGateway;
let endpoint: TestEndpoint;

beforeEach(async () => {
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
});

afterEach(async () => {
  await endpoint.remove();
  await gateway.stop();
});

/** An enrolled computer whose owner wrote this file, its session allowed at the computer itself. */
async function begin(policy: object): Promise<void> {
  expect((await endpoint.enroll()).code).toBe(0);
  endpoint.policy({ ...policy });
  await endpoint.start();
  await endpoint.consent();
}

const file = (name: string) => join(endpoint.data, name);
const spec = (name: string): CommandSpec => ({
  shell: 'bash',
  script: `set -C; echo ran > ${file(name)}`,
  cwd: null,
  runAs: { kind: 'runtime' },
  timeoutMs: 60_000,
});

type LinkAnswer = Extract<GatewayMessage, { type: 'link_answer' }>;
const about = (approvalId: string) => (message: AgentMessage) =>
  (message.type === 'answer_refused' || message.type === 'decision') && message.approvalId === approvalId;

/** Carries an answer to the runtime and waits for what it makes of it. */
async function carry(prompt: Prompt, more: Partial<LinkAnswer> = {}) {
  const { approvalId } = prompt;
  const before = gateway.messages.filter(about(approvalId)).length;
  const lines = promptLines({ prompt, offer: null, consentAt: null, away: true }, { locale: 'en', timeZone: 'UTC' });
  const text = more.text ?? textOf(lines);
  const now = new Date().toISOString();
  gateway.send({
    ...{ type: 'link_answer', approvalId, decision: 'approve', reason: '', text },
    page: { language: 'en', textHash: toHex(sha256(utf8(text))) },
    link: {
      ...{ id: `link-${approvalId}`, name: 'Olivia Hart', email: 'olivia@harbor.example' },
      ...{ sentAt: now, openedAt: now, answeredAt: now },
    },
    ...more,
  });
  await until(() => gateway.messages.filter(about(approvalId)).length > before);
  return gateway.messages.findLast(about(approvalId));
}

async function ask(approvalId: string, of: CommandSpec, more: Partial<Prompt> = {}): Promise<Prompt> {
  const prompt = gateway.actionPrompt(approvalId, of, { keepsText: true, ...more });
  gateway.ask(prompt);
  await endpoint.knows(approvalId);
  return prompt;
}

async function outcome(of: CommandSpec, id: string, hash: string): Promise<string> {
  const approvals = [
    { id: gateway.prompt().approvalId, kind: 'session' as const, hash: gateway.consentHash() },
    { id, kind: 'action' as const, hash },
  ];
  const stored = await gateway.ended(gateway.order({ ...of, risk: 'change', approvals }));
  return stored.refusal === null ? `ran ${stored.exit?.exitCode ?? 'unknown'}` : stored.refusal.code;
}

async function told(): Promise<true | undefined> {
  gateway.send({ type: 'facts', requestId: 'look' });
  const before = gateway.messages.length;
  await until(() => gateway.messages.slice(before).some(({ type }) => type === 'facts'));
  const said = gateway.messages.findLast((message) => message.type === 'facts');
  return said?.facts.approvalLink;
}

const lastShown = async () =>
  (
    (await (await fetch(`${endpoint.promptUrl}/state?locale=en`)).json()) as {
      last: { kind: string; link: string | null } | null;
    }
  ).last;

it('U33 where the owner allows links, a yes by one counts once, is signed as that, and says so at the computer', async () => {
  await begin({ approvalLink: true });
  expect(gateway.hellos[0]?.facts.approvalLink).toBe(true);
  const prompt = await ask('approval-1', spec('one'));
  // Another text than the one that was hashed, or one without the command, is nobody's yes.
  const other = await carry(prompt, { page: { language: 'en', textHash: '0'.repeat(64) } });
  expect(other).toMatchObject({ type: 'answer_refused', message: expect.stringContaining('another text') });
  const cut = await carry(prompt, { text: 'May Jun look?' });
  expect(cut).toMatchObject({ type: 'answer_refused', message: expect.stringContaining('does not hold the command') });
  // The gateway checks the signature over all of it.
  expect(await carry(prompt)).toMatchObject({
    ...{ type: 'decision', decision: 'approve', account: 'Olivia Hart', shown: { channel: 'link_page', locked: null } },
    link: { id: 'link-approval-1', email: 'olivia@harbor.example' },
  });
  expect(await outcome(spec('one'), 'approval-1', prompt.hash)).toBe('ran 0');
  expect(await outcome(spec('one'), 'approval-1', prompt.hash)).toBe('APPROVAL_REQUIRED');
  expect(await lastShown()).toMatchObject({ kind: 'yes', link: 'Olivia Hart' });
  // The owner takes it back: a yes that was given before starts nothing any more.
  const second = await ask('approval-2', spec('two'));
  expect(await carry(second)).toMatchObject({ type: 'decision' });
  endpoint.policy({});
  expect(await outcome(spec('two'), 'approval-2', second.hash)).toBe('APPROVAL_REQUIRED');
  expect([existsSync(file('one')), existsSync(file('two'))]).toEqual([true, false]);
}, 60_000);

it('U33 where the owner does not, or named approvers are pinned, no yes by a link counts; a no always does', async () => {
  await begin({});
  expect(await told()).toBeUndefined();
  const prompt = await ask('approval-1', spec('one'));
  expect(await carry(prompt)).toMatchObject({
    type: 'answer_refused',
    message: expect.stringContaining('“approvalLink”: true in policy.json'),
  });
  const { sessionId } = gateway;
  gateway.send({ type: 'decided', approvalId: 'approval-1', counted: true, message: 'It counts.' });
  gateway.send({ type: 'prompt_closed', approvalId: 'approval-1', sessionId, state: 'approved', message: 'Approved.' });
  expect(await outcome(spec('one'), 'approval-1', prompt.hash)).toBe('APPROVAL_REQUIRED');
  // The owner lets them count now, and the server's bare word still is nobody's yes.
  endpoint.policy({ approvalLink: true });
  expect(await told()).toBe(true);
  expect(await outcome(spec('one'), 'approval-1', prompt.hash)).toBe('APPROVAL_REQUIRED');
  endpoint.policy({});
  const second = await ask('approval-2', spec('two'));
  const denied = await carry(second, { decision: 'deny', reason: 'I am out' });
  expect(denied).toMatchObject({ type: 'decision', decision: 'deny', reason: 'I am out', account: 'Olivia Hart' });
  expect(await lastShown()).toMatchObject({ kind: 'no', link: 'Olivia Hart' });
  expect(existsSync(file('one'))).toBe(false);
}, 60_000);

it('U33 in strong mode a link counts for nothing, and is not offered', async () => {
  gateway.approvers = pinsOf(new SoftPasskey('Mara Voss'));
  await begin({ approvalLink: true });
  expect(gateway.hellos[0]?.facts.approvalLink).toBeUndefined();
  const prompt = await ask('approval-1', spec('one'));
  expect(await carry(prompt)).toMatchObject({
    type: 'answer_refused',
    message: expect.stringContaining('Named approvers are pinned'),
  });
  expect(await outcome(spec('one'), 'approval-1', prompt.hash)).toBe('APPROVAL_REQUIRED');
  expect(existsSync(file('one'))).toBe(false);
}, 60_000);
