import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import type { TestPerson } from '../testing/people.ts';

let bench: ApiBench;
let jun: Desk;
let sam: Desk;
let lena: Desk;
let mona: Desk;
/** Jun's, of Harbor Dental. */
let sessionId: string;
let number: number;

beforeAll(async () => {
  bench = await openApiBench();
  const { people, clients } = bench.northgate;
  [jun, sam, lena, mona] = [people.jun, people.sam, people.lena, people.mona].map((each) => bench.desk(each)) as [
    Desk,
    Desk,
    Desk,
    Desk,
  ];
  const runtime = await bench.enrol(clients.harbor.id, 'HARB-WS-07');
  await runtime.connect();
  sessionId = await bench.started(jun, runtime, 'VPN client fails to authenticate');
  number = await numberOf(sessionId);
});
afterAll(() => bench?.close());

const NOTE = 'Chain validation failing for RADIUS server cert,\n  not sure which intermediate is missing. ';
const numberOf = async (id: string) =>
  (await bench.rows<{ number: number }>('select number from session where id = $1', [id]))[0]!.number;
const flag = (desk: Desk, note: string, id = sessionId, more: object = {}) =>
  desk.must('flagSession', { sessionId: gid('Session', id), note, ...more });

interface Queued {
  id: string;
  note: string;
  state: string;
  seenByMe: boolean;
  at: string;
  by: { name: string };
  session: { number: number; client: { name: string } };
  review: { verdict: string; note: string; by: { name: string } } | null;
  canReview: boolean;
  reviewCount: number;
}
const FIELDS =
  'id note state seenByMe at by { name } session { number client { name } } review { verdict note by { name } } canReview reviewCount';
const queue = async (desk: Desk, args = 'first: 100') =>
  (
    await desk.gql<{
      reviewQueue: { totalCount: number; pageInfo: { endCursor: string }; edges: { node: Queued }[] };
    }>(`{ reviewQueue(${args}) { totalCount pageInfo { endCursor } edges { node { ${FIELDS} } } } }`)
  ).reviewQueue;
const inQueue = async (desk: Desk, id: string) => (await queue(desk)).edges.find(({ node }) => node.id === id)?.node;
const flagsOf = async (desk: Desk, id = sessionId) =>
  (
    await desk.gql<{ session: { openFlags: number; flags: Queued[] } }>(
      `query($id: ID!) { session(id: $id) { openFlags flags { ${FIELDS} } } }`,
      { id: gid('Session', id) },
    )
  ).session;
const entriesOf = async (kind: string, id = sessionId) =>
  (
    await bench.rows<{ seq: number; payload: Buffer }>(
      `select e.seq, p.payload from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
       where e.session_id = $1 and e.kind = $2 order by e.seq`,
      [id, kind],
    )
  ).map(({ seq, payload }) => ({ seq, payload: JSON.parse(payload.toString()) as Record<string, unknown> }));
const newsOf = (person: TestPerson, kind: string) =>
  bench.rows<{ text: string; link: string }>(
    'select text, link from notification where user_id = $1 and kind = $2 order by at, key',
    [person.id, kind],
  );
const forget = () => bench.rows('delete from mail_outbox').then(() => bench.rows('delete from notification'));

describe('a flag', () => {
  it('F085 needs a note, which stands in the record and on the session word for word; another is added, none replaced', async () => {
    for (const [note, code] of [
      ['', 'INVALID_INPUT'],
      [' \n ', 'INVALID_INPUT'],
      ['x'.repeat(4001), 'TOO_LARGE'],
      ['a\0b', 'INVALID_INPUT'],
    ])
      expect(await jun.act('flagSession', { sessionId: gid('Session', sessionId), note })).toMatchObject({ code });
    await flag(jun, NOTE);
    await flag(jun, 'x'.repeat(4000));
    expect((await entriesOf('flagged')).map(({ payload }) => payload['note'])).toEqual([NOTE, 'x'.repeat(4000)]);
    const session = await flagsOf(sam);
    expect(session.openFlags).toBe(2);
    expect(session.flags).toMatchObject([
      { note: NOTE, by: { name: 'Jun Park' }, state: 'new' },
      { note: 'x'.repeat(4000), by: { name: 'Jun Park' }, state: 'new' },
    ]);
  });

  it('F085 sent twice under one key it is raised once', async () => {
    const again = { idempotencyKey: 'k' };
    const first = await flag(jun, 'Once', sessionId, again);
    expect(await flag(jun, 'Once', sessionId, again)).toEqual(first);
    expect((await flagsOf(sam)).flags.filter(({ note }) => note === 'Once')).toHaveLength(1);
    expect(await newsOf(bench.northgate.people.sam, 'flagged')).toHaveLength(3);
  });

  it('F085 is raised of a completed session, too', async () => {
    const runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-08');
    await runtime.connect();
    const over = await bench.started(jun, runtime);
    await bench.rows(`update session set status = 'completed' where id = $1`, [over]);
    const { id } = await flag(jun, 'Was that right?', over);
    expect(await inQueue(sam, id!)).toMatchObject({
      note: 'Was that right?',
      session: { number: await numberOf(over) },
    });
  });
});

