import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway } from './testing/fake-gateway.ts';
import { until } from './testing/until.ts';

let gateway: FakeGateway;
let endpoint: TestEndpoint;

beforeEach(async () => {
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  expect((await endpoint.enroll()).code).toBe(0);
}, 60_000);

afterEach(async () => {
  await endpoint.remove();
  await gateway.stop();
});

interface Kept {
  publicKey: string;
  privateKey: string;
  enrolledAt: number;
  nextKey?: object;
}
const file = () => join(endpoint.data, 'identity.json');
const kept = () => JSON.parse(readFileSync(file(), 'utf8')) as Kept;
const rotated = (old: Kept) => {
  const now = kept();
  return now.publicKey !== old.publicKey && now.nextKey === undefined && now.publicKey === gateway.runtimeKey;
};

it('F004 changes its key when the owner asks, proven by the old one, and works on with the new one', async () => {
  const old = kept();
  expect((await endpoint.cli('rotate-key')).output).toContain('new key');
  await endpoint.start();
  await until(() => rotated(old));
  await until(() => !existsSync(join(endpoint.data, 'rotate-key')));
  expect(kept().privateKey).not.toBe(old.privateKey);
  await endpoint.consent();
  expect((await gateway.ended(gateway.order({ script: 'echo with the new key' }))).exit?.exitCode).toBe(0);
  await endpoint.kill('SIGTERM');
  await endpoint.start();
  expect(gateway.online).toBe(true);
  expect(gateway.proofsRefused).toBe(0);
}, 60_000);

it('F004 changes a key by itself when it has grown old', async () => {
  const old = { ...kept(), enrolledAt: Date.now() - 91 * 24 * 3_600_000 };
  writeFileSync(file(), JSON.stringify(old));
  await endpoint.start();
  await until(() => rotated(old));
}, 60_000);

it.each([
  ['took the new key', 'take_and_cut', 'take', 0],
  ['did not take it', 'cut', 'take', 1],
] as const)(
  'F004 finds out which key counts when the wire broke after the server %s',
  async (_what, first, then, proofsRefused) => {
    const old = kept();
    gateway.rotation = first;
    gateway.rotationAfterCut = then;
    expect((await endpoint.cli('rotate-key')).code).toBe(0);
    await endpoint.start();
    await until(() => rotated(old), 30_000);
    expect(gateway.cuts).toBe(1);
    expect(gateway.proofsRefused).toBe(proofsRefused);
    expect(gateway.online).toBe(true);
  },
  60_000,
);

it('F004 keeps the old key when the server refuses the new one', async () => {
  const old = kept();
  gateway.rotation = 'refuse';
  expect((await endpoint.cli('rotate-key')).code).toBe(0);
  await endpoint.start();
  await until(() => endpoint.output.includes('did not take'));
  expect(kept().publicKey).toBe(old.publicKey);
  expect(kept().nextKey).toBeUndefined();
  expect(existsSync(join(endpoint.data, 'rotate-key'))).toBe(false);
}, 60_000);
