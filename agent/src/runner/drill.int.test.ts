import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TestEndpoint } from '../testing/endpoint.ts';
import { FakeGateway } from '../testing/fake-gateway.ts';
import { until } from '../testing/until.ts';
import { drill } from './drill.ts';

it('a drill runs to its end and leaves nothing behind', async () => {
  const commands = mkdtempSync(join(tmpdir(), 'throughline-drill-'));
  try {
    await drill(commands);
    expect(readdirSync(commands)).toEqual([]);
  } finally {
    rmSync(commands, { recursive: true });
  }
});

it('F024 orders that come before, in and after a waiting runner’s drill run once each, and their record holds nothing of it', async () => {
  const gateway = await FakeGateway.start();
  const endpoint = new TestEndpoint(gateway);
  try {
    expect((await endpoint.enroll()).code).toBe(0);
    await endpoint.start();
    await endpoint.consent();
    for (const pause of [0, 400, 450, 500, 550, 600, 1_500]) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const done = await gateway.ended(gateway.order({ script: `echo after ${pause}` }));
      expect(done.stdout.toString()).toBe(`after ${pause}\n`);
      expect(done.exit).toMatchObject({ exitCode: 0, stderr: { bytes: 0 } });
    }
  } finally {
    await endpoint.remove();
    await gateway.stop();
  }
}, 60_000);

it('with its owner’s kill switch on a runner waits without a drill', async () => {
  const gateway = await FakeGateway.start();
  const endpoint = new TestEndpoint(gateway);
  /** Of the runner that waits: how it was started. */
  const line = async () => {
    const waits = () => readdirSync(join(endpoint.data, 'commands')).find((name) => /^\.ready-\d+$/.test(name));
    await until(() => waits() !== undefined);
    return readFileSync(`/proc/${waits()!.slice('.ready-'.length)}/cmdline`, 'utf8')
      .split('\0')
      .filter(Boolean);
  };
  try {
    expect((await endpoint.enroll()).code).toBe(0);
    await endpoint.start();
    expect((await line()).at(-1)).toBe('drill');
    await endpoint.kill('SIGTERM');
    await until(() => !readdirSync(join(endpoint.data, 'commands')).some((name) => name.startsWith('.ready')));
    writeFileSync(join(endpoint.data, 'policy.json'), JSON.stringify({ killSwitch: true }));
    await endpoint.start();
    expect((await line()).at(-1)).toBe(join(endpoint.data, 'commands'));
  } finally {
    await endpoint.remove();
    await gateway.stop();
  }
}, 60_000);
