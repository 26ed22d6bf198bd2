import { createSetupLink } from '@throughline/store/setup';
import { createSignIn } from '@throughline/store/sign-in-store';
import { withTenant } from '@throughline/store/tenant';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, type Followed, gid } from '../testing/desk.ts';
import type { TestPerson } from '../testing/people.ts';

let bench: ApiBench;
let ada: Desk;
let dana: Desk;
const userId = (person: TestPerson) => gid('User', person.id);
const reason = 'Left the company';

beforeAll(async () => {
  bench = await openApiBench();
  ada = bench.desk(bench.northgate.people.ada);
  dana = bench.desk(bench.northgate.people.dana);
}, 240_000);
afterAll(() => bench?.close());
afterEach(async () => {
  await bench.rows('update app_user set deactivated_at = null');
  await bench.rows(`update app_user set role = 'admin' where name in ('Ada Okafor', 'Ole Berg')`);
});

const deactivate = (person: TestPerson, by = ada) =>
  by.act('deactivateUser', { userId: userId(person), reason }, '... on User { active assigned { id } deactivatedWhy }');
const isIn = async (desk: Desk) =>
  (await desk.gql<{ viewer: object | null }>('{ viewer { user { id } } }')).viewer !== null;
/** A person signed in anew: what an earlier test ended is no matter. */
async function signedIn(key: keyof ApiBench['northgate']['people']): Promise<{ person: TestPerson; desk: Desk }> {
  const token = await createSignIn(bench.deps.pool, bench.northgate.mspId, bench.northgate.people[key].id);
  const person = { ...bench.northgate.people[key], cookie: `throughline_session=${token}` };
  return { person, desk: bench.desk(person) };
}
/** The board's news over server-sent events, and over a socket: both end alike. */
async function bothWays(desk: Desk): Promise<Followed<unknown>[]> {
  const query = 'subscription { boardEvents { kind } }';
  const both = [await desk.follow(query), await desk.followBySocket(query)];
  await waitFor('both streams to stand', () => both.every(({ events }) => events.length > 0));
  return both;
}
const audited = async (action: string) =>
  (
    await bench.rows<{ actor: string; target: string; details: Record<string, unknown> }>(
      'select actor, target, details from audit_event where action = $1 order by id desc limit 1',
      [action],
    )
  )[0];