describe('the review queue', () => {
  it('F086 shows each open flag with note, client and age to who may see the client, oldest first, page by page', async () => {
    const cedar = await bench.enrol(bench.northgate.clients.cedar.id, 'CEDAR-1');
    await cedar.connect();
    const theo = bench.desk(bench.northgate.people.theo);
    const elsewhere = await bench.started(theo, cedar);
    const { id } = await flag(theo, 'Cedar only', elsewhere);
    const all = await queue(sam);
    expect(all.totalCount).toBe(all.edges.length);
    expect(all.edges.at(-1)?.node).toMatchObject({
      id,
      note: 'Cedar only',
      session: { client: { name: 'Cedar Law' } },
    });
    expect(all.edges[0]!.node).toMatchObject({ note: NOTE, session: { number, client: { name: 'Harbor Dental' } } });
    const seen = await queue(lena);
    expect(seen.totalCount).toBe(all.totalCount - 1);
    expect(seen.edges.some(({ node }) => node.note === 'Cedar only')).toBe(false);
    const first = await queue(sam, 'first: 2');
    const rest = await queue(sam, `first: 100, after: "${first.pageInfo.endCursor}"`);
    expect([...first.edges, ...rest.edges]).toEqual(all.edges);
    expect((await sam.raw('{ reviewQueue(first: 101) { totalCount } }')).errors).toBeDefined();
    expect((await sam.raw('{ reviewQueue(after: "xx") { totalCount } }')).errors?.[0]?.message).toContain('cursor');
    expect((await queue(bench.desk(bench.rivermark.people.rex))).totalCount).toBe(0);
  });

  it('F086 a flag reaches the queue’s reader within five seconds, by the board’s news', async () => {
    const followed = await sam.follow<{ boardEvents: { kind: string; sessionId: string | null } }>(
      'subscription { boardEvents { kind sessionId } }',
    );
    await waitFor('the first turn', () => (followed.events.length > 0 ? true : undefined));
    const before = (await queue(sam)).totalCount;
    const at = Date.now();
    await flag(jun, 'Quick');
    await waitFor('the news', () =>
      followed.events.find(({ boardEvents: e }) => e.kind === 'flag' && e.sessionId === gid('Session', sessionId)),
    );
    expect((await queue(sam)).totalCount).toBe(before + 1);
    expect(Date.now() - at).toBeLessThan(5_000);
    await followed.close();
  });

  it('F086 to open the session marks its flags as seen by that person, and closes nothing', async () => {
    const { id } = await flag(jun, 'Seen?');
    const before = (await queue(sam)).totalCount;
    await lena.must('markFlagsSeen', { sessionId: gid('Session', sessionId) });
    expect(await inQueue(lena, id!)).toMatchObject({ state: 'seen', seenByMe: true });
    expect(await inQueue(sam, id!)).toMatchObject({ state: 'seen', seenByMe: false });
    await sam.must('markFlagsSeen', { sessionId: gid('Session', sessionId) });
    await sam.must('markFlagsSeen', { sessionId: gid('Session', sessionId) });
    expect(await inQueue(sam, id!)).toMatchObject({ state: 'seen', seenByMe: true });
    expect((await queue(sam)).totalCount).toBe(before);
  });
});

