import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';

let bench: ApiBench;
let ada: Desk;
let sam: Desk;
let sessionId: string;
let number: number;
let commandId: string;

beforeAll(async () => {
  bench = await openApiBench();
  ada = bench.desk(bench.northgate.people.ada);
  sam = bench.desk(bench.northgate.people.sam);
  const runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-07');
  await runtime.connect();
  const id = await bench.active(sam, runtime, 'VPN drops');
  sessionId = gid('Session', id);
  commandId = gid('Command', await bench.command(sam, id, 'uptime'));
  const [row] = await bench.rows<{ number: number }>('select number from session where id = $1', [id]);
  number = row!.number;
}, 240_000);
afterAll(() => bench?.close());

interface Event {
  at: string;
  actor: string;
  action: string;
  target: string;
  details: Record<string, unknown> | null;
}
const events = async (args = ''): Promise<Event[]> => {
  const query = `{ auditEvents(first: 100${args}) { edges { node { at actor action target details } } } }`;
  return (await ada.gql<{ auditEvents: { edges: { node: Event }[] } }>(query)).auditEvents.edges.map(
    ({ node }) => node,
  );
};
const ENTRIES = 'query($id: ID!) { session(id: $id) { entries(first: 5) { edges { node { seq } } } } }';

describe('the audit log', () => {
  it('F138 viewing a record, exporting, taking output, policy, token, rights and sign-in each write who, when, from where', async () => {
    const mona = bench.desk(bench.northgate.people.mona);
    await mona.gql(ENTRIES, { id: sessionId });
    await mona.get(`/api/sessions/${encodeURIComponent(sessionId)}/export`);
    await mona.get(`/api/commands/${encodeURIComponent(commandId)}/output/stdout?download`);
    await ada.must(
      'setPolicy',
      {
        clientId: gid('Client', bench.northgate.clients.harbor.id),
        document: { change: 'refuse' },
        expectedVersion: 0,
      },
      '__typename',
    );
    await ada.must('createApiToken', { name: 'report', scopes: ['read'], days: 1 }, '__typename');
    await ada.must('setRight', { role: 'manager', permission: 'report.read', given: 'none' }, '__typename');
    await fetch(`${bench.url}/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-throughline': '1' },
      body: JSON.stringify({ email: bench.northgate.people.dana.email, password: 'not the password' }),
    });
    const written = await events();
    const { ada: admin, mona: reader, dana } = bench.northgate.people;
    for (const [action, actor, target] of [
      ['record.viewed', reader.email, `session ${number}`],
      ['record.exported', reader.email, `session ${number}`],
      ['record.file_taken', reader.email, `session ${number}`],
      ['policy.changed', admin.email, 'Harbor Dental'],
      ['api_token.created', admin.email, 'report'],
      ['right.set', admin.email, 'manager: report.read'],
      ['sign_in.failed', dana.email, `user ${dana.id}`],
    ] as const) {
      const row = written.find((event) => event.action === action && event.actor === actor);
      expect({ action, target: row?.target, ip: row?.details?.['ip'] }).toEqual({
        action,
        target,
        ip: expect.stringMatching(/127\.0\.0\.1|^::1$/) as string,
      });
      expect(Date.parse(row!.at)).toBeGreaterThan(Date.now() - 600_000);
    }
  });

  it('F138 a record that stays open is one line for each reader, not one for each look', async () => {
    const lena = bench.desk(bench.northgate.people.lena);
    for (let look = 0; look < 3; look++) await lena.gql(ENTRIES, { id: sessionId });
    await sam.gql(ENTRIES, { id: sessionId });
    const viewed = (await events(', search: "record.viewed"')).map(({ actor }) => actor);
    expect(viewed.filter((actor) => actor === bench.northgate.people.lena.email)).toHaveLength(1);
    expect(viewed.filter((actor) => actor === bench.northgate.people.sam.email)).toHaveLength(1);
  });

  it('F138 is searched by words and time; what a pattern means elsewhere means itself here', async () => {
    await ada.must('createClientGroup', { name: '100% Legal_x' }, '__typename');
    await ada.must('createClientGroup', { name: '100 Legals' }, '__typename');
    const targets = async (args: string) => (await events(args)).map(({ target }) => target);
    expect(await targets(', search: "100% ADA client_group"')).toEqual(['100% Legal_x']);
    expect(await targets(', search: "legal_x"')).toEqual(['100% Legal_x']);
    expect(await targets(', search: "client_group.created mona"')).toEqual([]);
    expect(await targets(`, until: "2020-01-01T00:00:00Z"`)).toEqual([]);
    expect(await targets(`, search: "100 legals", from: "2020-01-01T00:00:00Z"`)).toEqual(['100 Legals']);
    const tooLong = await ada.raw(`{ auditEvents(first: 1, search: "${'x'.repeat(201)}") { edges { node { at } } } }`);
    expect(tooLong.errors?.[0]?.extensions?.code).toBe('INVALID_INPUT');
  });

  it('F138 nobody changes or removes a line with what the product may do in the database', async () => {
    for (const sql of ['update audit_event set actor = $1', 'delete from audit_event where actor <> $1'])
      await expect(
        bench.deps.pool.connect().then(async (client) => {
          try {
            await client.query('begin');
            await client.query('set local role throughline_app');
            await client.query(sql, ['x']);
          } finally {
            await client.query('rollback');
            client.release();
          }
        }),
      ).rejects.toThrow(/permission denied/);
  });
});
