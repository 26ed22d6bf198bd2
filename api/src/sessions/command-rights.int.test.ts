import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, type Followed, gid } from '../testing/desk.ts';

type Name = keyof ApiBench['northgate']['people'];
interface Watched {
  sessionEvents: {
    entry: { kind: string } | null;
    session: { commandHolder: { name: string } | null };
    watchers: { user: { name: string }; typing: boolean; asksForCommandRights: boolean }[];
  };
}

let bench: ApiBench;
let desks: Record<'dana' | 'theo' | 'sam' | 'jun', Desk>;
let sessionId: string;
const pages: Followed<Watched>[] = [];

beforeAll(async () => {
  bench = await openApiBench();
  const { people } = bench.northgate;
  desks = {
    dana: bench.desk(people.dana),
    theo: bench.desk(people.theo),
    sam: bench.desk(people.sam),
    jun: bench.desk(people.jun),
  };
}, 120_000);
afterAll(async () => {
  for (const page of pages.splice(0)) await page.close();
  await bench?.close();
});

let n = 0;
beforeEach(async () => {
  for (const page of pages.splice(0)) await page.close();
  const runtime = await bench.enrol(bench.northgate.clients.harbor.id, `HARB-CR-${n++}`);
  await runtime.connect();
  sessionId = gid('Session', await bench.active(desks.theo, runtime));
});

/** Opens the session's page: what the web follows. */
async function open(desk: Desk): Promise<Followed<Watched>> {
  const page = await desk.follow<Watched>(
    `subscription($id: ID!) { sessionEvents(sessionId: $id, after: 0) { entry { kind } session { commandHolder { name } }
      watchers { user { name } typing asksForCommandRights } } }`,
    { id: sessionId },
  );
  pages.push(page);
  await waitFor('the page to be open', () => page.events.length > 0);
  return page;
}
const here = (page: Followed<Watched>) =>
  (page.events.at(-1)?.sessionEvents.watchers ?? []).map(
    ({ user, typing, asksForCommandRights }) =>
      `${user.name}${typing ? ' types' : ''}${asksForCommandRights ? ' asks' : ''}`,
  );
const propose = (desk: Desk) =>
  desk.act(
    'proposeCommand',
    { sessionId, shell: 'bash', script: 'uptime', reason: 'look' },
    '... on Command { state }',
  );
const userId = (name: Name) => gid('User', bench.northgate.people[name].id);
const holder = async () =>
  (
    await desks.dana.gql<{ session: { commandHolder: { name: string } } }>(
      'query($id: ID!) { session(id: $id) { commandHolder { name } } }',
      { id: sessionId },
    )
  ).session.commandHolder.name;
const entries = async (kind: string) => {
  const { session } = await desks.dana.gql<{
    session: { entries: { edges: { node: { kind: string; actor: { name: string }; payload: object } }[] } };
  }>(
    'query($id: ID!) { session(id: $id) { entries(first: 100) { edges { node { kind actor { name } payload } } } } }',
    {
      id: sessionId,
    },
  );
  return session.entries.edges.map(({ node }) => node).filter((node) => node.kind === kind);
};

