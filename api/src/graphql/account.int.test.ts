import { waitFor } from '@throughline/infra/testing/wait-for';
import { createSignIn } from '@throughline/store/sign-in-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { viewerOf } from '../auth/viewer.ts';
import { whileSignedIn } from '../auth/while-signed-in.ts';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import type { TestPerson } from '../testing/people.ts';

let bench: ApiBench;
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

beforeAll(async () => {
  bench = await openApiBench();
});
afterAll(() => bench?.close());

/** The same person in one more browser. */
async function another(person: TestPerson, agent = FIREFOX): Promise<Desk> {
  const token = await createSignIn(bench.deps.pool, bench.northgate.mspId, person.id, { address: '192.0.2.7', agent });
  return bench.desk({ ...person, cookie: `throughline_session=${token}` });
}
interface SignIns {
  viewer: { signIns: { id: string; address: string; browser: string; current: boolean }[] } | null;
}
const signIns = async (desk: Desk) =>
  (await desk.gql<SignIns>('{ viewer { signIns { id address browser current lastSeenAt expiresAt at } } }')).viewer
    ?.signIns ?? null;
const END = '__typename';
const BOARD = 'subscription { boardEvents { kind } }';

describe('sign-ins', () => {
  it('F136 lists where I am signed in, and ending one there ends its requests and its open streams', async () => {
    const { theo } = bench.northgate.people;
    const here = bench.desk(theo);
    const there = await another(theo);
    const list = (await signIns(here))!;
    expect(list).toHaveLength(2);
    expect(list.filter((each) => each.current)).toHaveLength(1);
    const other = list.find((each) => !each.current)!;
    expect(other).toMatchObject({ address: '192.0.2.7', browser: 'Firefox on Linux' });

    const [stream, mine] = [await there.follow(BOARD), await here.follow(BOARD)];
    const [tab, myTab] = [await there.followBySocket(BOARD), await here.followBySocket(BOARD)];
    const all = [stream, mine, tab, myTab];
    await waitFor('all streams', async () => all.every(({ events }) => events.length > 0));
    const asked = Date.now();
    await here.must('endSignIn', { signInId: other.id }, END);
    await waitFor('the end of the streams', async () => stream.ended && tab.ended);
    expect(Date.now() - asked).toBeLessThan(5_000);
    expect(await signIns(there)).toBeNull();
    expect((await there.raw('{ users { id } }')).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect([mine.ended, myTab.ended]).toEqual([false, false]);
    expect(await signIns(here)).toHaveLength(1);
    await Promise.all(all.map((each) => each.close()));
  });

  it("U44 nobody ends somebody else's sign-in: it is not found, like an id of nothing", async () => {
    const [{ sam, theo }, rex] = [bench.northgate.people, bench.rivermark.people.rex];
    const [target] = (await signIns(bench.desk(sam)))!;
    for (const signInId of [target!.id, gid('SignIn', '00000000-0000-4000-8000-000000000000'), gid('SignIn', 'x')])
      for (const person of [theo, rex, bench.northgate.people.ada])
        expect(await bench.desk(person).act('endSignIn', { signInId }, END)).toMatchObject({
          code: 'NOT_FOUND',
          message: 'Sign-in not found, or you have no access to it.',
        });
    expect(await signIns(bench.desk(sam))).toHaveLength(1);
  });

  it('F136 F138 signing out everywhere ends all of mine, nobody else, and is audited with from where', async () => {
    const { mona, dana } = bench.northgate.people;
    const desks = [bench.desk(mona), await another(mona), await another(mona, '')];
    const streams = await Promise.all(desks.flatMap((desk) => [desk.follow(BOARD), desk.followBySocket(BOARD)]));
    await desks[1]!.gql('mutation { endAllSignIns { __typename } }');
    await waitFor('the end of every stream', async () => streams.every((stream) => stream.ended));
    for (const desk of desks) expect(await signIns(desk)).toBeNull();
    expect(await signIns(bench.desk(dana))).toHaveLength(1);
    const rows = await bench.rows<{ actor: string; details: object }>(
      `select actor, details from audit_event where action = 'sign_in.ended_all'`,
    );
    expect(rows).toEqual([
      { actor: mona.email, details: { ended: 3, ip: expect.stringMatching(/127\.0\.0\.1|::1/) as string } },
    ]);
  });

  it('F136 what opens while its sign-in is being ended does not outlive it', async () => {
    const { lena } = bench.northgate.people;
    const desk = await another(lena);
    const { hub, pool } = bench.deps;
    // Looked up, and nobody listens for it yet.
    const viewer = (await viewerOf(pool, { headers: { cookie: desk.headers().cookie } }))!;
    const heard = hub.next((event) => event.k === 'sign_in' && event.u === lena.id, 30_000);
    await bench.desk(lena).must('endSignIn', { signInId: gid('SignIn', viewer.signInId!) }, END);
    await heard;
    const { signal, release } = whileSignedIn(bench.deps, viewer, new AbortController().signal);
    await waitFor('its end', () => signal.aborted);
    release();
  });

  it('F136 a stream ends when its sign-in runs out', async () => {
    const desk = await another(bench.northgate.people.lena);
    await bench.rows(
      `update sign_in set expires_at = now() + interval '2 seconds' where user_id = $1 and address <> ''`,
      [bench.northgate.people.lena.id],
    );
    const streams = [await desk.follow(BOARD), await desk.followBySocket(BOARD)];
    await waitFor('the end of both streams', async () => streams.every((stream) => stream.ended));
    expect(await signIns(desk)).toBeNull();
  });
});
