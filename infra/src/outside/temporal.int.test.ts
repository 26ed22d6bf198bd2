import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, inject, it } from 'vitest';
import { gateBefore, type Gate } from '../testing/gate.ts';
import '../testing/provided.ts';
import { requireTemporal, type OutsideTemporal } from './temporal.ts';

const gates: Gate[] = [];
afterEach(() => gates.splice(0).forEach((gate) => gate.close()));

function server(some: Partial<OutsideTemporal> = {}): OutsideTemporal {
  const namespace = `outside-${randomBytes(4).toString('hex')}`;
  return { address: inject('temporalAddress'), namespace, tls: false, ...some };
}

async function gate(refuse: Parameters<typeof gateBefore>[1]): Promise<string> {
  const made = await gateBefore(inject('temporalAddress'), refuse);
  gates.push(made);
  return made.address;
}

it('makes a missing namespace once, also when two starts find it missing together', async () => {
  const outside = server();
  const made = await Promise.all([requireTemporal(outside), requireTemporal(outside)]);
  expect(made).toContain(true);
  expect(await requireTemporal(outside)).toBe(false);
});

it('names the missing namespace, and how to make it, where the server does not let us', async () => {
  const address = await gate((method) =>
    method === 'RegisterNamespace' ? 'namespaces are made by the platform team' : null,
  );
  const outside = server({ address });
  await expect(requireTemporal(outside)).rejects.toThrow(
    `Temporal: ${address} has no namespace "${outside.namespace}", and does not let us make it ` +
      '(namespaces are made by the platform team)\n' +
      `  What to do: make it (temporal operator namespace create --namespace ${outside.namespace} --retention 90d, or in ` +
      'your cloud console), or set TEMPORAL_NAMESPACE to one that is there',
  );
  expect(await requireTemporal(server({ address, namespace: inject('temporalNamespace') }))).toBe(false);
});

it('says that the server does not let us in', async () => {
  const address = await gate(() => 'request unauthorized');
  await expect(requireTemporal(server({ address }))).rejects.toThrow(
    `Temporal: ${address} does not let us in (request unauthorized)\n  What to do: check TEMPORAL_API_KEY`,
  );
});

it('says that what listens there is no Temporal, or speaks without TLS', async () => {
  const listening = await new Promise<Server>((resolve) => {
    const made = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    made.listen(0, '127.0.0.1', () => resolve(made));
  });
  const address = `127.0.0.1:${(listening.address() as { port: number }).port}`;
  try {
    const [other, plain] = await Promise.all(
      [
        server({ address }),
        server({ address: inject('temporalAddress').replace('127.0.0.1', 'localhost'), tls: true }),
      ].map((outside) => requireTemporal(outside).catch((error: Error) => error.message)),
    );
    const words =
      /^Temporal: \S+ takes connections, but does not answer as a Temporal server does( with TLS)? \([^\n]+\)\n {2}/;
    expect(other).toMatch(words);
    expect(plain).toMatch(words);
    expect(plain).toContain('with TLS');
  } finally {
    listening.close();
  }
});
