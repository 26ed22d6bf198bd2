import { scopeFor } from '@throughline/domain/api-scope';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';

let bench: ApiBench;
let ada: Desk;
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NOTE_SECRET = 'note-token-8f2a91';

beforeAll(async () => {
  bench = await openApiBench();
  ada = bench.desk(bench.northgate.people.ada);
});
afterAll(() => bench?.close());

const auditOf = async (action: string) =>
  (
    await ada.gql<{
      auditEvents: {
        edges: { node: { action: string; actor: string; target: string; at: string; details: object } }[];
      };
    }>('{ auditEvents(first: 100) { edges { node { action actor target at details } } } }')
  ).auditEvents.edges
    .map(({ node }) => node)
    .filter((node) => node.action === action);

describe('settings', () => {
  it('F133 F138 a new group and a client in it are there at once, and audited with who and when', async () => {
    const group = await ada.must(
      'createClientGroup',
      { name: ' Finance ' },
      '... on ClientGroup { id name policyVersion riskFloor }',
    );
    expect(group).toMatchObject({ name: 'Finance', policyVersion: 1, riskFloor: 'read_only' });
    const client = await ada.must('createClient', {
      name: 'Lakeside Accounting',
      groupId: group.id,
      contactName: 'Paula Reyes',
    });
    const seen = await bench
      .desk(bench.northgate.people.dana)
      .gql<{ clientGroups: { name: string; clients: { id: string; contactName: string }[] }[] }>(
        '{ clientGroups { name clients { id contactName } } }',
      );
    expect(seen.clientGroups.find((each) => each.name === 'Finance')?.clients).toEqual([
      { id: client.id, contactName: 'Paula Reyes' },
    ]);
    const [row] = await auditOf('client.created');
    expect(row).toMatchObject({ actor: 'ada@northgate.example', target: 'Lakeside Accounting' });
    expect(Math.abs(Date.now() - Date.parse(row!.at))).toBeLessThan(60_000);
    expect(await auditOf('client_group.created')).toHaveLength(1);
  });

  it('F133 U33 a client’s contact is changed by an admin, audited before and after, and by no token', async () => {
    const clientId = gid('Client', bench.northgate.clients.cedar.id);
    const reached = { contactName: ' Iris Cole ', contactPhone: '555-0109', contactEmail: 'iris@cedar.example' };
    const FIELDS = '... on Client { contactName contactPhone contactEmail }';
    const kept = { ...reached, contactName: 'Iris Cole' };
    expect(await ada.must('setClientContact', { clientId, ...reached }, FIELDS)).toEqual(expect.objectContaining(kept));
    for (const bad of [
      { contactEmail: 'iris' },
      { contactEmail: 'iris@cedar.example, sam@northgate.example' },
      { contactName: 'x\ny' },
      { contactPhone: '5'.repeat(51) },
    ]) {
      expect(await ada.act('setClientContact', { clientId, ...reached, ...bad }, '__typename')).toMatchObject({
        code: 'INVALID_INPUT',
      });
      const client = { name: 'Bad', groupId: gid('ClientGroup', bench.northgate.clients.cedar.groupId), ...bad };
      expect(await ada.act('createClient', client, '__typename')).toMatchObject({ code: 'INVALID_INPUT' });
    }
    const dana = bench.desk(bench.northgate.people.dana);
    expect(await dana.act('setClientContact', { clientId }, '__typename')).toMatchObject({ code: 'FORBIDDEN' });
    expect(await ada.must('setClientContact', { clientId, contactName: 'Iris Cole' }, FIELDS)).toMatchObject({
      ...{ contactName: 'Iris Cole', contactPhone: null, contactEmail: null },
    });
    const said = { name: 'Iris Cole', phone: '555-0109', email: 'iris@cedar.example' };
    const rows = await auditOf('client.contact_set');
    expect(rows).toHaveLength(2);
    expect(rows).toContainEqual(
      expect.objectContaining({
        ...{ actor: 'ada@northgate.example', target: 'Cedar Law' },
        details: { before: said, after: { name: 'Iris Cole', phone: '', email: '' }, ip: '127.0.0.1' },
      }),
    );
    expect(scopeFor('mutation', 'setClientContact')).toBe('never');
  });

  it.each([
    ['a taken group name', 'createClientGroup', () => ({ name: 'Dental' }), 'CONFLICT'],
    ['a blank group name', 'createClientGroup', () => ({ name: '  ' }), 'INVALID_INPUT'],
    ['a name that is too long', 'createClientGroup', () => ({ name: 'x'.repeat(201) }), 'INVALID_INPUT'],
    [
      'a taken client name',
      'createClient',
      () => ({ name: 'Harbor Dental', groupId: gid('ClientGroup', bench.northgate.clients.harbor.groupId) }),
      'CONFLICT',
    ],
    [
      'a taken e-mail address',
      'createUser',
      () => ({ name: 'Jun', email: 'JUN@northgate.example', role: 'technician' }),
      'CONFLICT',
    ],
    [
      'an unknown scheme',
      'createPsaConnection',
      () => ({ name: 'x', slug: 'x-1', scheme: 'none', secret: SECRET }),
      'INVALID_INPUT',
    ],
    [
      'a short secret',
      'createPsaConnection',
      () => ({ name: 'x', slug: 'x-1', scheme: 'hmac-sha256', secret: 'short' }),
      'INVALID_INPUT',
    ],
    [
      'a note address that is no web address',
      'createPsaConnection',
      () => ({ name: 'x', slug: 'x-1', scheme: 'hmac-sha256', secret: SECRET, noteUrl: 'file:///etc/passwd' }),
      'INVALID_INPUT',
    ],
  ])('F134 refuses %s in words and keeps nothing', async (_what, mutation, input, code) => {
    const before = await bench.rows('select count(*) from audit_event');
    expect(await ada.act(mutation, input(), '__typename')).toMatchObject({
      __typename: 'UserError',
      code,
      message: expect.stringMatching(/\.$/),
    });
    expect(await bench.rows('select count(*) from audit_event')).toEqual(before);
  });

  it('F136 F138 a new person sees the clients they were given, and the secret of their link is kept nowhere', async () => {
    const made = await ada.must(
      'createUser',
      {
        name: 'Nia Cole',
        email: 'Nia@northgate.example',
        role: 'technician',
        clientIds: [gid('Client', bench.northgate.clients.harbor.id)],
      },
      '... on CreatedUser { setupUrl user { email role allClients clients { name } } }',
    );
    expect(made.user).toEqual({
      email: 'nia@northgate.example',
      role: 'technician',
      allClients: false,
      clients: [{ name: 'Harbor Dental' }],
    });
    const token = (made.setupUrl as string).split('/setup/')[1]!;
    const stored = JSON.stringify(await bench.rows(`select encode(token_hash, 'escape') as t, * from setup_link`));
    expect(stored).not.toContain(token);
    expect(bench.logged.join('')).not.toContain(token);
    expect(await auditOf('user.created')).toEqual([
      expect.objectContaining({ target: 'nia@northgate.example', details: { role: 'technician', ip: '127.0.0.1' } }),
    ]);
  });

  it('F134 the secrets of a PSA connection are sealed, and never come back: not in an answer, the audit trail or the log', async () => {
    const made = await ada.must(
      'createPsaConnection',
      {
        name: 'Northgate Halo',
        slug: 'northgate-halo',
        scheme: 'standard-webhooks',
        secret: SECRET,
        noteUrl: 'https://psa.example/{ticket}/notes',
        noteSecret: NOTE_SECRET,
      },
      '... on PsaConnection { id name scheme webhookUrl noteUrl active lastError }',
    );
    expect(made).toMatchObject({
      webhookUrl: `${bench.url}/webhooks/psa/northgate-halo`,
      noteUrl: 'https://psa.example/{ticket}/notes',
      active: true,
    });
    const all = await ada.gql(
      '{ psaConnections { id name scheme webhookUrl noteUrl active lastError } auditEvents(first: 100) { edges { node { action target details } } } }',
    );
    const [row] = await bench.rows<{ secret_sealed: Buffer; note_secret_sealed: Buffer }>(
      'select secret_sealed, note_secret_sealed from psa_connection',
    );
    for (const secret of [SECRET, NOTE_SECRET]) {
      expect(JSON.stringify([made, all])).not.toContain(secret);
      expect(bench.logged.join('')).not.toContain(secret);
      expect(row!.secret_sealed.includes(secret) || row!.note_secret_sealed.includes(secret)).toBe(false);
    }
    expect(bench.deps.seal.open(row!.secret_sealed)).toBe(SECRET);
    expect(bench.deps.seal.open(row!.note_secret_sealed)).toBe(NOTE_SECRET);
    expect(await auditOf('psa_connection.created')).toHaveLength(1);
  });

  it('F001 F138 the shown command enrols, the token is kept as a hash only, and making it is audited', async () => {
    const made = await ada.must(
      'createEnrollmentToken',
      { clientId: gid('Client', bench.northgate.clients.harbor.id), expectedHost: ' LNX-LAB-01 ' },
      '... on EnrollmentToken { token command executableCommand expiresAt client { name } }',
    );
    expect(made.command).toBe(
      `npm run agent -- enroll --server ${bench.url} --token ${made.token as string} --name LNX-LAB-01`,
    );
    expect(made.executableCommand).toBe(
      `sudo ./throughline-runtime enroll --server ${bench.url} --token ${made.token as string} --name LNX-LAB-01 --no-run && sudo ./throughline-runtime install`,
    );
    expect(made.client).toEqual({ name: 'Harbor Dental' });
    const minutes = (Date.parse(made.expiresAt as string) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(14);
    expect(minutes).toBeLessThanOrEqual(15.1);
    expect(
      JSON.stringify(await bench.rows('select * from enrollment_token')) +
        JSON.stringify(await auditOf('enrollment.created')) +
        bench.logged.join(''),
    ).not.toContain(made.token);
    expect(await auditOf('enrollment.created')).toEqual([
      expect.objectContaining({
        actor: 'ada@northgate.example',
        target: 'Harbor Dental',
        details: { expectedHost: 'LNX-LAB-01', ip: '127.0.0.1' },
      }),
    ]);
  });

  it('F138 nobody can change or remove an audit row, also not with the rights of the api', async () => {
    const client = await bench.deps.pool.connect();
    try {
      for (const sql of ["update audit_event set actor = 'x'", 'delete from audit_event', 'truncate audit_event']) {
        await client.query(
          `begin; set local role throughline_app; set local app.msp_id = '${bench.northgate.mspId}'; set local app.clients = '*'`,
        );
        await expect(client.query(sql)).rejects.toThrow(/permission denied/);
        await client.query('rollback');
      }
    } finally {
      client.release();
    }
  });
});

describe('notifications', () => {
  it('F137 being given a session and an answered request each tell the right person once, with a link to the place, until read', async () => {
    const { jun, sam, dana } = bench.northgate.people;
    const runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-07');
    await runtime.connect();
    const sessionId = await bench.started(bench.desk(jun), runtime, 'Scanner offline');
    const input = { sessionId: gid('Session', sessionId), userId: gid('User', sam.id), reason: 'Jun is at lunch' };
    await bench.desk(dana).must('reassignSession', input);
    // The same click again changes nothing, so it tells nobody.
    await bench.desk(dana).must('reassignSession', input);
    await runtime.approves(sessionId);
    interface News {
      viewer: { unreadNotifications: number };
      notifications: { id: string; kind: string; text: string; link: string; readAt: string | null }[];
    }
    const news = (person: typeof jun) =>
      bench.desk(person).gql<News>('{ viewer { unreadNotifications } notifications { id kind text link readAt } }');
    const sams = await waitFor('both of Sam’s', async () => {
      const found = await news(sam);
      // The count and the list are read one after the other.
      return found.notifications.length >= 2 && found.viewer.unreadNotifications >= 2 && found;
    });
    expect(sams.notifications.map((each) => each.kind).sort()).toEqual(['approval', 'reassigned']);
    expect(sams.viewer.unreadNotifications).toBe(2);
    const [{ number }] = (await bench.rows<{ number: number }>('select number from session where id = $1', [
      sessionId,
    ])) as [{ number: number }];
    for (const each of sams.notifications) expect(each.link).toMatch(new RegExp(`^/s/${number}(#e\\d+)?$`));
    expect((await news(jun)).notifications.map((each) => each.text)).toEqual([
      expect.stringMatching(/went to Sam Whitfield/),
    ]);
    expect((await news(dana)).notifications).toEqual([]);

    // Jun cannot read Sam's away; Sam can, and it stays read.
    const ids = sams.notifications.map((each) => each.id);
    const read =
      'mutation($ids: [ID!]!) { markNotificationsRead(ids: $ids) { ... on Viewer { unreadNotifications } } }';
    await bench.desk(jun).gql(read, { ids });
    expect((await news(sam)).viewer.unreadNotifications).toBe(2);
    expect(await bench.desk(sam).gql(read, { ids })).toEqual({ markNotificationsRead: { unreadNotifications: 0 } });
    expect((await news(sam)).notifications.every((each) => each.readAt !== null)).toBe(true);
  });
});