describe('a person who leaves', () => {
  it('F136 F138 loses every way in at once: sign-ins, an open stream, API tokens, the one-time link', async () => {
    const { person, desk } = await signedIn('theo');
    const second = await signedIn('theo');
    const made = await desk.must(
      'createApiToken',
      { name: 'x', scopes: ['read'], days: 30 },
      '... on CreatedApiToken { token }',
    );
    const byToken = async () => {
      const answer = await fetch(`${bench.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${made['token'] as string}` },
        body: JSON.stringify({ query: '{ viewer { user { id } } }' }),
      });
      return ((await answer.json()) as { data: { viewer: object | null } | null }).data?.viewer ?? null;
    };
    expect(await byToken()).not.toBeNull();
    const link = await withTenant(bench.deps.pool, { mspId: bench.northgate.mspId, clients: '*' }, (tx) =>
      createSetupLink(tx, bench.northgate.mspId, person.id),
    );
    const followed = await bothWays(desk);

    expect(await deactivate(person)).toMatchObject({ active: false, deactivatedWhy: reason });
    expect([await isIn(desk), await isIn(second.desk), await byToken()]).toEqual([false, false, null]);
    expect((await fetch(`${bench.url}/auth/setup/${link}`)).status).toBeGreaterThanOrEqual(400);
    await waitFor('the streams to end', () => followed.every(({ ended }) => ended));
    await Promise.all(followed.map((each) => each.close()));
    expect(await audited('user.deactivated')).toMatchObject({
      actor: 'ada@northgate.example',
      target: person.email,
      details: { reason, tokens: 1, signIns: expect.any(Number) as number },
    });

    // Back again: with a new sign-in; what was ended stays so.
    await ada.must('reactivateUser', { userId: userId(person) }, '... on User { active }');
    expect(await isIn((await signedIn('theo')).desk)).toBe(true);
    expect([await isIn(desk), await byToken()]).toEqual([false, null]);
    expect(await audited('user.reactivated')).toMatchObject({ target: person.email });
  });

  it('F071 F070 their sessions stay, at the endpoint too, and open ones are listed and given to somebody else; nothing is assigned to them', async () => {
    const { person, desk } = await signedIn('sam');
    const runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-07');
    await runtime.connect();
    const id = await bench.active(desk, runtime, 'VPN drops');
    const sessionId = gid('Session', id);
    expect(await deactivate(person)).toMatchObject({ assigned: [{ id: sessionId }] });

    const of = `{ edges { node { id title assignee { name active } } } }`;
    const read = () =>
      dana.gql<{
        endpoint: { sessions: { edges: object[] } };
        sessions: { edges: object[] };
      }>(
        `query($e: ID!, $u: ID!) { endpoint(id: $e) { sessions(first: 10) ${of} } sessions(assigneeId: $u, status: active) ${of} }`,
        { e: gid('Endpoint', runtime.identity.endpointId), u: userId(person) },
      );
    const node = { id: sessionId, title: 'VPN drops', assignee: { name: 'Sam Whitfield', active: false } };
    const before = await read();
    expect(before.endpoint.sessions.edges).toEqual([{ node }]);
    expect(before.sessions.edges).toEqual([{ node }]);

    const refused = {
      __typename: 'UserError',
      code: 'INVALID_STATE',
      message: expect.stringMatching(/not active any more/) as string,
    };
    expect(await dana.act('reassignSession', { sessionId, userId: userId(person), reason: 'x' })).toMatchObject(
      refused,
    );
    const { data } = await dana.raw<{ assignable: { name: string }[] }>('{ assignable { name } }');
    expect(data?.assignable.map(({ name }) => name)).not.toContain('Sam Whitfield');
    const theo = bench.northgate.people.theo;
    await dana.must('reassignSession', { sessionId, userId: userId(theo), reason: 'Sam left' });
    expect((await read()).sessions.edges).toEqual([]);

    // Completed by another: the endpoint still lists what Sam had, with Sam in its record.
    const entries = await dana.gql<{ session: { participants: { name: string }[] } }>(
      'query($id: ID!) { session(id: $id) { participants { name } } }',
      { id: sessionId },
    );
    expect(entries.session.participants.map(({ name }) => name)).toContain('Sam Whitfield');
  });

  it('F136 the last admin who sees all clients stays: not by themselves, not of two at once', async () => {
    const { ada: first, mona: other } = bench.northgate.people;
    const last = {
      __typename: 'UserError',
      code: 'INVALID_STATE',
      message: expect.stringMatching(/last admin/) as string,
    };
    expect(await deactivate(first)).toMatchObject(last);
    expect(await ada.act('setUserAccess', { userId: userId(first), role: 'manager' })).toMatchObject(last);
    expect(
      await ada.act('setUserAccess', {
        userId: userId(first),
        role: 'admin',
        clientIds: [gid('Client', bench.northgate.clients.harbor.id)],
      }),
    ).toMatchObject(last);
    expect(
      await bench.rows('select 1 from app_user where id = $1 and deactivated_at is null', [first.id]),
    ).toHaveLength(1);

    await ada.must('setUserAccess', { userId: userId(other), role: 'admin' });
    const mona = (await signedIn('mona')).desk;
    const answers = await Promise.all([deactivate(first, mona), deactivate(other, ada)]);
    expect(answers.filter(({ __typename }) => __typename === 'User').length).toBe(1);
    const left = await bench.rows(
      `select 1 from app_user where msp_id = $1 and role = 'admin' and all_clients and deactivated_at is null`,
      [bench.northgate.mspId],
    );
    expect(left).toHaveLength(1);
    await bench.rows(`update app_user set role = 'manager' where id = $1`, [other.id]);
  });

  it('F136 takes a reason, says when it was done before, and is no business of others', async () => {
    const { person } = await signedIn('lena');
    const admin = (await signedIn('ada')).desk;
    const input = { userId: userId(person), reason: '  ' };
    expect(await admin.act('deactivateUser', input)).toMatchObject({ code: 'REASON_REQUIRED' });
    expect(await admin.act('reactivateUser', { userId: userId(person) })).toMatchObject({ code: 'INVALID_STATE' });
    await deactivate(person, admin);
    expect(await deactivate(person, admin)).toMatchObject({ code: 'INVALID_STATE' });
    for (const key of ['dana', 'mona', 'ole'] as const)
      expect(await deactivate(person, (await signedIn(key)).desk)).toMatchObject({ code: 'FORBIDDEN' });
    const { rex } = bench.rivermark.people;
    expect(await deactivate(rex, admin)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await deactivate(person, bench.desk(rex))).toMatchObject({ code: 'NOT_FOUND' });
    // Why somebody left is for admins.
    const asked = await (
      await signedIn('theo')
    ).desk.gql<{ users: { deactivatedWhy: string | null }[] }>('{ users { deactivatedWhy } }');
    expect(asked.users.every(({ deactivatedWhy }) => deactivatedWhy === null)).toBe(true);
  });
});

describe('what a person may', () => {
  it('F132 F134 F138 another role and other clients count from the next request on, end what is open, and are audited', async () => {
    const admin = (await signedIn('ada')).desk;
    const { person, desk } = await signedIn('jun');
    const clientsOf = async () =>
      (await desk.gql<{ clients: { name: string }[] }>('{ clients { name } }')).clients.map(({ name }) => name);
    expect(await clientsOf()).toEqual(['Harbor Dental']);
    const followed = await bothWays(desk);
    const { cedar, harbor } = bench.northgate.clients;
    const clientIds = [gid('Client', cedar.id)];
    await admin.must('setUserAccess', { userId: userId(person), role: 'senior', clientIds });
    expect(await clientsOf()).toEqual(['Cedar Law']);
    await waitFor('the streams to end', () => followed.every(({ ended }) => ended));
    await Promise.all(followed.map((each) => each.close()));
    expect((await audited('user.access'))?.details).toMatchObject({
      before: { role: 'technician', clients: 'Harbor Dental' },
      after: { role: 'senior', clients: 'Cedar Law' },
    });
    const foreign = gid('Client', bench.rivermark.clients.harbor.id);
    expect(
      await admin.act('setUserAccess', { userId: userId(person), role: 'senior', clientIds: [foreign] }),
    ).toMatchObject({ code: 'NOT_FOUND' });
    expect(await clientsOf()).toEqual(['Cedar Law']);
    await admin.must('setUserAccess', {
      userId: userId(person),
      role: 'technician',
      clientIds: [gid('Client', harbor.id)],
    });
  });
});
