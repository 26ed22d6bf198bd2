import { Secret, TOTP } from 'otpauth';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import type { TestPerson } from '../testing/people.ts';
import { PlayedProvider, SsoBrowser, newSigningKey } from '../testing/played-provider.ts';

let bench: ApiBench;
let ada: Desk;
const provider = new PlayedProvider();
const start = (query = '?org=northgate') => `${bench.url}/auth/sso/start${query}`;

beforeAll(async () => {
  bench = await openApiBench();
  ada = bench.desk(bench.northgate.people.ada);
  await provider.start(`${bench.url}/auth/sso/callback`);
  await ada.must('setSingleSignOn', provider.settings, '... on SingleSignOn { on }');
}, 240_000);
afterAll(async () => {
  await provider.stop();
  await bench?.close();
});
afterEach(async () => {
  provider.forge = null;
  provider.wrongKey = null;
  await bench.rows('update sso set create_role = null, email_domains = $1', [[]]);
});

/** Has an account at the provider, under a subject of its own. */
const account = (subject: string, email: string, verified = true) => {
  provider.accounts[subject] = { email, email_verified: verified, name: subject };
  return subject;
};
const ofPerson = (person: TestPerson) => account(`sub-${person.id}`, person.email);
async function through(subject: string, browser = new SsoBrowser(), query?: string) {
  const end = await browser.go(await browser.toCallback(start(query), subject));
  return { browser, ...end };
}
const whyOf = (location: string | null) => new URL(location ?? 'about:blank').searchParams.get('sso');
async function whoIsIn(browser: SsoBrowser): Promise<string | null> {
  const token = browser.cookie(bench.url, 'throughline_session');
  if (token === null) return null;
  const cookie = `throughline_session=${token}`;
  const asked = await bench.desk({ ...bench.northgate.people.ada, cookie }).gql<{
    viewer: { user: { email: string } } | null;
  }>('{ viewer { user { email } } }');
  return asked.viewer?.user.email ?? null;
}
const lastRefusal = async () =>
  (
    await bench.rows<{ actor: string; details: { why: string; reason: string; ip: string } }>(
      `select actor, details from audit_event where action = 'sso.refused' order by id desc limit 1`,
    )
  )[0];
/** The one way every refusal ends: back at the sign-in page with one word, nobody signed in, and a line in the audit log. */
async function expectRefused(end: { browser: SsoBrowser; status: number; location: string | null }, why: string) {
  expect(end.status).toBe(303);
  expect(new URL(end.location!).pathname).toBe('/sign-in');
  expect(whyOf(end.location)).toBe(why);
  expect(await whoIsIn(end.browser)).toBeNull();
  expect((await lastRefusal())?.details).toMatchObject({ why, ip: expect.stringMatching(/127\.0\.0\.1/) as string });
}

