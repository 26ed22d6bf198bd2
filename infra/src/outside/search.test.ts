import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { searchTrouble } from './search.ts';

let server: Server;
let url: string;
/** Answers as Meilisearch does, as far as the question goes. */
beforeEach(async () => {
  server = createServer((request, response) => {
    response.statusCode = request.headers.authorization === 'Bearer sesame' ? 200 : 403;
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
});
afterEach(() => void server.close());

it('finds nothing against a server that answers and takes the key', async () => {
  expect(await searchTrouble(url, 'sesame')).toBeNull();
});

it('says what stands against it, and never fails', async () => {
  expect(await searchTrouble(url, 'guess')).toBe('does not accept MEILI_KEY');
  server.close();
  server.closeAllConnections();
  expect(await searchTrouble(url, 'sesame')).toBe('does not answer (connection refused)');
  expect(await searchTrouble('http://no-such-host.invalid', undefined)).toMatch(/^does not answer \(.+\)$/);
});
