import { Secret } from 'otpauth';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { appCode } from '../testing/authenticator.ts';
import { type Desk, gid } from '../testing/desk.ts';
import type { TestPerson } from '../testing/people.ts';
import { hashPassword } from './passwords.ts';

let bench: ApiBench;
const PASSWORD = 'correct horse battery';

beforeAll(async () => {
  bench = await openApiBench();
  await bench.rows('update app_user set password_hash = $1', [await hashPassword(PASSWORD)]);
});
afterAll(() => bench?.close());

/** A browser: keeps the cookie it was given last. */
class Browser {
  cookie = '';
  async post(path: string, body: object = {}): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(bench.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-throughline': '1', cookie: this.cookie },
      body: JSON.stringify(body),
    });
    this.cookie = response.headers.get('set-cookie')?.split(';')[0] ?? this.cookie;
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  signIn = (person: TestPerson) => this.post('/auth/sign-in', { email: person.email, password: PASSWORD });
  code = (code: string) => this.post('/auth/sign-in/code', { code });
  desk = (person: TestPerson): Desk => bench.desk({ ...person, cookie: this.cookie });
  async isIn(person: TestPerson): Promise<boolean> {
    const { viewer } = await this.desk(person).gql<{ viewer: object | null }>('{ viewer { user { id } } }');
    return viewer !== null;
  }
}

/** In these tests time does not pass: a used step is forgotten instead. */
const nextStep = (person: TestPerson) =>
  bench.rows('update second_factor set last_step = 0 where user_id = $1', [person.id]);

async function enrolled(person: TestPerson): Promise<{ browser: Browser; secret: string; codes: string[] }> {
  const browser = new Browser();
  await browser.signIn(person);
  const begun = await browser.post('/auth/second-factor/begin', { password: PASSWORD });
  const secret = begun.body['secret'] as string;
  const done = await browser.post('/auth/second-factor/confirm', { code: appCode(secret) });
  expect(done.status).toBe(200);
  await nextStep(person);
  return { browser, secret, codes: done.body['recoveryCodes'] as string[] };
}
const actions = async (person: TestPerson) =>
  (
    await bench.rows<{ action: string }>('select action from audit_event where target = $1 order by id', [
      `user ${person.id}`,
    ])
  ).map((row) => row.action);