describe('single sign-on', () => {
  it('F136 no provider in a private network is set up, and the words say what to do', async () => {
    for (const host of ['10.1.2.3', '169.254.169.254', '[fd00::1]'])
      expect(
        await ada.act('setSingleSignOn', { ...provider.settings, issuer: `http://${host}/realms/desk` }, '__typename'),
      ).toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining('WEBHOOK_NETWORKS') as string,
      });
  });

  it('F136 shows the button only where a provider is set up, and names no other organisation', async () => {
    const label = async (query: string) => (await (await fetch(`${bench.url}/auth/sso${query}`)).json()) as object;
    expect(await label('?org=northgate')).toEqual({ label: 'Sign in with Northgate ID', only: false });
    expect(await label('?org=rivermark')).toEqual({ label: null, only: false });
    expect(await label('?org=nobody')).toEqual({ label: null, only: false });
    // Two organisations live here: the page cannot know which is meant.
    expect(await label('')).toEqual({ label: null, only: false });
  });

  it('F136 F138 signs in who the provider knows, tied once by a verified address, and lists and audits it like any sign-in', async () => {
    const { sam } = bench.northgate.people;
    const { browser, status, location } = await through(
      ofPerson(sam),
      undefined,
      '?org=northgate&next=%2Fs%2F7%3Fa%3D1',
    );
    expect([status, location]).toEqual([303, `${bench.url}/s/7?a=1`]);
    expect(await whoIsIn(browser)).toBe(sam.email);
    const cookie = `throughline_session=${browser.cookie(bench.url, 'throughline_session')}`;
    const { viewer } = await bench.desk({ ...sam, cookie }).gql<{
      viewer: { signIns: { current: boolean; singleSignOn: boolean; address: string }[] };
    }>('{ viewer { signIns { current singleSignOn address } } }');
    expect(viewer.signIns.find((each) => each.current)).toMatchObject({ singleSignOn: true, address: '127.0.0.1' });
    expect(viewer.signIns.filter((each) => !each.current).every((each) => !each.singleSignOn)).toBe(true);
    const rows = await bench.rows<{ action: string; actor: string; details: object }>(
      'select action, actor, details from audit_event where target = $1 order by id',
      [`user ${sam.id}`],
    );
    expect(rows).toMatchObject([
      { action: 'sso.tied', details: { issuer: provider.issuer, subject: `sub-${sam.id}` } },
      { action: 'sign_in', actor: sam.email, details: { with: 'single sign-on' } },
    ]);
  });

  it('F136 goes by issuer and subject from then on: neither a changed address nor a claimed one moves an account', async () => {
    const { theo, mona } = bench.northgate.people;
    const subject = ofPerson(theo);
    await through(subject);
    account(subject, mona.email, false);
    expect(await whoIsIn((await through(subject)).browser)).toBe(theo.email);
    // Somebody else at the provider got hold of the address.
    await expectRefused(await through(account('sub-thief', theo.email)), 'tied_otherwise');
    const untied = await ada.must(
      'untieSingleSignOn',
      { userId: gid('User', theo.id) },
      '... on User { singleSignOn }',
    );
    expect(untied['singleSignOn']).toBe(false);
    expect(await whoIsIn((await through(account('sub-new-theo', theo.email))).browser)).toBe(theo.email);
  });

  const now = () => Math.floor(Date.now() / 1000);
  it.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>, RegExp]>([
    ['another issuer', (c) => ({ ...c, iss: 'https://evil.example' }), /iss/],
    ['another audience', (c) => ({ ...c, aud: 'another-client' }), /aud/],
    ['another nonce', (c) => ({ ...c, nonce: 'another' }), /nonce/],
    ['no nonce', ({ nonce: _, ...c }) => c, /INVALID_RESPONSE/],
    ['an end that is past', (c) => ({ ...c, exp: now() - 3_600, iat: now() - 7_200 }), /exp|TIMESTAMP/i],
    ['several audiences and no authorised one', (c) => ({ ...c, aud: ['throughline', 'another'] }), /azp|JWT/i],
  ])('F136 refuses an ID token with %s', async (_what, forge, reason) => {
    const subject = ofPerson(bench.northgate.people.mona);
    provider.forge = forge;
    await expectRefused(await through(subject), 'not_believed');
    expect((await lastRefusal())?.details.reason).toMatch(reason);
    expect(await bench.rows('select 1 from sso_identity where subject = $1', [subject])).toEqual([]);
  });

  it('F136 refuses an ID token that another key signed', async () => {
    // Signed anew with the provider's own key it is taken: what the tests above change is what is refused.
    provider.forge = (claims) => claims;
    const { jun } = bench.northgate.people;
    expect(await whoIsIn((await through(ofPerson(jun))).browser)).toBe(jun.email);
    provider.wrongKey = await newSigningKey();
    await expectRefused(await through(ofPerson(bench.northgate.people.mona)), 'not_believed');
  });

  it('F136 refuses a state that came back before, also with the cookie kept and a fresh code', async () => {
    const subject = ofPerson(bench.northgate.people.mona);
    const browser = new SsoBrowser();
    const first = await browser.go(start());
    const kept = browser.cookie(bench.url, 'throughline_sso')!;
    await browser.go(await browser.toCallback(first.location!, subject));
    expect(await whoIsIn(browser)).toBe(bench.northgate.people.mona.email);
    // The very same question to the provider once more: a new code, the old state.
    const other = new SsoBrowser();
    other.setCookie(bench.url, 'throughline_sso', '/auth/sso', kept);
    const again = await other.go(await other.toCallback(first.location!, subject));
    await expectRefused({ browser: other, ...again }, 'not_begun_here');
    expect((await lastRefusal())?.details.reason).toBe('state used before');
  });

  it('F136 refuses an answer in a browser that did not begin it, a foreign state, and a forged cookie', async () => {
    const subject = ofPerson(bench.northgate.people.mona);
    const callback = await new SsoBrowser().toCallback(start(), subject);
    const victim = new SsoBrowser();
    expect(whyOf((await victim.go(callback)).location)).toBe('not_begun_here');
    // The victim has begun one of their own; the attacker's answer is put under it.
    await victim.go(start());
    await expectRefused({ browser: victim, ...(await victim.go(callback)) }, 'not_begun_here');
    victim.setCookie(bench.url, 'throughline_sso', '/auth/sso', Buffer.from('{"state":"x"}').toString('base64url'));
    expect(whyOf((await victim.go(callback)).location)).toBe('not_begun_here');
    expect(await whoIsIn(victim)).toBeNull();
  });

  it('F136 refuses a code that was used, and one of another sign-in', async () => {
    const subject = ofPerson(bench.northgate.people.mona);
    const browser = new SsoBrowser();
    const used = new URL(await browser.toCallback(start(), subject));
    await browser.go(used.href);
    for (const code of [used.searchParams.get('code')!, 'made-up']) {
      const other = new SsoBrowser();
      const callback = new URL(await other.toCallback(start(), subject));
      callback.searchParams.set('code', code);
      await expectRefused({ browser: other, ...(await other.go(callback.href)) }, 'not_believed');
      expect((await lastRefusal())?.details.reason).toBe('invalid_grant');
    }
  });

  it('F136 says so when the provider refuses, and when it names itself otherwise (RFC 9207)', async () => {
    const browser = new SsoBrowser();
    await browser.go(start());
    const state = new URL((await browser.go(start())).location!).searchParams.get('state')!;
    const query = new URLSearchParams({ error: 'access_denied', state, iss: provider.issuer }).toString();
    await expectRefused(
      { browser, ...(await browser.go(`${bench.url}/auth/sso/callback?${query}`)) },
      'provider_refused',
    );
    const callback = new URL(await browser.toCallback(start(), ofPerson(bench.northgate.people.mona)));
    callback.searchParams.set('iss', 'https://evil.example');
    await expectRefused({ browser, ...(await browser.go(callback.href)) }, 'not_believed');
  });

  it('F136 ties nobody by an address that the provider did not verify', async () => {
    await expectRefused(await through(account('sub-u', bench.northgate.people.dana.email, false)), 'unverified_email');
    provider.accounts['sub-n'] = { name: 'No address' };
    await expectRefused(await through('sub-n'), 'unverified_email');
  });

  it('F136 lets nobody in whom no admin added, unless the organisation says with which role; then they see no client', async () => {
    const subject = account('sub-new', 'new@northgate.example');
    await expectRefused(await through(subject), 'unknown_person');
    expect(await bench.rows(`select 1 from app_user where email = 'new@northgate.example'`)).toEqual([]);
    await ada.must(
      'setSingleSignOn',
      { ...provider.settings, createRole: 'technician' },
      '... on SingleSignOn { createRole }',
    );
    const { browser } = await through(subject);
    expect(await whoIsIn(browser)).toBe('new@northgate.example');
    expect(
      await bench.rows(`select role, all_clients, name from app_user where email = 'new@northgate.example'`),
    ).toEqual([{ role: 'technician', all_clients: false, name: 'sub-new' }]);
  });

  it('F136 takes addresses of the allowed domains only', async () => {
    await bench.rows('update sso set create_role = $1, email_domains = $2', ['technician', ['northgate.example']]);
    await expectRefused(await through(account('sub-d', 'x@sub.northgate.example')), 'other_domain');
    await expectRefused(await through(account('sub-e', 'x@evil.example')), 'other_domain');
    expect((await lastRefusal())?.actor).toBe('x@evil.example');
  });

  it('F136 refuses who was deactivated, tied or not', async () => {
    const { dana } = bench.northgate.people;
    const subject = ofPerson(dana);
    await bench.rows('update app_user set deactivated_at = now() where id = $1', [dana.id]);
    await expectRefused(await through(subject), 'deactivated');
    await bench.rows('update app_user set deactivated_at = null where id = $1', [dana.id]);
    await through(subject);
    await bench.rows('update app_user set deactivated_at = now() where id = $1', [dana.id]);
    await expectRefused(await through(subject), 'deactivated');
    await bench.rows('update app_user set deactivated_at = null where id = $1', [dana.id]);
  });

  it('F136 asks for our own second factor after it only where the organisation demands one of everybody', async () => {
    const { lena } = bench.northgate.people;
    const subject = ofPerson(lena);
    await bench.rows('update msp set require_second_factor = true where id = $1', [bench.northgate.mspId]);
    const { browser, location } = await through(subject, undefined, '?org=northgate&next=%2Fboard');
    expect(location).toBe(`${bench.url}/sign-in?step=enrol&next=%2Fboard`);
    expect(await whoIsIn(browser)).toBeNull();
    const post = async (path: string, body: object) => {
      const answer = await fetch(bench.url + path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-throughline': '1',
          cookie: `throughline_session=${browser.cookie(bench.url, 'throughline_session')}`,
        },
        body: JSON.stringify(body),
      });
      const token = /throughline_session=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1];
      if (token !== undefined) browser.setCookie(bench.url, 'throughline_session', '/', token);
      return (await answer.json()) as { secret: string };
    };
    const { secret } = await post('/auth/second-factor/begin', {});
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
    await post('/auth/second-factor/confirm', { code });
    expect(await whoIsIn(browser)).toBe(lena.email);
    const [row] = await bench.rows<{ details: object }>(
      `select details from audit_event where target = $1 and action = 'sign_in' order by id desc limit 1`,
      [`user ${lena.id}`],
    );
    expect(row?.details).toMatchObject({ with: 'single sign-on', secondFactor: 'app' });
    // Not demanded any more: having one alone asks for nothing after the provider did.
    await bench.rows('update msp set require_second_factor = false where id = $1', [bench.northgate.mspId]);
    expect(await whoIsIn((await through(subject)).browser)).toBe(lena.email);
  });

  it.each([
    ['//evil.example', '/'],
    ['https://evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/auth/sso/start', '/'],
    ['/board?x=1', '/board?x=1'],
  ])('F136 goes on to %s as %s: never to another site', async (next, at) => {
    const query = `?org=northgate&next=${encodeURIComponent(next)}`;
    const { location } = await through(ofPerson(bench.northgate.people.sam), undefined, query);
    expect(location).toBe(bench.url + at);
  });

  it('F136 keeps the secret to itself: not in the settings, the cookie, the log or the audit', async () => {
    const browser = new SsoBrowser();
    const { location } = await browser.go(start());
    const seen = [
      location,
      browser.cookie(bench.url, 'throughline_sso'),
      Buffer.from(browser.cookie(bench.url, 'throughline_sso')!, 'base64url').toString('latin1'),
      JSON.stringify(
        await ada.gql('{ singleSignOn { on issuer clientId label emailDomains createRole redirectUri signInUrl } }'),
      ),
      JSON.stringify(await bench.rows('select * from audit_event')),
      JSON.stringify(await bench.rows('select * from sso')),
      bench.logged.join('\n'),
    ].join('\n');
    expect(seen).not.toContain('a secret of the provider');
    expect(seen).toContain('/auth/sso/callback');
    expect(new URL(location!).searchParams.get('code_challenge_method')).toBe('S256');
    // The verifier stays here, sealed.
    expect(location).not.toContain('code_verifier');
  });
});

