import { randomUUID } from 'node:crypto';
import { EDITABLE, type Given, choices } from '@throughline/domain/rights';
import { type Permission, ROLES, type Role } from '@throughline/domain/role';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';

let bench: ApiBench;
let ada: Desk;
/** At Harbor Dental (group Dental): one of the technician's own, and one of the senior's. */
let own: string;
let other: string;
let harborEndpoint: string;
/** At Cedar Law (group Legal), the senior's. */
let cedar: string;
let cedarEndpoint: string;

beforeAll(async () => {
  bench = await openApiBench();
  const { people, clients } = bench.northgate;
  ada = bench.desk(people.ada);
  const session = async (by: Desk, clientId: string, host: string) => {
    const runtime = await bench.enrol(clientId, host);
    await runtime.connect();
    const id = await bench.active(by, runtime);
    return { id: gid('Session', id), endpointId: gid('Endpoint', runtime.identity.endpointId) };
  };
  ({ id: own } = await session(bench.desk(people.theo), clients.harbor.id, 'HARB-WS-07'));
  ({ id: other, endpointId: harborEndpoint } = await session(bench.desk(people.sam), clients.harbor.id, 'HARB-WS-08'));
  ({ id: cedar, endpointId: cedarEndpoint } = await session(bench.desk(people.sam), clients.cedar.id, 'CEDR-WS-01'));
}, 240_000);
afterAll(() => bench?.close());
afterEach(() => bench.rows('delete from role_right'));

const who: Record<Role, keyof ApiBench['northgate']['people']> = {
  technician: 'theo',
  senior: 'sam',
  dispatcher: 'dana',
  manager: 'mona',
  admin: 'ada',
};
const firstError = ({ errors }: { errors?: { extensions?: { code?: string } }[] }) => errors?.[0]?.extensions?.code;
const nobody = () => gid('User', randomUUID());

interface Place {
  session: string;
  endpoint: string;
  clientId: string;
}
const harbor = (): Place => ({
  session: other,
  endpoint: harborEndpoint,
  clientId: gid('Client', bench.northgate.clients.harbor.id),
});
const atCedar = (): Place => ({
  session: cedar,
  endpoint: cedarEndpoint,
  clientId: gid('Client', bench.northgate.clients.cedar.id),
});

/** One act for each right that can be changed, in a form that changes nothing: it ends for another reason once the right is there. */
const ACT: Record<string, (desk: Desk, place: Place) => Promise<string | undefined>> = {
  'session.start': async (desk, { session }) =>
    (await desk.act('startSession', { sessionId: session, reason: 'x' })).code,
  'command.run': async (desk, { session }) =>
    (await desk.act('proposeCommand', { sessionId: session, shell: 'bash', script: 'rm -rf /srv', reason: '' })).code,
  'session.assign': async (desk, { session }) =>
    (await desk.act('assignSession', { sessionId: session, userId: nobody() })).code,
  'session.escalate': async (desk, { session }) =>
    (await desk.act('escalateSession', { sessionId: session, userId: nobody(), reason: 'x' })).code,
  'session.complete': async (desk, { session }) =>
    (await desk.act('completeSession', { sessionId: session, outcome: 'resolved', note: 'x', verification: [99_999] }))
      .code,
  'message.write': async (desk, { session }) =>
    (await desk.act('addMessage', { sessionId: session, text: 'hello' })).code,
  'record.export': async (desk, { session }) => {
    const answer = await desk.get(`/api/sessions/${encodeURIComponent(session)}/export`);
    return answer.status === 200 ? undefined : ((await answer.json()) as { error: { code: string } }).error.code;
  },
  'flag.raise': async (desk, { session }) =>
    (await desk.act('flagSession', { sessionId: session, note: 'Look at this' })).code,
  'flag.review': async (desk, { session }) => (await desk.act('markFlagsSeen', { sessionId: session })).code,
  'flag.queue': async (desk) => firstError(await desk.raw('{ reviewQueue { totalCount } }')),
  'snapshot.share': async (desk, { session }) => (await desk.act('createSnapshot', { sessionId: session })).code,
  'endpoint.enroll': async (desk, { clientId }) =>
    (await desk.act('createEnrollmentToken', { clientId }, '__typename')).code,
  // Asked with rights for others only: an allowed one is asked for what is not there.
  'endpoint.retire': async (desk) =>
    (await desk.act('retireEndpoint', { endpointId: gid('Endpoint', randomUUID()) })).code,
  'transcript.search': async (desk) => firstError(await desk.raw('{ searchTranscripts(query: "vpn") { total } }')),
  'audit.read': async (desk) => firstError(await desk.raw('{ auditEvents(first: 1) { edges { node { action } } } }')),
  'report.read': async (desk) =>
    firstError(
      await desk.raw('{ slaReport(from: "2026-11-01T00:00:00Z", until: "2026-12-01T00:00:00Z") { __typename } }'),
    ),
};
const allowed = async (role: Role, permission: Permission, place: Place): Promise<boolean> => {
  const code = await ACT[permission]!(bench.desk(bench.northgate.people[who[role]]), place);
  expect(code ?? 'none').not.toMatch(/INTERNAL|UNAUTHENTICATED/);
  return code !== 'FORBIDDEN';
};
const set = (role: Role, permission: string, given: Given | null, group?: 'harbor' | 'cedar') =>
  ada.act(
    'setRight',
    {
      role,
      permission,
      given,
      ...(group && { groupId: gid('ClientGroup', bench.northgate.clients[group].groupId) }),
    },
    '... on RightsTable { rights { role permission given otherwise } }',
  );
