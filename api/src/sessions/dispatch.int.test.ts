import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import type { ScriptedRuntime } from '../testing/scripted-runtime.ts';

let bench: ApiBench;
let dana: Desk;
const endpoints = {} as Record<'A' | 'B' | 'C' | 'H' | 'L', ScriptedRuntime>;

beforeAll(async () => {
  bench = await openApiBench();
  dana = bench.desk(bench.northgate.people.dana);
  const { brightline, harbor, cedar } = bench.northgate.clients;
  endpoints.A = await bench.enrol(brightline.id, 'BRIT-EAST-01');
  endpoints.B = await bench.enrol(brightline.id, 'BRIT-WEST-01');
  endpoints.C = await bench.enrol(brightline.id, 'BRIT-NORD-01');
  endpoints.H = await bench.enrol(harbor.id, 'HARB-WS-07');
  endpoints.L = await bench.enrol(cedar.id, 'CEDR-WS-01');
});
afterAll(() => bench?.close());

const user = (name: keyof ApiBench['northgate']['people']) => gid('User', bench.northgate.people[name].id);
const endpoint = (name: keyof typeof endpoints) => gid('Endpoint', endpoints[name].identity.endpointId);
const SHOWN =
  '... on AssignedMany { items { code message session { id number status assignee { name } } endpoint { name } } }';
interface Item {
  code: string | null;
  message: string | null;
  session: { id: string; number: number; status: string; assignee: { name: string } | null } | null;
  endpoint: { name: string } | null;
}
async function assign(desk: Desk, items: object[], more: object = {}): Promise<Item[]> {
  const acted = await desk.must('assignMany', { items, idempotencyKey: crypto.randomUUID(), ...more }, SHOWN);
  return acted.items as Item[];
}
const queue = async (name: keyof ApiBench['northgate']['people']) =>
  (
    await bench
      .desk(bench.northgate.people[name])
      .gql<{ queue: { id: string; title: string }[] }>('{ queue { id title } }')
  ).queue;
const newSession = (title: string) => ({ newSession: { title, requester: 'Ken Abe', channel: 'phone' } });
/** Everybody's hands empty again. */
async function finish(...ids: string[]): Promise<void> {
  for (const id of ids)
    await bench.rows(`update session set status = 'completed' where id = $1`, [
      Buffer.from(id, 'base64').toString().replace('Session:', ''),
    ]);
}