describe('who is told', () => {
  it('F086 F137 every senior of the client hears of a flag once, at its entry, and the flagger never', async () => {
    await forget();
    await flag(jun, 'For the seniors');
    const seq = (await entriesOf('flagged')).at(-1)!.seq;
    const { people } = bench.northgate;
    for (const person of [people.sam, people.lena])
      expect(await newsOf(person, 'flagged')).toEqual([
        { text: `Jun Park flagged session ${number}: For the seniors`, link: `/s/${number}#e${seq}` },
      ]);
    for (const person of [people.jun, people.theo, people.dana, people.mona, people.ada, people.ole])
      expect(await newsOf(person, 'flagged')).toEqual([]);
    await flag(sam, 'From one senior to the other');
    expect(await newsOf(people.sam, 'flagged')).toHaveLength(1);
    expect(await newsOf(people.lena, 'flagged')).toHaveLength(2);
  });

  it('F137 what goes out by mail and to other services names session and person, once, and never what they wrote', async () => {
    const { mspId, people } = bench.northgate;
    await bench.rows(
      `insert into outbound_webhook (msp_id, id, name, host, url_sealed, secret_sealed, format, kinds, created_by)
       values ($1, gen_random_uuid(), 'Chat', 'x', '', '', 'slack', '{flagged,thread_reply,flag_reviewed}', $2)`,
      [mspId, people.ada.id],
    );
    await sam.must('setNotificationPreference', { kind: 'flagged', email: true }, '__typename');
    const { id } = await flag(jun, 'geheim one');
    const seq = (await entriesOf('flagged')).at(-1)!.seq;
    await sam.must('addMessage', { sessionId: gid('Session', sessionId), text: 'geheim two', onEntry: seq });
    await sam.must('reviewFlag', { flagId: id, verdict: 'CONFIRM', note: 'geheim three' });
    const out = await bench.rows<{ kind: string; title: string }>(
      'select kind, title from outbound_message where msp_id = $1 order by kind',
      [mspId],
    );
    const title = 'VPN client fails to authenticate';
    expect(out).toEqual([
      { kind: 'flag_reviewed', title: `Sam Whitfield confirmed a flag in session ${number}: ${title}` },
      { kind: 'flagged', title: `Jun Park flagged session ${number}: ${title}` },
      { kind: 'thread_reply', title: `Sam Whitfield replied in session ${number}: ${title}` },
    ]);
    const mails = await bench.rows<{ subject: string }>('select subject from mail_outbox where msp_id = $1', [mspId]);
    expect(mails).toEqual([{ subject: `Jun Park flagged session ${number}: ${title}` }]);
  });

  it('F137 where nobody else may review it, managers and admins hear of it, and that it is so', async () => {
    const { mspId, people, clients } = bench.rivermark;
    const runtime = await bench.enrol(clients.harbor.id, 'RIV-1', mspId);
    await runtime.connect();
    const ria = bench.desk(people.ria);
    await flag(ria, 'Nobody above me', await bench.started(ria, runtime));
    expect(await newsOf(people.ria, 'flagged')).toEqual([]);
    expect(await newsOf(people.rex, 'flagged')).toMatchObject([
      {
        text: expect.stringContaining(
          '(nobody else of this client may review flags: an admin can change that under Permissions): Nobody above me',
        ),
      },
    ]);
  });

  it('F086 who is told goes by the table as it was changed for the client’s group; where it lets nobody, those who can change it', async () => {
    const { mspId, people, clients } = bench.northgate;
    const change = (role: string, given: string) =>
      bench.rows(
        `insert into role_right (msp_id, group_id, role, permission, given) values ($1, $2, $3, 'flag.review', $4)`,
        [mspId, clients.harbor.groupId, role, given],
      );
    const told = async (note: string) => {
      await forget();
      await flag(jun, note);
      const rows = await bench.rows<{ user_id: string; text: string }>(
        `select user_id, text from notification where kind = 'flagged'`,
      );
      const names = Object.entries(people).flatMap(([name, { id }]) =>
        rows.some((row) => row.user_id === id) ? [name] : [],
      );
      return { names: names.sort(), stuck: rows.every(({ text }) => text.includes('may review flags')) };
    };
    try {
      await change('technician', 'all');
      expect(await told('Technicians too')).toEqual({ names: ['lena', 'sam', 'theo'], stuck: false });
      await bench.rows('delete from role_right where msp_id = $1', [mspId]);
      await change('senior', 'none');
      expect(await told('No senior')).toEqual({ names: ['mona'], stuck: false });
      await change('manager', 'none');
      expect(await told('Nobody at all')).toEqual({ names: ['ada', 'mona', 'ole'], stuck: true });
    } finally {
      await bench.rows('delete from role_right where msp_id = $1', [mspId]);
    }
  });
});

