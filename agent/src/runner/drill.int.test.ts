import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TestEndpoint } from '../testing/endpoint.ts';
import { FakeGateway } from '../testing/fake-gateway.ts';
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
