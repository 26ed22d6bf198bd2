import { appCode } from '@throughline/api/testing/authenticator';
import { PlayedProvider } from '@throughline/api/testing/played-provider';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Window, axeFaults, openBrowser, openWindow, shoot } from './harness/browser.ts';
import { type Desk, takeSetupLink } from './harness/desk.ts';
import { made } from './harness/lab.ts';
import { PASSWORD, STAFF } from './harness/people.ts';
import { type Product, startProduct } from './harness/product.ts';

/* Single sign-on as people meet it: a real provider at another address, and a browser in between. */
const BUTTON = 'Sign in with Northgate ID';
const EMERGENCY = 'Use an emergency account';
const provider = new PlayedProvider();
let product: Product;
let browser: Browser;
let desk: Desk;
let ada: Window;
/** Of Ada's authenticator app. */
let secret: string;

describe.sequential('single sign-on in a browser', { timeout: 180_000 }, () => {
  beforeAll(async () => {
    [product, browser] = await Promise.all([startProduct({ WEBHOOK_NETWORKS: '127.0.0.0/8' }), openBrowser()]);
    await provider.start(`${product.url}/auth/sso/callback`);
    const first = { mspName: 'Northgate Managed IT', timeZone: 'UTC', name: 'Ada Okafor' };
    desk = await takeSetupLink(product.setupUrl, { ...first, email: 'ada@northgate.example', password: PASSWORD });
    for (const person of [STAFF.mona, STAFF.sam]) {
      const link = await made<{ setupUrl: string }>(desk, 'createUser', person, '... on CreatedUser { setupUrl }');
      await takeSetupLink(link.setupUrl, { password: PASSWORD });
    }
    ada = await window();
    await ada.context.addCookies(desk.http.cookies().map((each) => ({ ...each, url: product.url })));
  }, 900_000);
  afterAll(async () => {
    await browser?.close();
    await provider.stop();
    await product?.stop();
  }, 120_000);

  /** The provider's own page wants a font from elsewhere, which nobody here waits for. */
  const window = async (): Promise<Window> => {
    const opened = await openWindow(browser);
    await opened.context.route(/googleapis/, (route) => route.abort());
    return opened;
  };
  /** From our button through the provider's own pages and back. */
  async function through(page: Page, subject: string, email: string): Promise<void> {
    provider.accounts[subject] = { email, email_verified: true, name: subject };
    await page.getByRole('link', { name: BUTTON }).click();
    await page.getByPlaceholder('Enter any login').fill(subject);
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL((url) => url.origin === product.url);
  }
  const signInPage = async (): Promise<Page> => {
    const { page } = await window();
    await page.goto(`${product.url}/sign-in`);
    return page;
  };
  const whoIsIn = async (page: Page): Promise<string> => {
    await page.goto(`${product.url}/account`);
    return page.getByRole('main').innerText();
  };

  it('F136 an admin sets the provider up on its page, and cannot make it the only way before it worked', async () => {
    const { page } = ada;
    await page.goto(`${product.url}/settings/sign-on`);
    await page.getByLabel('Issuer').fill(provider.issuer);
    await page.getByLabel('Client id').fill('throughline');
    await page.getByLabel('Client secret').fill('a secret of the provider');
    await page.getByLabel('Words on the button').fill(BUTTON);
    await page.getByRole('button', { name: 'Turn on' }).click();
    await page.getByText('Saved: the provider answered').waitFor();
    await page.getByText('Sign in through the provider once first').waitFor();
    expect(await page.getByRole('button', { name: 'Refuse passwords' }).isDisabled()).toBe(true);
  });

  it('F136 the button leads through the provider into the account of that address; who has none is told so in one sentence', async () => {
    const page = await signInPage();
    await through(page, 'mona', STAFF.mona.email);
    expect(await whoIsIn(page)).toContain(STAFF.mona.email);

    const other = await signInPage();
    await through(other, 'stranger', 'stranger@elsewhere.example');
    await other.getByRole('alert').getByText('Nobody here has your e-mail address.').waitFor();
    expect(await other.getByRole('alert').count()).toBe(1);
    await shoot(other, 'sso-refused');
    expect(await axeFaults(other)).toEqual([]);
  });

  it('F136 F137 as the only way: the form is gone, a right password is refused, the emergency account comes in and admins are told', async () => {
    const { page } = ada;
    const begun = (await (await desk.http.post('/auth/second-factor/begin', { password: PASSWORD })).json()) as {
      secret: string;
    };
    secret = begun.secret;
    expect((await desk.http.post('/auth/second-factor/confirm', { code: appCode(secret) })).status).toBe(200);
    await page.reload();
    await page.getByLabel('Ada Okafor').check();
    await shoot(page, 'settings-sso-only');
    await page.getByRole('button', { name: 'Refuse passwords' }).click();
    await page.getByText('On: passwords are refused').waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, 'settings-sso-only-on');

    const sam = await signInPage();
    await sam.getByRole('link', { name: BUTTON }).waitFor();
    await sam.getByRole('button', { name: EMERGENCY }).waitFor();
    expect(await sam.getByLabel('Password').count()).toBe(0);
    await shoot(sam, 'sign-in-sso-only');
    expect(await axeFaults(sam)).toEqual([]);
    await withPassword(sam, STAFF.sam.email);
    await sam.getByRole('alert').getByText('Sign in through your identity provider').waitFor();
    await shoot(sam, 'sign-in-sso-only-refused');

    const emergency = await signInPage();
    await withPassword(emergency, 'ada@northgate.example');
    // A code counts once, and the one that set it up was this minute's: the next step's is good as well.
    await emergency.getByLabel('Code from your app').fill(appCode(secret, 1));
    await emergency.getByRole('button', { name: 'Sign in' }).click();
    await emergency.waitForURL((url) => url.pathname !== '/sign-in');
    expect(await whoIsIn(emergency)).toContain('ada@northgate.example');
    await waitFor('the admin to be told', async () => {
      const { notifications } = await desk.gql<{ notifications: { kind: string }[] }>(
        '{ notifications(first: 5) { kind } }',
      );
      return notifications.some(({ kind }) => kind === 'emergency_sign_in');
    });
  });

  it('F136 a one-time link leads to the provider, and passwords count again once it is turned off', async () => {
    const newcomer = { name: 'Lena Voss', email: 'lena@northgate.example', role: 'senior' };
    const { setupUrl } = await made<{ setupUrl: string }>(
      desk,
      'createUser',
      newcomer,
      '... on CreatedUser { setupUrl }',
    );
    const { page } = await window();
    await page.goto(setupUrl);
    await page.getByText('so you choose no password here').waitFor();
    expect(await page.getByLabel('Password').count()).toBe(0);
    await shoot(page, 'setup-sso-only');
    expect(await axeFaults(page)).toEqual([]);
    await through(page, 'lena', newcomer.email);
    expect(await whoIsIn(page)).toContain(newcomer.email);

    await ada.page.getByRole('button', { name: 'Take passwords again' }).click();
    await ada.page.getByText('Off: passwords are taken too').waitFor();
    const sam = await signInPage();
    await sam.getByLabel('E-mail').fill(STAFF.sam.email);
    await sam.getByLabel('Password').fill(PASSWORD);
    await sam.getByRole('button', { name: 'Sign in', exact: true }).click();
    await sam.waitForURL((url) => url.pathname !== '/sign-in');
    expect(ada.faults).toEqual([]);
  });

  async function withPassword(page: Page, email: string): Promise<void> {
    await page.getByRole('button', { name: EMERGENCY }).click();
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }
});