describe('several at once', () => {
  it('F066 F067 three endpoints go to three people in one action: three sessions not started, three notifications with their link', async () => {
    const items = await assign(
      dana,
      [
        { endpointId: endpoint('A'), userId: user('theo') },
        { endpointId: endpoint('B'), userId: user('sam') },
        { endpointId: endpoint('H'), userId: user('jun') },
      ],
      newSession('Printer fails'),
    );
    expect(items.map((item) => [item.code, item.session?.status, item.session?.assignee?.name])).toEqual([
      [null, 'unstarted', 'Theo Lind'],
      [null, 'unstarted', 'Sam Whitfield'],
      [null, 'unstarted', 'Jun Park'],
    ]);
    for (const [i, name] of (['theo', 'sam', 'jun'] as const).entries()) {
      expect(await queue(name)).toEqual([{ id: items[i]!.session!.id, title: 'Printer fails' }]);
      const { notifications } = await bench
        .desk(bench.northgate.people[name])
        .gql<{ notifications: { link: string; text: string }[] }>('{ notifications(first: 5) { link text } }');
      expect(notifications.filter((n) => n.link === `/s/${items[i]!.session!.number}`)).toHaveLength(1);
    }
    const assigned = await bench.rows<{ header: Buffer }>(
      `select header from transcript_entry where kind = 'assigned'`,
    );
    expect(assigned.map(({ header }) => JSON.parse(header.toString()).actor.name)).toEqual(Array(3).fill('Dana Ruiz'));
    await finish(...items.map((item) => item.session!.id));
  });

  it('F067 the same action again opens nothing twice', async () => {
    const input = {
      items: [{ endpointId: endpoint('C'), userId: user('theo') }],
      idempotencyKey: 'once',
      ...newSession('Once'),
    };
    const first = (await dana.must('assignMany', input, SHOWN)).items as Item[];
    const again = (await dana.must('assignMany', input, SHOWN)).items as Item[];
    expect(again[0]?.session?.id).toBe(first[0]?.session?.id);
    expect((await queue('theo')).map((s) => s.title)).toEqual(['Once']);
    await finish(first[0]!.session!.id);
  });

  it('F067 each has an answer of its own: what fails says why, opens nothing, and does not stop the rest', async () => {
    const items = await assign(
      dana,
      [
        { endpointId: endpoint('A'), userId: user('jun') },
        { endpointId: endpoint('B'), userId: user('dana') },
        { endpointId: endpoint('C'), userId: user('theo') },
        { userId: user('theo') },
      ],
      newSession('Mixed'),
    );
    expect(items.map((item) => item.code)).toEqual(['FORBIDDEN', 'INVALID_INPUT', null, 'INVALID_INPUT']);
    expect(items[0]?.message).toBe('Jun Park has no access to this client. Choose somebody who has.');
    expect(await bench.rows(`select 1 from session where title = 'Mixed'`)).toHaveLength(1);
    await finish(items[2]!.session!.id);
  });

  it('F067 refuses a list that nobody can oversee, an empty one, and a role that does not assign', async () => {
    const many = Array.from({ length: 201 }, () => ({ endpointId: endpoint('A'), userId: user('theo') }));
    const ask = (desk: Desk, items: object[]) =>
      desk.act('assignMany', { items, idempotencyKey: 'x', ...newSession('No') }, '__typename');
    expect(await ask(dana, many)).toMatchObject({ code: 'TOO_LARGE', message: expect.stringContaining('200') });
    expect(await ask(dana, [])).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await ask(bench.desk(bench.northgate.people.theo), many.slice(0, 1))).toMatchObject({ code: 'FORBIDDEN' });
    expect(await bench.rows(`select 1 from session where title = 'No'`)).toEqual([]);
  });

  it('F132 an endpoint or session out of reach is answered as one that does not exist', async () => {
    const lena = bench.desk(bench.northgate.people.lena);
    const [held] = await assign(dana, [{ endpointId: endpoint('L'), userId: user('sam') }], newSession('Hidden'));
    const ask = (id: object) => assign(lena, [{ ...id, userId: user('jun') }], { ...newSession('x'), reason: 'x' });
    for (const [id, none] of [
      [{ sessionId: held!.session!.id }, { sessionId: gid('Session', crypto.randomUUID()) }],
      [{ endpointId: endpoint('L') }, { endpointId: gid('Endpoint', crypto.randomUUID()) }],
    ] as const)
      expect(await ask(id)).toEqual(await ask(none));
    const answer = await lena.gql<{ suggestAssignees: unknown[] }>(
      'query($s: [ID!], $e: [ID!]) { suggestAssignees(sessionIds: $s, endpointIds: $e) { user { name } reason } }',
      { s: [held!.session!.id], e: [endpoint('L')] },
    );
    expect(answer.suggestAssignees).toEqual([]);
    await finish(held!.session!.id);
  });
});

