import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway, type Order, UNATTENDED } from './testing/fake-gateway.ts';
import { until } from './testing/until.ts';

/* A server that holds the true command key and lies about what a command does. */

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

const file = (name: string) => join(endpoint.data, name);
const trace = () => `set -C; echo ran > ${file('executions')}`;
const refusal = async (order: Order) => (await gateway.ended(gateway.order({ risk: 'read_only', ...order }))).refusal;
const runs = async (script: string) => (await gateway.ended(gateway.order({ script }))).exit?.exitCode;

/** The process that judges, of the running runtime. */
function judges(): number[] {
  const pid = endpoint.process?.pid;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.map(Number).filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('\0judge\0'));
}

it('F045 S4 a change that is ordered as reading is refused, in whatever words it hides, and a command that reads runs', async () => {
  await endpoint.consent();
  mkdirSync(file('precious'));
  const lies: Order[] = [
    { script: trace() },
    { script: `systemctl restart cups; ${trace()}` },
    { script: `rm -rf ${file('precious')}` },
    { script: `ls /etc; "to"uch ${file('executions')}` },
    { script: `$(echo touch) ${file('executions')}` },
    { script: `echo ${Buffer.from(trace()).toString('base64')} | base64 -d | sh` },
    { script: `find ${endpoint.data} -name precious -exec rmdir {} +` },
    { script: `ls #${'x'.repeat(20_000)}\n${trace()}` },
    { script: 'Stop-Service Spooler', shell: 'pwsh' },
    { script: 'dir', shell: 'cmd' },
  ];
  for (const lie of lies) {
    const refused = await refusal(lie);
    const judged = lie.script?.startsWith('rm') === true ? 'destructive' : 'change';
    expect([lie.script, refused?.code, refused?.judged]).toEqual([lie.script, 'APPROVAL_REQUIRED', judged]);
    expect(refused?.message).toMatch(
      /^This computer judges the command (a change|destructive) \(.+\); the order called it reading\./,
    );
    expect(refused?.message).toContain('Propose it again');
  }
  expect(existsSync(file('executions'))).toBe(false);
  expect(existsSync(file('precious'))).toBe(true);
  expect(await runs('ls /etc | head -3')).toBe(0);
}, 60_000);

it('F049 S4 the owner’s readOnly holds against an order that calls a change reading', async () => {
  await endpoint.consent();
  endpoint.policy({ readOnly: true });
  const refused = await refusal({ script: trace() });
  expect(refused?.code).toBe('POLICY_DENIED');
  expect(refused?.message).toContain('This computer judges the command a change');
  expect(existsSync(file('executions'))).toBe(false);
  expect(await runs('uptime')).toBe(0);
});

it('U34 S4 what the owner lets run unattended is measured by this computer’s own class', async () => {
  endpoint.policy({ consent: 'unattended', unattended: ['read_only'] });
  await gateway.askUnattended();
  const refused = await refusal({ script: trace(), unattended: UNATTENDED });
  expect(refused?.code).toBe('POLICY_DENIED');
  expect(refused?.message).toContain('This computer judges the command a change');
  expect(existsSync(file('executions'))).toBe(false);
  const read = await gateway.ended(gateway.order({ script: 'uptime', unattended: UNATTENDED }));
  expect(read.exit?.exitCode).toBe(0);
});

it('F045 S4 a file that is ordered as reading is refused', async () => {
  await endpoint.consent();
  const path = file('identity.json');
  const refused = await refusal({ file: { direction: 'from_endpoint', path, maxBytes: 10_000 } });
  expect(refused?.code).toBe('APPROVAL_REQUIRED');
  expect(refused?.message).toContain('This computer judges the command a change');
});

it('S4 with no answer of its judge a command counts as a change, and the next one is judged again', async () => {
  expect(judges()).toEqual([]);
  await endpoint.consent();
  await until(() => judges().length === 1);
  expect(await runs('uptime')).toBe(0);
  const [first] = judges();
  process.kill(first!, 'SIGSTOP');
  const refused = await refusal({ script: 'uptime' });
  expect(refused?.code).toBe('APPROVAL_REQUIRED');
  expect(refused?.message).toContain('could not be judged');
  // That says nothing of the script: the desk is not told to take it for a change from now on.
  expect(refused?.judged).toBeUndefined();
  expect(await runs('uptime')).toBe(0);
  expect(judges()).not.toContain(first);
  process.kill(judges()[0]!, 'SIGKILL');
  // Until the runtime has heard of it, a question may still go to the dead one.
  await until(() => endpoint.output.includes('judges scripts ended'));
  expect(await runs('uptime')).toBe(0);
}, 60_000);
