import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSetupLink } from '@throughline/store/setup';
import { withTenant } from '@throughline/store/tenant';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { appCode } from '../testing/authenticator.ts';
import { type Desk, gid } from '../testing/desk.ts';
import type { TestPerson } from '../testing/people.ts';
import { jsonPost } from '../testing/json-post.ts';
import { PlayedProvider, SsoBrowser } from '../testing/played-provider.ts';
import { hashPassword } from './passwords.ts';

const PASSWORD = 'correct horse battery';
const CLOSED = /^Sign in through your identity provider: with a password only emergency accounts/;
const provider = new PlayedProvider();
let bench: ApiBench;
/** As at the start of each test: an admin who came in through no password of these tests. */
let ada: Desk;

beforeAll(async () => {
  bench = await openApiBench();
  ada = bench.desk(bench.northgate.people.ada);
  await bench.rows('update app_user set password_hash = $1', [await hashPassword(PASSWORD)]);
  await provider.start(`${bench.url}/auth/sso/callback`);
}, 240_000);
afterAll(async () => {
  await provider.stop();
  await bench?.close();
});

const post = (path: string, body: object, cookie = '') => jsonPost(bench.url + path, body, cookie);
const signIn = (email: string, password = PASSWORD, org: string | null = 'northgate') =>
  post('/auth/sign-in', { email, password, org });
const isIn = async (person: TestPerson, cookie: string): Promise<boolean> => {
  const { viewer } = await bench
    .desk({ ...person, cookie })
    .gql<{ viewer: object | null }>('{ viewer { user { id } } }');
  return viewer !== null;
};
/** Sets an authenticator app up for somebody, and gives its secret. */
async function enrolled(person: TestPerson): Promise<string> {
  const begun = await post('/auth/second-factor/begin', { password: PASSWORD }, person.cookie);
  const secret = begun.body['secret'] as string;
  await post('/auth/second-factor/confirm', { code: appCode(secret) }, person.cookie);
  await bench.rows('update second_factor set last_step = 0 where user_id = $1', [person.id]);
  return secret;
}
async function through(person: TestPerson) {
  provider.accounts[`sub-${person.id}`] = { email: person.email, email_verified: true };
  const browser = new SsoBrowser();
  await browser.go(await browser.toCallback(`${bench.url}/auth/sso/start?org=northgate`, `sub-${person.id}`));
  return `throughline_session=${browser.cookie(bench.url, 'throughline_session')}`;
}
const setOnly = (only: boolean, people: TestPerson[], desk = ada) =>
  desk.act(
    'setSingleSignOnOnly',
    { only, userIds: people.map(({ id }) => gid('User', id)) },
    '... on SingleSignOn { only worked emergencyAccounts { email } couldBeEmergency { email } }',
  );
const messageOf = (answer: { body: Record<string, unknown> }) => (answer.body['error'] as { message: string }).message;