describe('a shift change', () => {
  it('F074 all open work of one person moves to another, each with its entry, and none remains', async () => {
    const given = await assign(
      dana,
      (['A', 'B', 'C'] as const).map((name) => ({ endpointId: endpoint(name), userId: user('theo') })),
      newSession('Evening work'),
    );
    const ids = given.map((item) => item.session!.id);
    const unreasoned = await assign(
      dana,
      ids.map((sessionId) => ({ sessionId, userId: user('sam') })),
    );
    expect(unreasoned.map((item) => item.code)).toEqual(Array(3).fill('REASON_REQUIRED'));
    expect(await queue('theo')).toHaveLength(3);

    const moved = await assign(
      dana,
      ids.map((sessionId) => ({ sessionId, userId: user('sam') })),
      { reason: 'End of shift' },
    );
    expect(moved.map((item) => item.session?.assignee?.name)).toEqual(Array(3).fill('Sam Whitfield'));
    expect(await queue('theo')).toEqual([]);
    expect((await queue('sam')).map((s) => s.id).sort()).toEqual([...ids].sort());
    for (const id of ids) {
      const { session } = await dana.gql<{
        session: { entries: { edges: { node: { kind: string; payload: unknown } }[] } };
      }>('query($id: ID!) { session(id: $id) { entries(first: 50) { edges { node { kind payload } } } } }', { id });
      const entries = session.entries.edges.map(({ node }) => node).filter((node) => node.kind === 'assigned');
      expect(entries.at(-1)?.payload).toMatchObject({ from: 'Theo Lind', to: 'Sam Whitfield', reason: 'End of shift' });
    }
    await finish(...ids);
  });

  it('U52 who goes off shift stands last, takes no new work, and is told apart; the board hears of it', async () => {
    const theo = bench.desk(bench.northgate.people.theo);
    const people = async () =>
      (
        await dana.gql<{ assignable: { name: string; onShift: boolean; openSessions: number }[] }>(
          '{ assignable { name onShift openSessions } }',
        )
      ).assignable;
    const board = await dana.follow<{ boardEvents: { kind: string } }>('subscription { boardEvents { kind } }');
    await waitFor('the board to listen', () => board.events.length > 0);
    await theo.must('setShift', { onShift: false });
    await waitFor('the board to hear', () => board.events.some((e) => e.boardEvents.kind === 'user'));
    await board.close();
    expect((await people()).at(-1)).toEqual({ name: 'Theo Lind', onShift: false, openSessions: 0 });
    const [refused] = await assign(dana, [{ endpointId: endpoint('A'), userId: user('theo') }], newSession('Night'));
    expect(refused).toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringContaining('Theo Lind is off shift.'),
      session: null,
    });
    expect(await theo.act('setShift', { userId: user('sam'), onShift: false })).toMatchObject({ code: 'FORBIDDEN' });
    await dana.must('setShift', { userId: user('theo'), onShift: true });
    expect((await people()).every((person) => person.onShift)).toBe(true);
  });

  it('U52 the suggestion goes by load and by who knows the client, and says why', async () => {
    const known = await assign(dana, [{ endpointId: endpoint('A'), userId: user('theo') }], newSession('Earlier'));
    await finish(known[0]!.session!.id);
    await bench.rows(`update session set assignee_id = null where assignee_id <> $1`, [bench.northgate.people.theo.id]);
    const ask = async () =>
      (
        await dana.gql<{ suggestAssignees: { user: { name: string }; reason: string }[] }>(
          'query($e: [ID!]) { suggestAssignees(endpointIds: $e) { user { name } reason } }',
          { e: [endpoint('B')] },
        )
      ).suggestAssignees;
    const [first] = await ask();
    expect(first?.user.name).toBe('Theo Lind');
    expect(first?.reason).toMatch(/^Nothing open, (one session|\d+ sessions) of Brightline Print in the last 90 days$/);
    await dana.must('setShift', { userId: user('theo'), onShift: false });
    expect((await ask())[0]).toEqual({
      user: { name: 'Sam Whitfield' },
      reason: 'Nothing open, no session of Brightline Print in the last 90 days',
    });
    await dana.must('setShift', { userId: user('theo'), onShift: true });
  });
});

describe('the queue', () => {
  it('F069 urgent on top, then what is due first, then age', async () => {
    const ids: string[] = [];
    for (const [name, title] of [
      ['A', 'first'],
      ['B', 'second'],
      ['C', 'third'],
    ] as const) {
      const [item] = await assign(dana, [{ endpointId: endpoint(name), userId: user('theo') }], newSession(title));
      ids.push(item!.session!.id);
    }
    const titles = async () => (await queue('theo')).map((s) => s.title);
    expect(await titles()).toEqual(['first', 'second', 'third']);
    await dana.must('setPriority', { sessionId: ids[2], priority: 'urgent' });
    expect(await titles()).toEqual(['third', 'first', 'second']);
    // The second was answered in time: its nearest limit is the resolution, hours later than the first one's response.
    await bench.rows(
      `update session set clocks = jsonb_set(clocks, '{response,metAt}', to_jsonb(1)) where title = 'first'`,
    );
    expect(await titles()).toEqual(['third', 'second', 'first']);
  });
});

describe('views of the board', () => {
  it('U26 are kept per person, and hold the board’s own filters only', async () => {
    const names = async (desk: Desk) =>
      (await desk.gql<{ savedViews: { name: string; query: string }[] }>('{ savedViews { name query } }')).savedViews;
    const save = (name: string, query: string) => dana.act('saveView', { name, query }, '__typename');
    expect(
      await save('Offline print', 'device=offline&priority=urgent&sla=warned.breached&q=brit&hide=sla.wait'),
    ).toMatchObject({
      __typename: 'SavedViews',
    });
    await save('Mine', 'pending=1');
    await save('Mine', '');
    expect(await names(dana)).toEqual([
      { name: 'Mine', query: '' },
      { name: 'Offline print', query: 'device=offline&priority=urgent&sla=warned.breached&q=brit&hide=sla.wait' },
    ]);
    expect(await names(bench.desk(bench.northgate.people.mona))).toEqual([]);
    for (const [name, query] of [
      [' ', ''],
      ['x', 'next=https://evil.example'],
      ['x', `q=${'a'.repeat(2001)}`],
    ] as const)
      expect(await save(name, query)).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await bench.desk(bench.northgate.people.mona).act('dropView', { name: 'Mine' }, '__typename')).toMatchObject(
      {
        code: 'NOT_FOUND',
      },
    );
    await dana.must('dropView', { name: 'Mine' }, '__typename');
    expect((await names(dana)).map((view) => view.name)).toEqual(['Offline print']);
  });
});

