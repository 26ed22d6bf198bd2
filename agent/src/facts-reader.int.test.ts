import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway } from './testing/fake-gateway.ts';
import { until } from './testing/until.ts';

/* A computer whose login manager hangs, as on a bus that does not answer: each of its programs is given up after two seconds. */
let gateway: FakeGateway;
let endpoint: TestEndpoint;
let bin: string;

beforeEach(async () => {
  bin = mkdtempSync(join(tmpdir(), 'throughline-hanging-'));
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  endpoint.environment = { PATH: `${bin}:${process.env.PATH}` };
  says('olivia');
  await endpoint.enroll();
  await endpoint.start();
  await endpoint.consent();
});
afterEach(async () => {
  await endpoint.remove();
  await gateway.stop();
  rmSync(bin, { recursive: true, force: true });
});

/** Who sits there; null: it hangs, and so does `who`. */
function says(person: string | null): void {
  const answer = `if [ "$1" = list-sessions ]; then echo '3 1000 ${person} seat0 tty2'; else echo no; fi`;
  const script = (text: string) => `#!/bin/sh\n${person === null ? 'exec sleep 60' : text}\n`;
  writeFileSync(join(bin, 'loginctl'), script(answer), { mode: 0o755 });
  writeFileSync(join(bin, 'who'), script(':'), { mode: 0o755 });
}

it('T3 F026 output goes on at once after a cut where the login manager hangs, and who is there is said when it is known', async () => {
  const stored = gateway.order({ script: 'while sleep 0.05; do date +%s%N; done', timeoutMs: 60_000 });
  await until(() => stored.stdout.length > 100);
  says(null);
  const hellos = gateway.hellos.length;
  gateway.cut();
  await until(() => gateway.hellos.length > hellos);
  const before = stored.stdout.length;
  // What was known last; a login manager that is silent says nobody, and that takes two seconds.
  expect(gateway.hellos.at(-1)?.facts).toMatchObject({ consoleUser: 'olivia' });
  await until(() => stored.stdout.length > before);
  await until(() => gateway.messages.some((message) => message.type === 'facts'));
  const told = gateway.messages.find((message) => message.type === 'facts');
  expect(told?.facts).toMatchObject({ users: [], consoleUser: null });
}, 60_000);
