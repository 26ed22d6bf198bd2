import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ssoWorked } from '@throughline/store/sso-only-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { appCode } from '../testing/authenticator.ts';
import { type Desk, gid } from '../testing/desk.ts';
import type { TestPerson } from '../testing/people.ts';
import { jsonPost } from '../testing/json-post.ts';
import { PlayedProvider, SsoBrowser } from '../testing/played-provider.ts';
import { hashPassword } from './passwords.ts';

/* Who still comes in by a password where the provider is the only way, and what happens when two things happen at once. */
const PASSWORD = 'correct horse battery';
const provider = new PlayedProvider();
let bench: ApiBench;
/** Comes in through the provider: no password of these tests. */
let ada: Desk;

beforeAll(async () => {
  bench = await openApiBench();
  const { people } = bench.northgate;
  await bench.rows('update app_user set password_hash = $1', [await hashPassword(PASSWORD)]);
  await bench.rows('update app_user set all_clients = true where id = $1', [people.ole.id]);
  await provider.start(`${bench.url}/auth/sso/callback`);
  await bench.desk(people.ada).must('setSingleSignOn', provider.settings, '... on SingleSignOn { on }');
  ada = bench.desk({ ...people.ada, cookie: await through(people.ada) });
}, 240_000);
afterAll(async () => {
  await provider.stop();
  await bench?.close();
});

const post = (path: string, body: object, cookie = '') => jsonPost(bench.url + path, body, cookie);
const signIn = (email: string) => post('/auth/sign-in', { email, password: PASSWORD, org: 'northgate' });
const isIn = async (person: TestPerson, cookie: string): Promise<boolean> => {
  const desk = bench.desk({ ...person, cookie });
  return (await desk.gql<{ viewer: object | null }>('{ viewer { user { id } } }')).viewer !== null;
};
/** Sets an authenticator app up for somebody who is in by this cookie, and gives its secret. */
async function enrolled(cookie: string): Promise<string> {
  const begun = await post('/auth/second-factor/begin', { password: PASSWORD }, cookie);
  const secret = begun.body['secret'] as string;
  expect(await post('/auth/second-factor/confirm', { code: appCode(secret) }, cookie)).toMatchObject({ status: 200 });
  return secret;
}
/** A code counts once, and these tests want several in one minute. */
async function code(person: TestPerson, secret: string, cookie: string) {
  await bench.rows('update second_factor set last_step = 0 where user_id = $1', [person.id]);
  return post('/auth/sign-in/code', { code: appCode(secret) }, cookie);
}
async function through(person: TestPerson): Promise<string> {
  provider.accounts[`sub-${person.id}`] = { email: person.email, email_verified: true };
  const browser = new SsoBrowser();
  await browser.go(await browser.toCallback(`${bench.url}/auth/sso/start?org=northgate`, `sub-${person.id}`));
  return `throughline_session=${browser.cookie(bench.url, 'throughline_session')}`;
}
const setOnly = (only: boolean, people: TestPerson[]) =>
  ada.act(
    'setSingleSignOnOnly',
    { only, userIds: people.map(({ id }) => gid('User', id)) },
    '... on SingleSignOn { only worked emergencyAccounts { email } }',
  );
const inNorthgate = <T>(act: (tx: Tx) => Promise<T>) =>
  withTenant(bench.deps.pool, { mspId: bench.northgate.mspId, clients: '*' }, act);
const named = async (person: TestPerson) =>
  (await bench.rows<{ emergency: boolean }>('select emergency from app_user where id = $1', [person.id]))[0]!.emergency;

/** Does `act` while the provider's row is held, and lets it go with `sole` on once `act` waits for it. */
async function asTheRuleComesOn<T>(act: () => Promise<T>): Promise<T> {
  const { mspId } = bench.northgate;
  return inNorthgate(async (tx) => {
    await tx.query('select 1 from sso where msp_id = $1 for update', [mspId]);
    const answer = act();
    await waitFor('it to wait for the rule', async () => {
      const waiting = await bench.rows('select 1 from pg_locks where not granted');
      return waiting.length > 0;
    });
    await tx.query('update sso set sole = true where msp_id = $1', [mspId]);
    return { answer };
  }).then(({ answer }) => answer);
}