const editable = Object.keys(EDITABLE) as Permission[];
const cells = editable.flatMap((permission) => ROLES.map((role) => ({ role, permission })));

it('F134 the test has an act for every right that can be changed', () => {
  expect(Object.keys(ACT).sort()).toEqual([...editable].sort());
});

const changeable = cells.filter(({ role, permission }) => choices(role, permission, false).length > 1);
const fixed = cells.filter((cell) => !changeable.includes(cell));
const byGroup = changeable.filter(
  ({ permission }) => EDITABLE[permission]?.byGroup === true && permission !== 'endpoint.retire',
);

describe('F134 F135 cell by cell', () => {
  it.each(changeable)('$permission of $role counts as set, on the next request', async ({ role, permission }) => {
    for (const given of ['none', 'all'] as const) {
      expect((await set(role, permission, given)).__typename).toBe('RightsTable');
      expect({ given, allowed: await allowed(role, permission, harbor()) }).toEqual({
        given,
        allowed: given === 'all',
      });
    }
    if (!choices(role, permission, false).includes('own')) return;
    await set(role, permission, 'own');
    // The session is the senior's, and nobody else's.
    expect(await allowed(role, permission, harbor())).toBe(role === 'senior');
    if (role === 'technician') expect(await allowed(role, permission, { ...harbor(), session: own })).toBe(true);
  });

  it.each(byGroup)(
    '$permission of $role counts at the clients of the group it is set for, and nowhere else',
    async ({ role, permission }) => {
      const both = async () => [await allowed(role, permission, harbor()), await allowed(role, permission, atCedar())];
      await set(role, permission, 'none');
      await set(role, permission, 'all', 'harbor');
      expect(await both()).toEqual([true, false]);
      await set(role, permission, 'all');
      await set(role, permission, 'none', 'harbor');
      expect(await both()).toEqual([false, true]);
    },
  );

  it.each(fixed)('$permission of $role stays as published', async ({ role, permission }) => {
    for (const given of ['none', 'own', 'all'] as const)
      expect(await set(role, permission, given)).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('retiring is decided by the group of the endpoint, before anything is done', async () => {
    await set('technician', 'endpoint.retire', 'all', 'cedar');
    const theo = bench.desk(bench.northgate.people.theo);
    expect(await theo.act('retireEndpoint', { endpointId: harborEndpoint })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await bench.rows('select 1 from endpoint where retired_at is not null')).toEqual([]);
  });
});

describe('F134 the table', () => {
  it('F138 F134 keeps before and after in the audit, and goes back to what counts otherwise', async () => {
    await set('dispatcher', 'message.write', 'none');
    await set('dispatcher', 'message.write', 'all', 'harbor');
    const back = await set('dispatcher', 'message.write', null);
    const cell = (back['rights'] as { role: string; permission: string; given: string; otherwise: string }[]).find(
      (each) => each.role === 'dispatcher' && each.permission === 'message.write',
    );
    expect(cell).toMatchObject({ given: 'all', otherwise: 'all' });
    const rows = await bench.rows<{ actor: string; target: string; details: object }>(
      `select actor, target, details from audit_event where action = 'right.set' order by id desc limit 3`,
    );
    expect(rows.reverse()).toMatchObject([
      {
        actor: 'ada@northgate.example',
        target: 'dispatcher: message.write',
        details: { where: 'organisation', before: 'all', after: 'none' },
      },
      { details: { where: 'Dental', before: 'none', after: 'all' } },
      { details: { where: 'organisation', before: 'none', after: 'all', backToDefault: true } },
    ]);
  });

  it('F044 nobody at the provider can be made to approve, nor to change settings or rights', async () => {
    const { rights } = await ada.gql<{ rights: { permission: string }[] }>('{ rights { permission } }');
    expect(rights.filter(({ permission }) => /approv|consent|decide/.test(permission))).toEqual([]);
    for (const permission of ['approval.decide', 'approve'])
      expect(await set('senior', permission, 'all')).toMatchObject({ code: 'INVALID_INPUT' });
    await bench.rows(
      `insert into role_right (msp_id, role, permission, given) select $1, r, p, 'all' from unnest($2::text[]) r, unnest($3::text[]) p`,
      [bench.northgate.mspId, ROLES, [...editable, 'settings.write']],
    );
    for (const role of ROLES) {
      expect(await set(role, 'settings.write', role === 'admin' ? 'none' : 'all')).toMatchObject({ code: 'FORBIDDEN' });
      const desk = bench.desk(bench.northgate.people[who[role]]);
      const [waiting] = await bench.rows<{ id: string }>('select id from approval_request limit 1');
      const decided = await desk.act('decideApproval', {
        approvalId: gid('ApprovalRequest', waiting!.id),
        decision: 'approve',
      });
      expect(decided.code).toBe('FORBIDDEN');
      if (role !== 'admin')
        expect(await desk.act('createClientGroup', { name: ' ' })).toMatchObject({ code: 'FORBIDDEN' });
    }
  });

  it('F134 what a session offers and what pages are shown follow', async () => {
    await set('technician', 'command.run', 'none', 'harbor');
    const theo = bench.desk(bench.northgate.people.theo);
    const { session } = await theo.gql<{ session: { can: { runCommand: boolean; message: boolean } } }>(
      'query($id: ID!) { session(id: $id) { can { runCommand message } } }',
      { id: own },
    );
    expect(session.can).toEqual({ runCommand: false, message: true });
    await set('technician', 'report.read', 'all');
    const { viewer } = await theo.gql<{ viewer: { permissions: string[] } }>('{ viewer { permissions } }');
    expect(viewer.permissions).toEqual(expect.arrayContaining(['report.read', 'command.run:own', 'session.see']));
  });

  it('F134 is one organisation’s: another’s group is not found, and its people keep theirs', async () => {
    const groupId = gid('ClientGroup', bench.rivermark.clients.harbor.groupId);
    const input = { role: 'senior', permission: 'command.run', given: 'none', groupId };
    expect(await ada.act('setRight', input, '__typename')).toMatchObject({ code: 'NOT_FOUND' });
    await set('senior', 'transcript.search', 'none');
    const ria = bench.desk(bench.rivermark.people.ria);
    expect(firstError(await ria.raw('{ searchTranscripts(query: "vpn") { total } }'))).toBeUndefined();
  });
});
