import { randomUUID } from 'node:crypto';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Listener, type StoreEvent, listen, publish } from './notify.ts';
import { type TestMsp, type TestStore, createMsp, openTestStore } from './testing/store-fixture.ts';
import { type Tx, withTenant } from './tenant.ts';

let store: TestStore;
let msp: TestMsp;
let listener: Listener;
const heard: StoreEvent[] = [];

beforeAll(async () => {
  store = await openTestStore();
  msp = await createMsp(store, 'northgate');
  let ready = false;
  listener = listen(store.appUrl, {
    event: (event) => heard.push(event),
    gap: () => (ready = true),
    trouble: () => undefined,
  });
  await waitFor('the listener', () => ready);
});
afterAll(async () => {
  await listener?.stop();
  await store?.close();
});

const within = <T>(work: (tx: Tx) => Promise<T>) => withTenant(store.pool, msp.scope, work);
const news = (k: StoreEvent['k'], a: string): StoreEvent => ({ k, m: msp.mspId, a });

it('what a transaction tells is heard once it is committed, an order before the news about it', async () => {
  const [one, two, three] = [randomUUID(), randomUUID(), randomUUID()];
  heard.length = 0;
  await within(async (tx) => {
    await publish(tx, news('approval', one));
    await publish(tx, news('outbox', two));
    await publish(tx, news('session', "it's three"));
    await publish(tx, news('approval', one)); // Said twice, heard once.
  });
  await within((tx) => publish(tx, news('report', three)));
  await waitFor('the last of it', () => heard.some(({ a }) => a === three));
  expect(heard.map(({ k, a }) => [k, a])).toEqual([
    ['outbox', two],
    ['approval', one],
    ['session', "it's three"],
    ['report', three],
  ]);
});

it('nothing is heard of a transaction that was rolled back, nor is it told with the next one', async () => {
  const last = randomUUID();
  heard.length = 0;
  const failed = within(async (tx) => {
    await publish(tx, news('approval', randomUUID()));
    throw new Error('changed my mind');
  });
  await expect(failed).rejects.toThrow('changed my mind');
  await within((tx) => publish(tx, news('report', last)));
  await waitFor('the last of it', () => heard.some(({ a }) => a === last));
  expect(heard).toHaveLength(1);
});
