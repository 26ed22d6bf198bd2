import { API_SCOPES, type ApiScope, isKnownMutation, scopeFor } from '@throughline/domain/api-scope';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { createApiToken } from '@throughline/store/api-token-store';
import { withTenant } from '@throughline/store/tenant';
import {
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { Desk, gid } from '../testing/desk.ts';
import type { TestPerson } from '../testing/people.ts';
import { schema } from './schema.ts';

/** A program: comes with a token alone, without cookie and without our header. */
class Program extends Desk {
  readonly token: string;
  constructor(url: string, token: string) {
    super(url, null);
    this.token = token;
  }
  override headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }
}

let bench: ApiBench;
beforeAll(async () => {
  bench = await openApiBench();
});
afterAll(() => bench?.close());

async function program(owner: TestPerson, ...scopes: ApiScope[]): Promise<Program> {
  const { token } = await withTenant(bench.deps.pool, { mspId: bench.northgate.mspId, clients: '*' }, (tx) =>
    createApiToken(tx, bench.northgate.mspId, owner.id, { name: 'test', scopes, days: 1 }),
  );
  return new Program(bench.url, token);
}
const MADE = '... on CreatedApiToken { token apiToken { id scopes name } }';
const whoIs = async (desk: Desk) =>
  (await desk.gql<{ viewer: { user: { email: string } } | null }>('{ viewer { user { email } } }')).viewer?.user.email;

const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
/** Any value of the type: the scope is looked at before the value is. */
function anything(type: GraphQLInputType): unknown {
  const plain = getNullableType(type);
  if (isListType(plain)) return [];
  if (isEnumType(plain)) return plain.getValues()[0]?.name;
  if (isInputObjectType(plain))
    return Object.fromEntries(
      Object.values(plain.getFields())
        .filter((field) => isNonNullType(field.type))
        .map((field) => [field.name, anything(field.type)]),
    );
  return { Int: 1, Float: 1, Boolean: true, JSON: {} }[String(plain)] ?? 'x';
}
async function refusal(desk: Desk, field: (typeof mutations)[number]): Promise<string> {
  const variables = Object.fromEntries(field.args.map((arg) => [arg.name, anything(arg.type)]));
  const declared = field.args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
  const given = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const query = `mutation${declared && `(${declared})`} { ${field.name}${given && `(${given})`} { __typename } }`;
  const { errors } = await desk.raw(query, variables);
  const [error] = errors ?? [];
  // A variable that does not fit would be refused before anybody looks at scopes.
  expect(error?.message ?? '').not.toMatch(/Variable|must be|Unknown|Cannot query/);
  return error?.message ?? '';
}