describe('the second factor', () => {
  it('U37 is set up with a code, asked for at sign-in, and each code works once', async () => {
    const { theo } = bench.northgate.people;
    const { secret, codes } = await enrolled(theo);
    expect(codes).toHaveLength(10);
    expect(new Set(codes).size).toBe(10);

    const browser = new Browser();
    expect(await browser.signIn(theo)).toEqual({ status: 200, body: { next: 'code' } });
    expect(await browser.isIn(theo)).toBe(false);
    const waiting = browser.cookie;
    const code = appCode(secret);
    expect((await browser.code(code)).status).toBe(200);
    expect(await browser.isIn(theo)).toBe(true);
    expect(browser.cookie).not.toBe(waiting);

    const thief = new Browser();
    await thief.signIn(theo);
    expect(await thief.code(code)).toMatchObject({ status: 401, body: { error: { code: 'UNAUTHENTICATED' } } });
    // The cookie that waited is over as well, and asking for the page with it gives nobody.
    thief.cookie = waiting;
    expect((await thief.code(appCode(secret, 1))).status).toBe(401);
    expect(await actions(theo)).toEqual(expect.arrayContaining(['second_factor.on', 'sign_in.code_failed', 'sign_in']));
  });

  it('U37 takes the step before and after, for clocks that differ, and none further away', async () => {
    const { sam } = bench.northgate.people;
    const { secret } = await enrolled(sam);
    for (const [steps, status] of [
      [-3, 401],
      [3, 401],
      [0, 200],
      [1, 200],
    ] as const) {
      const browser = new Browser();
      await browser.signIn(sam);
      expect([steps, (await browser.code(appCode(secret, steps))).status]).toEqual([steps, status]);
    }
    // An earlier step than one that was used is refused, although its clock would fit.
    const browser = new Browser();
    await browser.signIn(sam);
    expect((await browser.code(appCode(secret, 0))).status).toBe(401);
  });

  it('U37 of two who send the same code at once, one gets in', async () => {
    const { mona } = bench.northgate.people;
    const { secret } = await enrolled(mona);
    const browsers = [new Browser(), new Browser(), new Browser()];
    for (const browser of browsers) await browser.signIn(mona);
    const code = appCode(secret);
    const answers = await Promise.all(browsers.map((browser) => browser.code(code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('U37 a recovery code works once, as it is typed by people; new ones put an end to the old', async () => {
    const { lena } = bench.northgate.people;
    const { browser, secret, codes } = await enrolled(lena);
    const [first, second, third] = codes as [string, string, string];
    for (const [code, status] of [
      [` ${first.toUpperCase().replace('-', ' ')} `, 200],
      [first, 401],
      [second, 200],
    ] as const) {
      const other = new Browser();
      await other.signIn(lena);
      expect((await other.code(code)).status).toBe(status);
    }
    const { viewer } = await browser
      .desk(lena)
      .gql<{ viewer: { secondFactor: object } }>('{ viewer { secondFactor { on codesLeft required } } }');
    expect(viewer.secondFactor).toEqual({ on: true, codesLeft: 8, required: false });
    const renewed = await browser.post('/auth/second-factor/codes', { code: appCode(secret) });
    expect(renewed.body['recoveryCodes']).toHaveLength(10);
    const other = new Browser();
    await other.signIn(lena);
    expect((await other.code(third)).status).toBe(401);
  });

  it('U37 five wrong codes bring a pause that a right one does not end', async () => {
    const { ole } = bench.northgate.people;
    const { secret } = await enrolled(ole);
    const browser = new Browser();
    await browser.signIn(ole);
    const wrong = await Promise.all(Array.from({ length: 7 }, () => browser.code('x')));
    expect(wrong.map(({ status }) => status).sort()).toEqual([401, 401, 401, 401, 401, 429, 429]);
    // From a new sign-in it is the same person, so the same pause.
    const fresh = new Browser();
    await fresh.signIn(ole);
    expect(await fresh.code(appCode(secret))).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMITED' } } });
  });

  it('U37 setting up asks for the password again, replaces nothing that is on, and off needs a code', async () => {
    const { dana } = bench.northgate.people;
    const { browser, secret } = await enrolled(dana);
    expect((await browser.post('/auth/second-factor/begin', { password: 'not the password' })).status).toBe(401);
    expect((await browser.post('/auth/second-factor/begin', {})).status).toBe(401);
    expect((await browser.post('/auth/second-factor/begin', { password: PASSWORD })).status).toBe(409);
    expect((await browser.post('/auth/second-factor/confirm', { code: appCode(secret) })).status).toBe(409);
    expect((await browser.post('/auth/second-factor/off', { code: '000' })).status).toBe(401);
    expect((await browser.post('/auth/second-factor/off', { code: appCode(secret) })).status).toBe(200);
    const again = new Browser();
    expect(await again.signIn(dana)).toEqual({ status: 200, body: {} });
    for (const path of ['/auth/second-factor/begin', '/auth/second-factor/off', '/auth/sign-in/code'])
      expect((await new Browser().post(path, { code: '123456' })).status).toBe(401);
  });

  it('F138 an admin demands one of everybody, and resets that of somebody who lost it; both are audited', async () => {
    const { ada, jun, ole, dana } = bench.northgate.people;
    const admin = bench.desk(ada);
    const set = (desk: Desk, required: boolean) => desk.act('requireSecondFactor', { required }, '__typename');
    for (const person of [dana, ole]) expect(await set(bench.desk(person), true)).toMatchObject({ code: 'FORBIDDEN' });
    await set(admin, true);
    const browser = new Browser();
    expect(await browser.signIn(jun)).toEqual({ status: 200, body: { next: 'enrol' } });
    expect(await browser.isIn(jun)).toBe(false);
    expect((await browser.code('123456')).status).toBe(401);
    const { body } = await browser.post('/auth/second-factor/begin');
    const done = await browser.post('/auth/second-factor/confirm', { code: appCode(body['secret'] as string) });
    expect(done.body['recoveryCodes']).toHaveLength(10);
    expect(await browser.isIn(jun)).toBe(true);
    expect((await browser.post('/auth/second-factor/off', { code: '1' })).status).toBe(403);

    const userId = gid('User', jun.id);
    expect(await bench.desk(bench.northgate.people.theo).act('resetSecondFactor', { userId })).toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await admin.act('resetSecondFactor', { userId: gid('User', ada.id) })).toMatchObject({ code: 'FORBIDDEN' });
    const board = 'subscription { boardEvents { kind } }';
    const streams = [await browser.desk(jun).follow(board), await browser.desk(jun).followBySocket(board)];
    await admin.must('resetSecondFactor', { userId });
    await waitFor('the end of both streams', async () => streams.every((stream) => stream.ended));
    expect(await browser.isIn(jun)).toBe(false);
    expect(await new Browser().signIn(jun)).toMatchObject({ body: { next: 'enrol' } });
    await set(admin, false);
    const rows = await bench.rows<{ action: string; target: string; details: object }>(
      `select action, target, details - 'ip' as details from audit_event where actor = $1 and action like 'second_factor.%' order by id`,
      [ada.email],
    );
    expect(rows).toEqual([
      { action: 'second_factor.required', target: 'organisation', details: { before: false, after: true } },
      { action: 'second_factor.reset', target: jun.email, details: {} },
      { action: 'second_factor.required', target: 'organisation', details: { before: true, after: false } },
    ]);
  });

  it('U37 keeps neither secret nor recovery code where somebody could read it', async () => {
    const { ada } = bench.northgate.people;
    const { secret, codes } = await enrolled(ada);
    const stored = JSON.stringify([
      await bench.rows(`select encode(secret, 'escape') as t, encode(secret, 'hex') as h from second_factor`),
      await bench.rows('select * from recovery_code'),
      await bench.rows('select * from audit_event'),
      bench.logged,
    ]);
    const bytes = Buffer.from(Secret.fromBase32(secret).bytes).toString('hex');
    for (const text of [secret, bytes, ...codes, ...codes.map((code) => code.replace('-', ''))])
      expect(stored).not.toContain(text);
    expect(stored).toContain('$argon2id$');
  });
});