describe('the review of a flag', () => {
  it('F090 confirmed it is closed with name and time; whoever raised it is told once', async () => {
    await forget();
    const { id } = await flag(jun, 'Confirm me');
    const open = (await flagsOf(sam)).openFlags;
    await sam.must('reviewFlag', { flagId: id, verdict: 'CONFIRM', note: 'Good.', seenReviewCount: 0 });
    expect(await inQueue(sam, id!)).toBeUndefined();
    const after = await flagsOf(jun);
    expect(after.openFlags).toBe(open - 1);
    expect(after.flags.find((each) => each.id === id)).toMatchObject({
      state: 'confirmed',
      review: { verdict: 'CONFIRM', note: 'Good.', by: { name: 'Sam Whitfield' } },
    });
    const entry = (await entriesOf('flag_reviewed')).at(-1)!;
    expect(entry.payload).toMatchObject({ verdict: 'confirm', note: 'Good.' });
    expect(await newsOf(bench.northgate.people.jun, 'flag_reviewed')).toEqual([
      { text: `Sam Whitfield confirmed your flag in session ${number}: Good.`, link: `/s/${number}#e${entry.seq}` },
    ]);
  });

  it('F090 redirected it stays open with the word what to do, and can be confirmed later', async () => {
    const { id } = await flag(jun, 'Redirect me');
    expect(await sam.act('reviewFlag', { flagId: id, verdict: 'REDIRECT' })).toMatchObject({ code: 'INVALID_INPUT' });
    await sam.must('reviewFlag', { flagId: id, verdict: 'REDIRECT', note: 'Look at the chain.' });
    expect(await inQueue(mona, id!)).toMatchObject({
      state: 'redirected',
      review: { verdict: 'REDIRECT', note: 'Look at the chain.', by: { name: 'Sam Whitfield' } },
    });
    expect((await newsOf(bench.northgate.people.jun, 'flag_reviewed')).at(-1)?.text).toContain('redirected your flag');
    await mona.must('reviewFlag', { flagId: id, verdict: 'CONFIRM' });
    expect(await inQueue(mona, id!)).toBeUndefined();
  });

  it('F090 of two at once one wins, and the other is told who was faster', async () => {
    const { id } = await flag(jun, 'Race');
    const both = await Promise.all(
      [sam, lena].map((desk) =>
        desk.act('reviewFlag', { flagId: id, verdict: 'REDIRECT', note: 'x', seenReviewCount: 0 }),
      ),
    );
    expect(both.map(({ __typename }) => __typename).sort()).toEqual(['Flag', 'UserError']);
    const winner = both[0]!.__typename === 'Flag' ? 'Sam Whitfield' : 'Lena Voss';
    expect(both.find(({ code }) => code)).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`${winner} redirected this flag before you`),
    });
    const racers = await Promise.all(
      [sam, lena].map((desk) => desk.act('reviewFlag', { flagId: id, verdict: 'CONFIRM' })),
    );
    expect(racers.filter(({ code }) => code === 'CONFLICT')).toHaveLength(1);
    const reviews = (await entriesOf('flag_reviewed')).slice(-2).map(({ payload }) => payload['verdict']);
    expect(reviews).toEqual(['redirect', 'confirm']);
  });

  it('F090 nobody reviews a flag of their own, and an admin none', async () => {
    const { id } = await flag(sam, 'My own');
    expect(await inQueue(sam, id!)).toMatchObject({ canReview: false });
    expect(await inQueue(lena, id!)).toMatchObject({ canReview: true });
    expect(await sam.act('reviewFlag', { flagId: id, verdict: 'CONFIRM' })).toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('your own'),
    });
    expect(
      await bench.desk(bench.northgate.people.ada).act('reviewFlag', { flagId: id, verdict: 'CONFIRM' }),
    ).toMatchObject({ code: 'FORBIDDEN' });
  });
});
