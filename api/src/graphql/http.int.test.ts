import { randomUUID } from 'node:crypto';
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { gid } from '../testing/desk.ts';

let bench: ApiBench;
beforeAll(async () => {
  bench = await openApiBench();
});
afterAll(() => bench?.close());

describe('GraphQL over HTTP', () => {
  const audits = serverAudits({
    url: () => `${bench.url}/graphql`,
    // What every program must send: without it a request that could change something is refused (see the test below).
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), 'x-throughline': '1' } }),
  });

  it('keeps to the specification in each of the 61 audits of graphql-http', async () => {
    expect(audits).toHaveLength(61);
    const failed: string[] = [];
    for (const audit of audits) {
      const result = await audit.fn();
      if (result.status !== 'ok') failed.push(`${result.status} ${audit.id} ${result.name}: ${result.reason}`);
    }
    expect(failed).toEqual([]);
  });

  it('refuses a POST without the header that only our own pages can set, whatever the cookie', async () => {
    const send = (headers: Record<string, string>) =>
      fetch(`${bench.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie: bench.northgate.people.ada.cookie, ...headers },
        body: JSON.stringify({ query: 'mutation { markNotificationsRead(ids: []) { __typename } }' }),
      });
    const refused = await send({});
    expect(refused.status).toBe(403);
    expect(((await refused.json()) as { error: { message: string } }).error.message).toContain('x-throughline');
    expect((await send({ 'x-throughline': '1' })).status).toBe(200);
  });

  it('takes no mutation by GET, which a link of another site could send with the cookie', async () => {
    const query = encodeURIComponent('mutation { markNotificationsRead(ids: []) { __typename } }');
    const answer = await bench.desk(bench.northgate.people.ada).get(`/graphql?query=${query}`);
    expect(answer.status).toBe(405);
  });
});

describe('limits', () => {
  const ask = (query: string) => bench.desk(bench.northgate.people.ada).raw(query);
  const refusal = async (query: string) =>
    (await ask(query)).errors?.map((error) => error.message).join(' ') ?? 'no error';
  const nested = (levels: number) =>
    `{ endpoints(first: 1) { edges { node { ${'client { group { clients { '.repeat(levels)} name ${'} } }'.repeat(levels)} } } } }`;

  it('answers what a page asks for', async () => {
    expect((await ask(nested(1))).errors).toBeUndefined();
  });
  it('refuses a query that is too deep, and says that it is depth', async () => {
    expect(await refusal(nested(5))).toMatch(/depth/i);
  });
  it('refuses too many aliases', async () => {
    expect(
      await refusal(`{ ${Array.from({ length: 16 }, (_, i) => `a${i}: viewer { unreadNotifications }`).join(' ')} }`),
    ).toMatch(/alias/i);
  });
  it('refuses too many tokens', async () => {
    expect(await refusal(`{ viewer { ${'unreadNotifications '.repeat(3_100)} } }`)).toMatch(/token/i);
  });
  it('refuses a query whose lists multiply beyond what the server will do', async () => {
    const wide = `{ sessions { edges { node { ${'commands { approval { session { '.repeat(2)} commands { id script words reason state } ${'} } }'.repeat(2)} } } } }`;
    expect(await refusal(wide)).toMatch(/complex/i);
  });
  it('refuses a page above 100 in words', async () => {
    expect(await refusal('{ sessions(first: 101) { totalCount } }')).toMatch(/between 0 and 100/);
  });
  it('tells somebody who is not signed in to sign in, and nothing else', async () => {
    const answer = await bench.desk(null).raw<{ viewer: null }>('{ viewer { unreadNotifications } users { name } }');
    expect(answer.errors?.[0]).toMatchObject({ message: 'Sign in first.', extensions: { code: 'UNAUTHENTICATED' } });
    expect((await bench.desk(null).gql<{ viewer: null }>('{ viewer { unreadNotifications } }')).viewer).toBeNull();
    const inputs = {
      addMessage: { sessionId: gid('Session', randomUUID()), text: 'x' },
      createClientGroup: { name: 'x' },
    };
    for (const [field, input] of Object.entries(inputs))
      expect(await bench.desk(null).act(field, input)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