describe.sequential('signing in through the provider only', () => {
  let secret: string;

  it('F136 is not turned on before a provider is there, somebody came in through it, and an emergency account exists', async () => {
    const { ada: admin, sam, mona } = bench.northgate.people;
    expect(await setOnly(true, [admin])).toMatchObject({ code: 'INVALID_STATE', message: /No identity provider/ });
    await ada.must('setSingleSignOn', provider.settings, '... on SingleSignOn { on }');
    expect(await setOnly(true, [admin])).toMatchObject({ code: 'INVALID_STATE', message: /Nobody has come in/ });
    await through(mona);
    expect(await setOnly(true, [])).toMatchObject({ code: 'INVALID_INPUT', message: /at least one emergency/ });
    // Without a second factor, and no admin at all: neither is fit for it.
    for (const person of [admin, sam])
      expect(await setOnly(true, [person])).toMatchObject({ code: 'INVALID_INPUT', message: /second factor/ });
    expect(await bench.rows('select sole from sso')).toEqual([{ sole: false }]);
    expect((await signIn(sam.email)).status).toBe(200);
  });

  it('F136 F138 refuses every password but that of an emergency account, in the same words whoever it is, and ends such sign-ins', async () => {
    const { ada: admin, sam, mona } = bench.northgate.people;
    secret = await enrolled(admin);
    const before = await signIn(sam.email);
    const token = bench.desk(sam);
    const made = await token.must(
      'createApiToken',
      { name: 'a script', scopes: ['read'], days: 1 },
      '... on CreatedApiToken { token }',
    );
    const viaProvider = await through(mona);
    expect(await setOnly(true, [admin])).toMatchObject({
      ...{ only: true, worked: true, emergencyAccounts: [{ email: admin.email }] },
      couldBeEmergency: [{ email: admin.email }],
    });
    expect(await isIn(sam, before.cookie)).toBe(false);
    expect(await isIn(sam, sam.cookie)).toBe(false);
    expect(await isIn(mona, viaProvider)).toBe(true);
    const answers = [
      await signIn(sam.email),
      await signIn(sam.email, 'not the password'),
      await signIn('nobody@northgate.example'),
      await signIn(admin.email, 'not the password'),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ status: 401, body: answers[0]!.body });
    expect(messageOf(answers[0]!)).toMatch(CLOSED);
    // A page that names no organisation, where there are several, says what may be the reason; of no account either.
    const unnamed = [await signIn(sam.email, PASSWORD, null), await signIn('nobody@x.example', 'x', null)];
    for (const answer of unnamed) expect(messageOf(answer)).toMatch(/not right, or your organisation signs in through/);
    const { rex } = bench.rivermark.people;
    expect((await signIn(rex.email, PASSWORD, 'rivermark')).status).toBe(200);
    expect(await isIn(sam, await through(sam))).toBe(true);
    const asked = await fetch(`${bench.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${made['token'] as string}` },
      body: JSON.stringify({ query: '{ viewer { user { email } } }' }),
    });
    expect(await asked.json()).toMatchObject({ data: { viewer: { user: { email: sam.email } } } });
    const audited = await bench.rows<{ action: string; details: object }>(
      `select action, details from audit_event where action in ('sso.only', 'sign_in.refused') order by id`,
    );
    expect(audited[0]).toMatchObject({
      action: 'sso.only',
      details: { before: { only: false, emergency: [] }, after: { only: true, emergency: [admin.email] } },
    });
    expect(audited.slice(1).map((row) => row.action)).toEqual(['sign_in.refused', 'sign_in.refused']);
  });

  it('F136 F137 F138 lets the emergency account in with its second factor, audits it and tells every admin', async () => {
    const { ada: admin, ole, sam } = bench.northgate.people;
    const begun = await signIn(admin.email);
    expect(begun).toMatchObject({ status: 200, body: { next: 'code' } });
    const done = await post('/auth/sign-in/code', { code: appCode(secret) }, begun.cookie);
    expect(await isIn(admin, done.cookie)).toBe(true);
    const told = await bench.rows<{ user_id: string; link: string; text: string }>(
      `select user_id, link, text from notification where kind = 'emergency_sign_in'`,
    );
    expect(told.map((row) => row.user_id).sort()).toEqual([admin.id, ole.id].sort());
    expect(told[0]).toMatchObject({ link: '/settings/sign-on', text: expect.stringContaining(admin.name) as string });
    expect(told.some((row) => row.user_id === sam.id)).toBe(false);
    const rows = await bench.rows(`select 1 from audit_event where action = 'sign_in.emergency' and target = $1`, [
      `user ${admin.id}`,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('F136 gives nobody a password by a one-time link: its page leads to the provider', async () => {
    const { theo, ada: admin } = bench.northgate.people;
    const linkOf = (person: TestPerson) =>
      withTenant(bench.deps.pool, { mspId: bench.northgate.mspId, clients: '*' }, (tx) =>
        createSetupLink(tx, bench.northgate.mspId, person.id),
      );
    const path = `/auth/setup/${await linkOf(theo)}`;
    expect(await (await fetch(bench.url + path)).json()).toMatchObject({
      ...{ kind: 'user', signInAt: '/auth/sso/start?org=northgate', label: 'Sign in with Northgate ID' },
    });
    expect(await post(path, { password: 'a whole new password' })).toMatchObject({
      status: 400,
      body: { error: { code: 'INVALID_STATE' } },
    });
    // The emergency account's own password can be replaced; that is a sign-in like any of it.
    const own = await post(`/auth/setup/${await linkOf(admin)}`, { password: PASSWORD });
    expect(own).toMatchObject({ status: 200, body: { next: 'code' } });
  });

  it('F136 keeps one emergency account: the last one keeps role, access and second factor, and the provider its name', async () => {
    const { ada: admin, rex } = { ...bench.northgate.people, ...bench.rivermark.people };
    await bench.rows('update second_factor set last_step = 0 where user_id = $1', [admin.id]);
    const begun = await signIn(admin.email);
    const { cookie } = await post('/auth/sign-in/code', { code: appCode(secret) }, begun.cookie);
    const desk = bench.desk({ ...admin, cookie });
    await bench.rows('update second_factor set last_step = 0 where user_id = $1', [admin.id]);
    expect(await post('/auth/second-factor/off', { code: appCode(secret) }, cookie)).toMatchObject({
      body: { error: { code: 'INVALID_STATE' } },
    });
    // A second admin, so that it is not the rule of the last admin that refuses.
    await bench.rows('update app_user set all_clients = true where id = $1', [bench.northgate.people.ole.id]);
    const ole = bench.desk({ ...bench.northgate.people.ole, cookie: await through(bench.northgate.people.ole) });
    for (const answer of [
      await ole.act('deactivateUser', { userId: gid('User', admin.id), reason: 'left' }, '__typename'),
      await ole.act('setUserAccess', { userId: gid('User', admin.id), role: 'manager' }, '__typename'),
      await ole.act('resetSecondFactor', { userId: gid('User', admin.id) }, '__typename'),
    ])
      expect(answer).toMatchObject({ code: 'INVALID_STATE', message: /no emergency account would be left/ });
    expect(
      await desk.act('setSingleSignOn', { ...provider.settings, clientId: 'another' }, '__typename'),
    ).toMatchObject({
      code: 'INVALID_STATE',
    });
    expect(await bench.rows('select sole from sso')).toEqual([{ sole: true }]);
    expect(await setOnly(true, [rex], desk)).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('F136 is not for an admin of some clients, and passwords count again once it is turned off', async () => {
    const { sam, mona, ole } = bench.northgate.people;
    await bench.rows('update app_user set all_clients = false where id = $1', [ole.id]);
    for (const person of [mona, ole]) {
      const desk = bench.desk({ ...person, cookie: await through(person) });
      expect(await setOnly(false, [], desk)).toMatchObject({ code: 'FORBIDDEN' });
    }
    expect((await signIn(sam.email)).status).toBe(401);
    const desk = bench.desk({ ...bench.northgate.people.ada, cookie: await through(bench.northgate.people.ada) });
    expect(await setOnly(false, [], desk)).toMatchObject({ only: false, emergencyAccounts: [] });
    expect((await signIn(sam.email)).status).toBe(200);
    expect(messageOf(await signIn(sam.email, 'not the password'))).toBe(
      'The e-mail address or the password is not right.',
    );
  });
});