describe('a second start', () => {
  it('U53 on the same endpoint is refused with the session that is open, and goes through when it is meant', async () => {
    const sam = bench.desk(bench.northgate.people.sam);
    const start = (more: object = {}) =>
      sam.act(
        'startSession',
        { endpointId: endpoint('H'), title: 'VPN', reason: 'to look', ...more },
        '... on UserError { sessionNumber } ... on Session { id number }',
      );
    const first = await start({ unlessOpen: true, idempotencyKey: 'first' });
    expect(first.__typename).toBe('Session');
    expect(await start({ unlessOpen: true })).toMatchObject({ code: 'CONFLICT', sessionNumber: first.number });
    expect((await start()).__typename).toBe('Session');
    await finish(first.id!);
  });
});

describe('an incident', () => {
  it('F022 groups the sessions of several endpoints; ending one does not end the others; who sees none of them sees no incident', async () => {
    const items = await assign(
      dana,
      [
        { endpointId: endpoint('A'), userId: user('theo') },
        { endpointId: endpoint('B'), userId: user('sam') },
        { endpointId: endpoint('C'), userId: user('theo') },
      ],
      { ...newSession('Printer fails'), incident: 'Printers – Brightline' },
    );
    const ids: (string | undefined)[] = items.map((item) => item.session!.id);
    const seen = async (name: keyof ApiBench['northgate']['people']) =>
      (
        await bench
          .desk(bench.northgate.people[name])
          .gql<{ incidents: object[] }>(
            '{ incidents { title openedBy { name } sessions { id status assignee { name } } } }',
          )
      ).incidents;
    const expected = (first: string) => [
      {
        title: 'Printers – Brightline',
        openedBy: { name: 'Dana Ruiz' },
        sessions: [
          { id: ids[0], status: first, assignee: { name: 'Theo Lind' } },
          { id: ids[1], status: 'unstarted', assignee: { name: 'Sam Whitfield' } },
          { id: ids[2], status: 'unstarted', assignee: { name: 'Theo Lind' } },
        ].sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)),
      },
    ];
    const inOrder = (list: object[]) =>
      (list as { sessions: { id: string }[] }[]).map((incident) => ({
        ...incident,
        sessions: [...incident.sessions].sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)),
      }));
    expect(inOrder(await seen('mona'))).toEqual(expected('unstarted'));
    await finish(ids[0]!);
    expect(inOrder(await seen('theo'))).toEqual(expected('completed'));
    expect(await seen('jun')).toEqual([]);
    expect(
      (await bench.desk(bench.rivermark.people.ria).gql<{ incidents: object[] }>('{ incidents { title } }')).incidents,
    ).toEqual([]);
    const input = { items: [{ sessionId: ids[1], userId: user('sam') }], idempotencyKey: 'again', incident: 'Another' };
    const again = await dana.act('assignMany', input, '__typename');
    expect(again).toMatchObject({ code: 'CONFLICT' });
    expect(await bench.rows(`select 1 from incident where title = 'Another'`)).toEqual([]);
    await finish(...items.map((item) => item.session!.id));
  });
});

describe('the board', () => {
  it('F075 counts an endpoint once, however many sessions are open on it', async () => {
    for (const title of ['One', 'Two'])
      await assign(dana, [{ endpointId: endpoint('A'), userId: user('sam') }], newSession(title));
    const { board } = await dana.gql<{
      board: { offline: number; groups: { client: { name: string }; offline: number; rows: object[] }[] };
    }>('{ board { offline groups { client { name } offline rows { endpoint { id } } } } }');
    const brightline = board.groups.find(({ client }) => client.name === 'Brightline Print');
    expect(brightline?.rows.length).toBeGreaterThan(3);
    expect([board.offline, brightline?.offline]).toEqual([5, 3]);
  });
});
