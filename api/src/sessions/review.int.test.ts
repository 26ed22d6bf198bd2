import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';

let bench: ApiBench;
let theo: Desk;
let mona: Desk;
let sessionId: string;
const SOP = { name: 'Restart of a service', items: ['Consent before the work', 'State looked at first', 'Fix proved'] };

beforeAll(async () => {
  bench = await openApiBench();
  theo = bench.desk(bench.northgate.people.theo);
  mona = bench.desk(bench.northgate.people.mona);
  const runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-07');
  await runtime.connect();
  sessionId = gid('Session', await bench.active(theo, runtime, 'Spooler stuck'));
});
afterAll(() => bench?.close());

const review = (desk: Desk, more: object = {}) =>
  desk.act('reviewSession', {
    sessionId,
    checklist: SOP.name,
    marks: [{ mark: 'met', entry: 1 }, { mark: 'not_met' }, { mark: 'not_applicable' }],
    result: 'fail',
    note: 'Look at the quokkaspooler before you restart it',
    idempotencyKey: 'k',
    ...more,
  });

it('F083 an admin lays down the checklists of the organisation, and the other organisation sees none', async () => {
  const ada = bench.desk(bench.northgate.people.ada);
  expect(await mona.act('createChecklist', SOP, '__typename')).toMatchObject({ code: 'FORBIDDEN' });
  for (const bad of [
    { name: ' ', items: ['x'] },
    { name: 'x', items: [] },
    { name: 'x', items: [' '] },
  ])
    expect(await ada.act('createChecklist', bad, '__typename')).toMatchObject({ code: 'INVALID_INPUT' });
  await ada.must('createChecklist', SOP, '__typename');
  expect(await ada.act('createChecklist', SOP, '__typename')).toMatchObject({ code: 'CONFLICT' });
  expect(await mona.gql('{ checklists { name items } }')).toEqual({ checklists: [SOP] });
  expect(await bench.desk(bench.rivermark.people.rex).gql('{ checklists { name } }')).toEqual({ checklists: [] });
});

it('F083 a reviewer marks each item with its entry; pass or fail and note go on the record; the technician is told; it is found', async () => {
  expect(await review(mona)).toMatchObject({ code: 'INVALID_STATE' });
  await theo.must('completeSession', {
    sessionId,
    outcome: 'resolved',
    note: 'Restarted',
    verification: [],
    notVerifiedBecause: 'it prints',
  });
  expect(await review(theo)).toMatchObject({ code: 'FORBIDDEN' });
  for (const bad of [
    { note: ' ' },
    { marks: [{ mark: 'met', entry: 1 }] },
    { marks: [{ mark: 'met' }, { mark: 'not_met' }, { mark: 'met', entry: 1 }] },
    { marks: [{ mark: 'met', entry: 9999 }, { mark: 'not_met' }, { mark: 'met', entry: 1 }] },
  ])
    expect(await review(mona, bad)).toMatchObject({ code: 'INVALID_INPUT' });
  expect(await review(mona, { checklist: 'Another' })).toMatchObject({ code: 'NOT_FOUND' });

  expect((await review(mona)).__typename).toBe('Session');
  expect((await review(mona)).__typename).toBe('Session');
  const { session } = await theo.gql<{
    session: {
      status: string;
      reviews: { entrySeq: number; result: string; reviewer: { name: string } }[];
      entries: { edges: { node: { seq: number; kind: string; payload: { items: object[]; note: string } } }[] };
    };
  }>(
    `query($id: ID!) { session(id: $id) { status reviews { entrySeq result reviewer { name } }
      entries(first: 100) { edges { node { seq kind payload } } } } }`,
    { id: sessionId },
  );
  expect(session.status).toBe('completed');
  expect(session.reviews).toMatchObject([{ result: 'fail', reviewer: { name: 'Mona Said' } }]);
  const [entry, second] = session.entries.edges.map(({ node }) => node).filter(({ kind }) => kind === 'reviewed');
  expect(second).toBeUndefined();
  expect(entry?.seq).toBe(session.reviews[0]?.entrySeq);
  expect(entry?.payload.items).toEqual([
    { text: SOP.items[0], mark: 'met', entry: 1 },
    { text: SOP.items[1], mark: 'not_met', entry: null },
    { text: SOP.items[2], mark: 'not_applicable', entry: null },
  ]);
  const { notifications } = await theo.gql<{ notifications: { text: string; link: string }[] }>(
    '{ notifications(first: 20) { text link } }',
  );
  expect(notifications.filter(({ text }) => text.includes('did not pass “Restart of a service”'))).toHaveLength(1);
  expect(notifications.some(({ link }) => link.endsWith(`#e${entry?.seq}`))).toBe(true);

  const found = async (of: string) =>
    (await mona.gql<{ sessions: { totalCount: number } }>(`{ sessions(first: 10, review: ${of}) { totalCount } }`))
      .sessions.totalCount;
  expect([await found('fail'), await found('pass'), await found('none')]).toEqual([1, 0, 0]);
  await bench.indexSearch();
  const { searchTranscripts } = await mona.gql<{ searchTranscripts: { total: number } }>(
    '{ searchTranscripts(query: "quokkaspooler") { total } }',
  );
  expect(searchTranscripts.total).toBe(1);
});
