import { afterAll, beforeAll, expect, it } from 'vitest';
import { taggedProcesses } from './runner/process-tree.ts';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway } from './testing/fake-gateway.ts';

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

it('F026 an order’s limit stops the command at exactly so many bytes, with all it started, and says so', async () => {
  const order = { script: 'setsid yes >&2 & yes', maxOutputBytes: 1_000_000, timeoutMs: 60_000 };
  const done = await gateway.ended(gateway.order(await endpoint.allowed(order)));
  expect(done.exit).toMatchObject({ outputLimited: true, timedOut: false, cancelled: false });
  expect(done.stdout.length + done.stderr.length).toBe(1_000_000);
  expect(done.exit?.stdout.bytes).toBe(done.stdout.length);
  expect(done.exit?.stdout.sha256).toBe(done.sha256(1));
  expect(done.remarks).toContain('LIMIT: the output reached 1000000 bytes, set in the order.');
  expect(done.remarks).toMatch(/LIMIT: \d+ bytes beyond the limit were left out\./);
  expect(taggedProcesses(done.commandId)).toEqual([]);
}, 30_000);

it('F026 the owner’s limit holds whatever the order says, and a larger one of the order does not lift it', async () => {
  endpoint.policy({ maxOutputBytes: 1_000 });
  try {
    for (const maxOutputBytes of [undefined, 1_000_000]) {
      const done = await gateway.ended(
        gateway.order({ script: 'seq 1 100000', ...(maxOutputBytes ? { maxOutputBytes } : {}) }),
      );
      expect(done.exit?.outputLimited).toBe(true);
      expect(done.stdout).toHaveLength(1_000);
      expect(done.remarks).toContain('set by the owner of this computer');
    }
    const smaller = await gateway.ended(gateway.order({ script: 'seq 1 100000', maxOutputBytes: 10 }));
    expect(smaller.stdout.toString()).toBe('1\n2\n3\n4\n5\n');
  } finally {
    endpoint.policy({});
  }
});

it('F026 output that only fills the limit is not over it', async () => {
  const done = await gateway.ended(gateway.order({ script: 'printf 12345; printf 67890 >&2', maxOutputBytes: 10 }));
  expect(done.exit).toMatchObject({ outputLimited: false, exitCode: 0 });
  expect(done.remarks).toBe('');
});

it('F007 tells what the computer is like whenever it is asked', async () => {
  const asked = Date.now();
  gateway.send({ type: 'facts', requestId: 'q-1' });
  const { until } = await import('./testing/until.ts');
  const answer = () => gateway.messages.find((message) => message.type === 'facts');
  await until(answer);
  const told = answer()!;
  expect(told.requestId).toBe('q-1');
  expect(told.at).toBeGreaterThanOrEqual(asked);
  expect(told.facts).toMatchObject({
    hostname: 'HARB-WS-07',
    arch: process.arch,
    runAsOthers: process.getuid?.() === 0,
  });
  expect(told.facts.shells.map((shell) => shell.shell)).toContain('bash');
  expect(told.facts.diskFreeBytes).toBeGreaterThan(0);
  expect(told.facts.timeZone).not.toBe('');
});