describe('command rights', () => {
  it('U49 a senior takes them over in one step; who had them is refused from then on, in words, and all of it is on the record', async () => {
    expect(await holder()).toBe('Theo Lind');
    const refused = await propose(desks.sam);
    expect(refused).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('has command rights') });
    await desks.sam.must('takeCommandRights', { sessionId });
    expect(await holder()).toBe('Sam Whitfield');
    expect(await propose(desks.theo)).toMatchObject({ code: 'CONFLICT' });
    expect(await propose(desks.sam)).toMatchObject({ __typename: 'Command' });
    expect(await entries('command_rights')).toMatchObject([
      { actor: { name: 'Sam Whitfield' }, payload: { from: 'Theo Lind', to: 'Sam Whitfield', why: 'senior' } },
    ]);
    const verdicts = (await entries('command_verdict')).map(
      ({ payload }) => payload as { state: string; words: string },
    );
    expect(verdicts.filter(({ state }) => state === 'refused').map(({ words }) => words)).toEqual([
      expect.stringContaining('CONFLICT: Somebody else has command rights'),
      expect.stringContaining('CONFLICT: Somebody else has command rights'),
    ]);
    const { notifications } = await desks.theo.gql<{ notifications: { text: string }[] }>(
      '{ notifications(first: 20) { text } }',
    );
    expect(notifications.map(({ text }) => text)).toContainEqual(
      expect.stringContaining('Sam Whitfield has command rights now'),
    );
  });

  it('U49 somebody else asks, whoever has them sees it and hands them over; a reassignment takes them along', async () => {
    const theo = await open(desks.theo);
    expect(await desks.jun.act('askForCommandRights', { sessionId, asks: true })).toMatchObject({
      code: 'INVALID_STATE',
    });
    const jun = await open(desks.jun);
    expect(await desks.jun.act('takeCommandRights', { sessionId })).toMatchObject({ code: 'FORBIDDEN' });
    await desks.jun.must('askForCommandRights', { sessionId, asks: true });
    await waitFor('Theo to see who asks', () => here(theo).includes('Jun Park asks'));
    await desks.theo.must('keepCommandRights', { sessionId });
    await waitFor('Jun to see that Theo keeps them', () => here(jun).join() === 'Jun Park,Theo Lind');
    await desks.jun.must('askForCommandRights', { sessionId, asks: true });
    await desks.theo.must('giveCommandRights', { sessionId, userId: userId('jun') });
    await waitFor(
      'Jun to have them',
      () => jun.events.at(-1)?.sessionEvents.session.commandHolder?.name === 'Jun Park',
    );
    await waitFor('nobody to ask', () => here(theo).join() === 'Jun Park,Theo Lind');
    expect(await propose(desks.jun)).toMatchObject({ __typename: 'Command' });
    expect(await propose(desks.theo)).toMatchObject({ code: 'CONFLICT' });

    expect(await desks.theo.act('takeCommandRights', { sessionId })).toMatchObject({
      code: 'CONFLICT',
      message: 'Jun Park has command rights and has the session open. Ask for them: one click hands them over.',
    });
    await jun.close();
    await waitFor('Jun to be gone', () => here(theo).join() === 'Theo Lind');
    await desks.theo.must('takeCommandRights', { sessionId });
    expect((await entries('command_rights')).map(({ payload }) => payload)).toMatchObject([
      { from: 'Theo Lind', to: 'Jun Park', why: 'handed_over' },
      { from: 'Jun Park', to: 'Theo Lind', why: 'holder_gone' },
    ]);
    await desks.dana.must('reassignSession', { sessionId, userId: userId('sam'), reason: 'Shift ends' });
    expect(await holder()).toBe('Sam Whitfield');
  });

  it('U49 F077 a dispatcher gives them and never has them: not by taking, not by asking, and no command goes through', async () => {
    await desks.dana.must('giveCommandRights', { sessionId, userId: userId('sam') });
    expect(await holder()).toBe('Sam Whitfield');
    expect((await entries('command_rights')).at(-1)).toMatchObject({
      actor: { name: 'Dana Ruiz' },
      payload: { from: 'Theo Lind', to: 'Sam Whitfield', why: 'given' },
    });
    expect(await desks.dana.act('takeCommandRights', { sessionId })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await desks.dana.act('giveCommandRights', { sessionId, userId: userId('dana') })).toMatchObject({
      code: 'INVALID_INPUT',
    });
    expect(await propose(desks.dana)).toMatchObject({ code: 'FORBIDDEN' });
    const { session } = await desks.dana.gql<{ session: { participants: { name: string }[] } }>(
      'query($id: ID!) { session(id: $id) { participants { name } } }',
      { id: sessionId },
    );
    expect(session.participants.map(({ name }) => name)).not.toContain('Dana Ruiz');
  });

  it('U49 of two who take them at once one gets them, and the other is told who', async () => {
    const lena = bench.desk(bench.northgate.people.lena);
    const both = await Promise.all([
      desks.sam.act('takeCommandRights', { sessionId }),
      lena.act('takeCommandRights', { sessionId }),
    ]);
    const winner = await holder();
    expect(['Sam Whitfield', 'Lena Voss']).toContain(winner);
    const other = winner === 'Sam Whitfield' ? lena : desks.sam;
    const answer = both[winner === 'Sam Whitfield' ? 1 : 0]!;
    expect(both[winner === 'Sam Whitfield' ? 0 : 1]!.code).toBeUndefined();
    const moves = (await entries('command_rights')).map(({ payload }) => payload as { from: string; to: string });
    if (answer.code === undefined) {
      // They came one after the other: the later took them from the earlier, who is told of it.
      const { notifications } = await other.gql<{ notifications: { text: string }[] }>(
        '{ notifications(first: 20) { text } }',
      );
      const { session } = await other.gql<{ session: { number: number } }>(
        'query($id: ID!) { session(id: $id) { number } }',
        { id: sessionId },
      );
      expect(notifications.map(({ text }) => text)).toContain(
        `Session ${session.number}: ${winner} has command rights now.`,
      );
      expect(moves.map(({ from }) => from)).toEqual(['Theo Lind', moves[0]!.to]);
    } else {
      expect(answer).toMatchObject({
        code: 'CONFLICT',
        message: `Command rights went to ${winner} a moment ago. Look at the session before you take them.`,
      });
      expect(moves.map(({ from }) => from)).toEqual(['Theo Lind']);
    }
    expect(moves.at(-1)!.to).toBe(winner);
    // Whoever lost them sends nothing; whoever has them does.
    expect(await propose(other)).toMatchObject({ code: 'CONFLICT' });
    expect(await propose(winner === 'Sam Whitfield' ? desks.sam : lena)).toMatchObject({ __typename: 'Command' });
  });
});

