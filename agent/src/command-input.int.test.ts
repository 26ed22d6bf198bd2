import { execFileSync } from 'node:child_process';
import type { CommandSpec } from '@throughline/domain/command';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway, type StoredCommand } from './testing/fake-gateway.ts';
import { until } from './testing/until.ts';

let gateway: FakeGateway;
let endpoint: TestEndpoint;

beforeAll(async () => {
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  expect((await endpoint.enroll()).code).toBe(0);
  await endpoint.start();
  await endpoint.consent();
}, 60_000);

afterAll(async () => {
  await endpoint.remove();
  await gateway.stop();
});

/** A command whose input is open, approved by the person at the endpoint. */
async function open(script: string, change: { shown?: boolean } = {}): Promise<StoredCommand> {
  const spec: CommandSpec = {
    ...{ shell: 'bash', script, cwd: null, runAs: { kind: 'runtime' }, timeoutMs: 60_000, input: true },
  };
  const approvalId = `input-${randomUUID()}`;
  const prompt = gateway.actionPrompt(approvalId, spec, change.shown === false ? { input: undefined } : {});
  await endpoint.approve(prompt);
  const { hash } = prompt;
  const approvals = [
    { id: `consent-${gateway.sessionId.slice(0, 8)}`, kind: 'session' as const, hash: gateway.consentHash() },
    { id: approvalId, kind: 'action' as const, hash },
  ];
  return gateway.order({ ...spec, risk: 'change', approvals });
}
const started = async (command: StoredCommand) => {
  await until(() => command.started !== null || command.refusal !== null);
  expect(command.refusal).toBeNull();
  return command;
};
const waiting = (command: StoredCommand) => until(() => gateway.waits(command.commandId));
const told = async (command: StoredCommand, seq: number) => {
  await until(() => gateway.told(command.commandId, seq) !== undefined);
  return gateway.told(command.commandId, seq);
};

describe('an answer to a running command', () => {
  it('U10 F024 reaches it once and in order, and the runtime says when it waits for one', async () => {
    const command = await started(
      await open('read -p "Name? " name; echo "hello $name"; read -p "Sure? " sure; echo "said $sure"'),
    );
    const { commandId } = command;
    await waiting(command);
    gateway.answer(commandId, 1, 'Olivia\n');
    gateway.answer(commandId, 1, 'Olivia\n');
    expect(await told(command, 1)).toMatchObject({ given: true });
    await until(() => command.stdout.includes('hello Olivia'));
    await waiting(command);
    gateway.answer(commandId, 1, 'Olivia\n');
    gateway.answer(commandId, 2, 'yes\n');
    const { exit, stdout } = await gateway.ended(command);
    expect(stdout.toString()).toBe('hello Olivia\nsaid yes\n');
    expect(exit).toMatchObject({ exitCode: 0, askedForInput: true });
    await until(() => !gateway.waits(commandId));
  });

  it('reads the end of its input when the technician ends it', async () => {
    const command = await started(await open('wc -l'));
    gateway.answer(command.commandId, 1, 'one\ntwo\n');
    gateway.answer(command.commandId, 2, 'three\n', { end: true });
    gateway.answer(command.commandId, 3, 'too late\n');
    expect((await gateway.ended(command)).stdout.toString().trim()).toBe('3');
  });

  it('U10 a secret reaches the command, and stands nowhere else: not in the output, the journal, or any file', async () => {
    const value = `pw-${randomUUID()}`;
    const command = await started(
      await open('read -r pw; echo "length ${#pw}"; echo "echoed $pw" >&2; printf %s "$pw"; sleep 0.2'),
    );
    gateway.answer(command.commandId, 1, '{{secret:admin}}\n', { secrets: { admin: value } });
    const { exit, stdout, stderr, remarks } = await gateway.ended(command);
    expect(stdout.toString()).toBe(`length ${value.length}\n{{secret:admin}}`);
    expect(stderr.toString()).toBe('echoed {{secret:admin}}\n');
    expect(exit?.stdout.sha256).toBe(command.sha256(1));
    expect(remarks).toContain('The value of {{secret:admin}} stood in the output 2 times and was masked there.');
    const found = execFileSync('sh', ['-c', `grep -rl -- "$1" "$2" || true`, 'sh', value, endpoint.data]).toString();
    expect(found).toBe('');
  });

  it('is refused in words: too late, without its secret, or when nobody reads any more', async () => {
    const command = await started(await open('read a; exec 0<&-; sleep 1; echo "got $a"'));
    const { commandId } = command;
    gateway.answer(commandId, 1, 'x\n', { notAfter: Date.now() - 1 });
    expect(await told(command, 1)).toMatchObject({ given: false, message: expect.stringMatching(/too late/) });
    gateway.answer(commandId, 2, '{{secret:pin}}\n');
    expect(await told(command, 2)).toMatchObject({
      given: false,
      message: expect.stringMatching(/“pin” is no longer/),
    });
    gateway.answer(commandId, 3, 'yes\n');
    expect(await told(command, 3)).toMatchObject({ given: true });
    expect((await gateway.ended(command)).stdout.toString()).toBe('got yes\n');
    gateway.answer(commandId, 4, 'more\n');
    expect(await told(command, 4)).toMatchObject({ given: false });
  });

  it('is nothing without the organisation’s signature, and never reaches a command that was sent without an open input', async () => {
    const command = await started(await open('read -t 2 a; echo "got <$a>"'));
    gateway.answer(command.commandId, 1, 'rm -rf /\n', {
      tamper: (bytes) => Buffer.from(Buffer.from(bytes).toString().replace('rm -rf /', 'rm -rf ~')),
    });
    expect((await gateway.ended(command)).stdout.toString()).toBe('got <>\n');
    expect(gateway.told(command.commandId, 1)).toBeUndefined();

    const closed = gateway.order({ script: 'read -t 1 a; sleep 1; echo "got <$a>"' });
    await until(() => closed.started !== null);
    gateway.answer(closed.commandId, 1, 'x\n');
    expect(await told(closed, 1)).toMatchObject({ given: false });
    expect((await gateway.ended(closed)).stdout.toString()).toBe('got <>\n');
  });

  it('F045 an open input needs the person’s own yes, whatever class the order claims, and a prompt that said so', async () => {
    const claimed = await gateway.ended(gateway.order({ script: 'bash', input: true, risk: 'read_only' }));
    expect(claimed.refusal).toMatchObject({ code: 'APPROVAL_REQUIRED' });
    const hidden = await gateway.ended(await open('bash', { shown: false }));
    expect(hidden.refusal).toMatchObject({ code: 'APPROVAL_REQUIRED' });
  });

  it('F015 still reaches the command after the runtime itself was killed', async () => {
    const command = await started(await open('read a; echo "first $a"; read b; echo "second $b"'));
    gateway.answer(command.commandId, 1, 'one\n');
    expect(await told(command, 1)).toMatchObject({ given: true });
    await endpoint.kill();
    await endpoint.start();
    gateway.answer(command.commandId, 1, 'one\n');
    gateway.answer(command.commandId, 2, 'two\n');
    expect((await gateway.ended(command)).stdout.toString()).toBe('first one\nsecond two\n');
  });
});