describe.sequential('emergency accounts', () => {
  let secret: string;

  it('F136 a changed client secret has to work before the provider is made the only way, also where it changed under the rule', async () => {
    const { ada: admin, mona } = bench.northgate.people;
    secret = await enrolled(admin.cookie);
    const changed = { ...provider.settings, clientSecret: 'another secret' };
    expect(await ada.must('setSingleSignOn', provider.settings, '... on SingleSignOn { worked }')).toMatchObject({
      worked: true,
    });
    expect(await ada.must('setSingleSignOn', changed, '... on SingleSignOn { worked }')).toMatchObject({
      worked: false,
    });
    expect(await setOnly(true, [admin])).toMatchObject({ code: 'INVALID_STATE', message: /Nobody has come in/ });
    // Somebody who came in through what was set up before proves nothing.
    await inNorthgate((tx) => ssoWorked(tx, bench.northgate.mspId, { issuer: provider.issuer, client_id: 'another' }));
    expect(await setOnly(true, [admin])).toMatchObject({ code: 'INVALID_STATE' });
    await ada.must('setSingleSignOn', provider.settings, '... on SingleSignOn { on }');
    await through(mona);
    expect(await setOnly(true, [admin])).toMatchObject({ only: true, worked: true });

    await ada.must('setSingleSignOn', changed, '... on SingleSignOn { on }');
    expect(await setOnly(true, [admin])).toMatchObject({ only: true, worked: false });
    expect(await setOnly(false, [])).toMatchObject({ only: false, worked: false });
    expect(await setOnly(true, [admin])).toMatchObject({ code: 'INVALID_STATE', message: /Nobody has come in/ });
    await ada.must('setSingleSignOn', provider.settings, '... on SingleSignOn { on }');
    await through(mona);
  });

  it('F136 no password outlives a rule that comes on in the same moment, and no other provider is saved under it', async () => {
    const { ada: admin, sam } = bench.northgate.people;
    const off = () => bench.rows('update sso set sole = false');
    expect((await asTheRuleComesOn(() => signIn(sam.email))).status).toBe(401);
    await off();
    const begun = await signIn(admin.email);
    expect(begun.body).toEqual({ next: 'code' });
    // Nobody is named as an emergency account now.
    const late = await asTheRuleComesOn(() => code(admin, secret, begun.cookie));
    expect(late).toMatchObject({ status: 401, body: { error: { message: /identity provider only/ } } });
    expect(await bench.rows(`select 1 from sign_in where method = 'password' and user_id = $1`, [sam.id])).toEqual([]);
    await off();
    const other = { ...provider.settings, clientId: 'another' };
    const saved = await asTheRuleComesOn(() => ada.act('setSingleSignOn', other, '__typename'));
    expect(saved).toMatchObject({ code: 'INVALID_STATE', message: /through this provider only/ });
    await off();
  });

  it('F136 F138 the rule of one organisation locks nobody out of another, nor does its audit log hear of it', async () => {
    const { sam, ada: admin } = bench.northgate.people;
    const { rex, ria } = bench.rivermark.people;
    expect(await setOnly(true, [admin])).toMatchObject({ only: true });
    for (const [here, there] of [
      [sam, rex],
      [bench.northgate.people.theo, ria],
    ] as const) {
      await bench.rows('update app_user set email = $1 where id = $2', [here.email, there.id]);
      const refusals = () =>
        bench.rows(`select id from audit_event where action = 'sign_in.refused' and target = $1`, [`user ${here.id}`]);
      const before = await refusals();
      const answer = await signIn(here.email);
      expect(answer.status).toBe(200);
      expect(await isIn(there, answer.cookie)).toBe(true);
      expect(await refusals()).toEqual(before);
    }
  });

  it('F136 F137 tells admins of an emergency sign-in once the code was right, and leads those to the page who may open it', async () => {
    const { ada: admin, ole, mona } = bench.northgate.people;
    await bench.rows('update app_user set all_clients = false where id = $1', [ole.id]);
    const told = () =>
      bench.rows<{ user_id: string; link: string }>(
        `select user_id, link from notification where kind = 'emergency_sign_in'`,
      );
    const audited = () => bench.rows(`select 1 from audit_event where action = 'sign_in.emergency'`);
    await signIn(admin.email);
    const begun = await signIn(admin.email);
    expect(begun.body).toEqual({ next: 'code' });
    expect([await told(), await audited()]).toEqual([[], []]);
    const done = await code(admin, secret, begun.cookie);
    expect(await isIn(admin, done.cookie)).toBe(true);
    expect(await audited()).toHaveLength(1);
    const links = Object.fromEntries((await told()).map((row) => [row.user_id, row.link]));
    expect(links).toEqual({ [admin.id]: '/settings/sign-on', [ole.id]: '/' });
    expect(links).not.toHaveProperty(mona.id);
    await bench.rows('update app_user set all_clients = true where id = $1', [ole.id]);
  });

  it('F136 F138 who is demoted, loses the second factor or leaves is an emergency account no more, and its sign-ins by password end', async () => {
    const { ada: admin, ole } = bench.northgate.people;
    const userId = gid('User', ole.id);
    const audited = async (action: string) => {
      const rows = await bench.rows<{ details: object }>(
        'select details from audit_event where action = $1 order by id desc limit 1',
        [action],
      );
      return rows[0]?.details;
    };
    const asEmergency = async (oles: string): Promise<string> => {
      expect(await setOnly(true, [admin, ole])).toMatchObject({ only: true });
      const begun = await signIn(ole.email);
      return (await code(ole, oles, begun.cookie)).cookie;
    };
    const viaProvider = await through(ole);
    let oles = await enrolled(viaProvider);
    let cookie = await asEmergency(oles);
    expect(await isIn(ole, cookie)).toBe(true);
    expect(await ada.act('setUserAccess', { userId, role: 'manager' }, '__typename')).not.toHaveProperty('code');
    expect([await named(ole), await isIn(ole, cookie), await isIn(ole, viaProvider)]).toEqual([false, false, true]);
    expect(await audited('user.access')).toMatchObject({ noLonger: 'emergency account' });
    await ada.must('setUserAccess', { userId, role: 'admin' });
    // Back again, but not named again.
    expect((await signIn(ole.email)).status).toBe(401);

    cookie = await asEmergency(oles);
    await ada.must('resetSecondFactor', { userId });
    expect([await named(ole), await isIn(ole, cookie)]).toEqual([false, false]);
    expect(await audited('second_factor.reset')).toMatchObject({ noLonger: 'emergency account' });

    oles = await enrolled(await through(ole));
    cookie = await asEmergency(oles);
    await ada.must('deactivateUser', { userId, reason: 'left' });
    expect(await named(ole)).toBe(false);
    expect(await audited('user.deactivated')).toMatchObject({ noLonger: 'emergency account' });
    await ada.must('reactivateUser', { userId });
    expect((await signIn(ole.email)).status).toBe(401);
  });
});