describe('who is there', () => {
  it('U48 all who have the session open are named, while they have, with who is typing; none of it is on the record', async () => {
    const before = (await entries('message')).length;
    const theo = await open(desks.theo);
    const dana = await open(desks.dana);
    await waitFor('both to be named', () => here(theo).join() === 'Dana Ruiz,Theo Lind');
    await desks.dana.must('typeInSession', { sessionId, typing: true });
    await waitFor('Dana to be seen typing', () => here(theo).includes('Dana Ruiz types'));
    await desks.dana.must('typeInSession', { sessionId, typing: false });
    await waitFor('Dana to have stopped', () => here(theo).join() === 'Dana Ruiz,Theo Lind');
    await dana.close();
    await waitFor('Dana to be gone', () => here(theo).join() === 'Theo Lind', 10_000);
    expect(await entries('message')).toHaveLength(before);
  });

  it('U48 a page that is not heard of any more is gone too, and one out of reach sees nobody', async () => {
    const theo = await open(desks.theo);
    // A process that died leaves its row behind.
    await bench.rows(
      `insert into session_watch (msp_id, id, session_id, user_id) select msp_id, gen_random_uuid(), session_id, $1 from session_watch limit 1`,
      [bench.northgate.people.dana.id],
    );
    await waitFor('Dana to be named', () => here(theo).includes('Dana Ruiz'));
    await waitFor('Dana to be gone', () => here(theo).join() === 'Theo Lind', 20_000);
    const ria = await bench
      .desk(bench.rivermark.people.ria)
      .follow<Watched>('subscription($id: ID!) { sessionEvents(sessionId: $id, after: 0) { watchers { typing } } }', {
        id: sessionId,
      });
    await waitFor('a refusal', () => ria.errors.length > 0);
    expect(ria.events).toEqual([]);
    await ria.close();
  });
});
