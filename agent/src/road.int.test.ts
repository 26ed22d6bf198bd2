import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConnectProxy } from './testing/connect-proxy.ts';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway } from './testing/fake-gateway.ts';
import { TlsFront } from './testing/tls-front.ts';
import { until } from './testing/until.ts';

let gateway: FakeGateway;
let endpoint: TestEndpoint;
let proxy: ConnectProxy;
let front: TlsFront;

beforeEach(async () => {
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  endpoint.environment = { ...NO_PROXIES };
  proxy = await ConnectProxy.start();
  front = new TlsFront(gateway.url);
  await front.start();
});

afterEach(async () => {
  await endpoint.remove();
  await Promise.all([proxy.stop(), front.stop()]);
  await gateway.stop();
});

/** Whatever this machine itself goes through. */
const NO_PROXIES = Object.fromEntries(
  ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS'].flatMap((name) => [
    [name, ''],
    [name.toLowerCase(), ''],
  ]),
);
const runs = async () => {
  await endpoint.consent();
  return (await gateway.ended(gateway.order({ script: 'echo through' }))).stdout.toString();
};

it('U42 enrols and stays connected through the proxy of HTTPS_PROXY, inside TLS of a private authority', async () => {
  Object.assign(endpoint.environment, { HTTPS_PROXY: `http://${proxy.address}` });
  endpoint.server = front.url;
  expect((await endpoint.enroll('--ca', front.ca)).code).toBe(0);
  expect(proxy.tunnels).toEqual([new URL(front.url).host]);
  await endpoint.start();
  expect(proxy.tunnels).toHaveLength(2);
  expect(await runs()).toBe('through\n');
  const doctor = await endpoint.cli('doctor');
  expect(doctor.output).toContain(`through ${proxy.address}`);
  // Every connection again, also after the wire broke.
  gateway.cut();
  await until(() => gateway.online);
  expect(proxy.tunnels.length).toBeGreaterThanOrEqual(3);
}, 60_000);

it('U42 signs in at the proxy, and shows its password nowhere', async () => {
  proxy.signIn = 'jun:s3cret';
  endpoint.environment.HTTP_PROXY = `http://${proxy.address}`;
  const refused = await endpoint.enroll();
  expect(refused.code).toBe(1);
  expect(refused.output).toContain('proxy');
  expect(proxy.refused).toBe(1);
  endpoint.environment.HTTP_PROXY = `http://jun:s3cret@${proxy.address}`;
  expect((await endpoint.enroll()).code).toBe(0);
  await endpoint.start();
  expect(proxy.tunnels).toHaveLength(2);
  const doctor = await endpoint.cli('doctor');
  expect(doctor.output).toContain(proxy.address);
  expect(doctor.output + readFileSync(join(endpoint.data, 'runtime.log'), 'utf8')).not.toContain('s3cret');
}, 60_000);

it('U42 goes directly where NO_PROXY says so', async () => {
  Object.assign(endpoint.environment, { HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: 'localhost,127.0.0.1' });
  expect((await endpoint.enroll()).code).toBe(0);
  await endpoint.start();
  expect(gateway.online).toBe(true);
}, 60_000);

it('U42 believes no unknown authority, says what to do, and the token stays good', async () => {
  endpoint.server = front.url;
  const unknown = await endpoint.enroll();
  expect(unknown.code).toBe(1);
  expect(unknown.output).toContain('--ca FILE');
  expect(gateway.tokenState).toBe('good');
  const none = join(endpoint.data, 'none.pem');
  writeFileSync(none, 'no certificate at all');
  expect((await endpoint.enroll('--ca', none)).output).toContain('holds no certificate');
  expect(gateway.tokenState).toBe('good');
  expect((await endpoint.enroll('--ca', front.ca)).code).toBe(0);
  // Kept in the data folder: the service needs no setting.
  await endpoint.start();
  expect(await runs()).toBe('through\n');
}, 60_000);

it('U42 believes the authorities of NODE_EXTRA_CA_CERTS', async () => {
  endpoint.server = front.url;
  endpoint.environment.NODE_EXTRA_CA_CERTS = front.ca;
  expect((await endpoint.enroll()).code).toBe(0);
  await endpoint.start();
  expect(gateway.online).toBe(true);
}, 60_000);