describe('API tokens', () => {
  it('U43 every mutation has its scope written down', () => {
    expect(mutations.map((field) => field.name).filter((name) => !isKnownMutation(name))).toEqual([]);
    expect(mutations.length).toBeGreaterThan(25);
  });

  it.each(API_SCOPES)('U43 scope × mutation, cell by cell: %s', async (scope) => {
    const desk = await program(bench.northgate.people.ole, scope);
    for (const field of mutations) {
      const needed = scopeFor('mutation', field.name);
      const refused = await refusal(desk, field);
      if (needed === 'never') expect(refused).toMatch(`No API token may call ${field.name}`);
      else if (needed === scope) expect(refused).not.toMatch(/API token/);
      else expect(refused).toMatch(`This API token lacks the scope ${needed}`);
    }
  });

  it('U43 F135 no API token can approve: with every scope, of every role, the request stays open', async () => {
    const { sam, ada, dana, mona, theo } = bench.northgate.people;
    const runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-07');
    await runtime.connect();
    const sessionId = await bench.active(bench.desk(sam), runtime);
    await bench.desk(sam).must('proposeCommand', {
      sessionId: gid('Session', sessionId),
      shell: 'bash',
      script: 'systemctl restart cups',
      reason: 'to print',
    });
    const { prompt } = await runtime.hears('prompt', (m) => m.prompt.kind === 'action');
    for (const owner of [sam, ada, dana, mona, theo]) {
      const desk = await program(owner, ...API_SCOPES);
      for (const decision of ['approved', 'denied'])
        expect(
          await desk.raw(
            `mutation($a: ID!) { decideApproval(input: { approvalId: $a, decision: "${decision}" }) { __typename } }`,
            { a: gid('ApprovalRequest', prompt.approvalId) },
          ),
        ).toMatchObject({ errors: [{ message: 'No API token may call decideApproval. Sign in to do this.' }] });
    }
    expect(await bench.rows('select state from approval_request where id = $1', [prompt.approvalId])).toEqual([
      { state: 'waiting' },
    ]);
  });

  it("U43 has its owner's role and clients, and no more, whatever its scopes", async () => {
    const desk = await program(bench.northgate.people.jun, ...API_SCOPES);
    expect(await whoIs(desk)).toBe('jun@northgate.example');
    const { clients } = await desk.gql<{ clients: { name: string }[] }>('{ clients { name } }');
    expect(clients).toEqual([{ name: 'Harbor Dental' }]);
    expect(await desk.act('createClientGroup', { name: 'Mine' }, '__typename')).toMatchObject({ code: 'FORBIDDEN' });
    expect(await desk.act('createClient', { name: 'x', groupId: 'x' }, '__typename')).toHaveProperty('code');
    const { errors } = await desk.raw('{ auditEvents(first: 1) { edges { node { id } } } }');
    expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
  });

  it('U43 F138 is made with name, scopes and days, shown once, kept hashed, and audited without itself', async () => {
    const { theo, ada } = bench.northgate.people;
    const desk = bench.desk(theo);
    const input = { name: ' Reports ', scopes: ['sessions_write'], days: 30 };
    const made = await desk.must('createApiToken', input, MADE);
    expect(made).toMatchObject({ apiToken: { name: 'Reports', scopes: ['read', 'sessions_write'] } });
    const token = made['token'] as string;
    expect(token).toMatch(/^tl_[\w-]{43}$/);
    const use = new Program(bench.url, token);
    expect(await whoIs(use)).toBe(theo.email);
    const [kept] = (
      await desk.gql<{ viewer: { apiTokens: { lastUsedAt: string; lastAddress: string }[] } }>(
        '{ viewer { apiTokens { lastUsedAt lastAddress } } }',
      )
    ).viewer.apiTokens;
    expect(kept).toEqual({
      lastUsedAt: expect.any(String) as string,
      lastAddress: expect.stringMatching(/127|::1/) as string,
    });
    for (const [bad, code] of [
      [{ ...input, name: ' ' }, 'INVALID_INPUT'],
      [{ ...input, days: 0 }, 'INVALID_INPUT'],
      [{ ...input, days: 367 }, 'INVALID_INPUT'],
      [{ ...input, scopes: ['admin'] }, 'FORBIDDEN'],
    ] as const)
      expect(await desk.act('createApiToken', bad, MADE)).toMatchObject({ code });
    const all = JSON.stringify([
      await bench.rows(`select *, encode(token_hash, 'escape') from api_token`),
      await bench.rows('select * from audit_event'),
      bench.logged,
    ]);
    expect(all).toContain('api_token.created');
    expect(all).not.toContain(token);
    // An admin sees it among everybody's; a colleague who asks for everybody's gets their own.
    const every = '{ viewer { apiTokens(everybody: true) { name owner { email } } } }';
    expect(JSON.stringify(await bench.desk(ada).gql(every))).toContain('Reports');
    expect(JSON.stringify(await bench.desk(bench.northgate.people.dana).gql(every))).not.toContain('Reports');
  });

  it('U43 revoked, it is refused at once and its open stream ends', async () => {
    const { lena, ada } = bench.northgate.people;
    const made = await bench.desk(lena).must('createApiToken', { name: 'Watch', scopes: ['read'], days: 1 }, MADE);
    const use = new Program(bench.url, made['token'] as string);
    const stream = await use.follow('subscription { boardEvents { kind } }');
    await waitFor('the stream', async () => stream.events.length > 0);
    const asked = Date.now();
    const { id } = made['apiToken'] as { id: string };
    await bench.desk(ada).must('revokeApiToken', { apiTokenId: id });
    await waitFor('the end of the stream', async () => stream.ended);
    expect(Date.now() - asked).toBeLessThan(5_000);
    expect(await whoIs(use)).toBeUndefined();
    expect((await use.raw('{ users { id } }')).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect(await bench.rows(`select actor from audit_event where action = 'api_token.revoked'`)).toEqual([
      { actor: ada.email },
    ]);
  });

  it('U43 a token that is over or made up is nobody, also beside a good cookie; elsewhere than GraphQL it is worth nothing', async () => {
    const { dana } = bench.northgate.people;
    const over = await program(dana, 'read');
    await bench.rows(`update api_token set expires_at = now() where user_id = $1`, [dana.id]);
    for (const authorization of [`Bearer ${over.token}`, 'Bearer x', 'Bearer ', 'Bearer']) {
      const answer = await fetch(`${bench.url}/graphql`, {
        method: 'POST',
        headers: { authorization, cookie: dana.cookie, 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ viewer { user { id } } }' }),
      });
      expect(await answer.json()).toEqual({ data: { viewer: null } });
    }
    const good = await program(dana, ...API_SCOPES);
    const signOut = await fetch(`${bench.url}/auth/sign-out`, {
      method: 'POST',
      headers: { ...good.headers(), cookie: dana.cookie },
    });
    expect(signOut.status).toBe(403);
    expect((await good.get('/api/sessions/x/export')).status).toBe(401);
  });
});