describe('setting it up', () => {
  const refusedWith = (input: object) => ada.act('setSingleSignOn', { ...provider.settings, ...input }, '__typename');

  it.each([
    ['a made-up issuer', { issuer: 'not an address' }, /issuer is an address/],
    ['an issuer with a query', { issuer: 'https://x.example/?a=1' }, /issuer is an address/],
    ['no words for the button', { label: ' ' }, /button needs words/],
    ['a domain with an @', { emailDomains: ['@northgate.example'] }, /A domain looks like/],
    ['admin as the role of new people', { createRole: 'admin' }, /Nobody becomes an admin/],
  ])('F136 refuses %s', async (_what, input, words) => {
    const answer = await refusedWith(input);
    expect(answer).toMatchObject({ __typename: 'UserError', code: 'INVALID_INPUT' });
    expect(answer.message).toMatch(words);
  });

  it('F136 asks the provider before it saves: nobody there, something else there, another name', async () => {
    expect(await refusedWith({ issuer: 'http://127.0.0.1:9' })).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await refusedWith({ issuer: `${bench.url}/x` })).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await refusedWith({ issuer: `${provider.issuer}/` })).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await bench.rows('select issuer from sso')).toEqual([{ issuer: provider.issuer }]);
  });

  it('F136 does not show a new issuer the secret of the old one', async () => {
    const other = new PlayedProvider();
    await other.start(`${bench.url}/auth/sso/callback`);
    try {
      const answer = await refusedWith({ issuer: other.issuer, clientSecret: null });
      expect(answer).toMatchObject({ code: 'INVALID_INPUT', message: 'The client secret is missing.' });
      expect(await refusedWith({ clientSecret: null, label: 'Again' })).toMatchObject({ __typename: 'SingleSignOn' });
    } finally {
      await other.stop();
    }
  });

  it('F136 F138 is for an admin who sees all clients, and audited with before and after', async () => {
    for (const person of ['ole', 'mona', 'sam'] as const)
      expect(
        await bench.desk(bench.northgate.people[person]).act('setSingleSignOn', provider.settings, '__typename'),
      ).toMatchObject({ code: 'FORBIDDEN' });
    await ada.must('setSingleSignOn', { ...provider.settings, label: 'New words' }, '__typename');
    const [row] = await bench.rows<{ details: object }>(
      `select details from audit_event where action = 'sso.set' order by id desc limit 1`,
    );
    expect(row?.details).toMatchObject({
      before: { label: 'Again' },
      after: { label: 'New words' },
      secretChanged: false,
    });
  });

  it('F136 takes the address from an ID token, too, and ends with the setting', async () => {
    const other = new PlayedProvider();
    await other.start(`${bench.url}/auth/sso/callback`, { inIdToken: true });
    try {
      await ada.must('setSingleSignOn', { ...provider.settings, issuer: other.issuer }, '__typename');
      const { mona } = bench.northgate.people;
      other.accounts['m'] = { email: mona.email, email_verified: true };
      expect(await whoIsIn((await through('m')).browser)).toBe(mona.email);
      const begun = new SsoBrowser();
      const callback = await begun.toCallback(start(), 'm');
      const { data } = await ada.raw('mutation { removeSingleSignOn { __typename } }');
      expect(data).toEqual({ removeSingleSignOn: { __typename: 'SingleSignOn' } });
      expect(whyOf((await begun.go(callback)).location)).toBe('off');
      expect(whyOf((await new SsoBrowser().go(start())).location)).toBe('off');
    } finally {
      await other.stop();
    }
  });
});
