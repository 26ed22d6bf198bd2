import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway } from './testing/fake-gateway.ts';

let gateway: FakeGateway;
let endpoint: TestEndpoint;

beforeEach(async () => {
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  await endpoint.enroll();
  await endpoint.start();
  await endpoint.consent();
}, 60_000);
afterEach(async () => {
  await endpoint.remove();
  await gateway.stop();
});

it('F026 eight long outputs at once share the credit, and each arrives whole', async () => {
  // All credit is used up before the last of them has sent a byte, and none is given back until all have ended.
  gateway.holdAcks = true;
  const bytes = 12_000_000;
  const all = Array.from({ length: 8 }, () => gateway.order({ script: `head -c ${bytes} /dev/zero` }));
  await expect.poll(() => gateway.receivedBytes, { timeout: 30_000 }).toBeGreaterThan(15_900_000);
  gateway.holdAcks = false;
  for (const stored of all)
    if (stored.nextSeq > 1) gateway.send({ type: 'ack', commandId: stored.commandId, ackSeq: stored.nextSeq - 1 });
  for (const stored of all) {
    await gateway.ended(stored, 60_000);
    expect(stored.stdout.length).toBe(bytes);
    expect(stored.sha256(1)).toBe(stored.exit?.stdout.sha256);
  }
}, 120_000);
