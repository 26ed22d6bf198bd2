import { cleanup, fireEvent, within } from '@testing-library/vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.ts';
import { at } from '../../testing/samples.ts';
import SignInPage from '../signin/SignInPage.vue';
import AccountPage from './AccountPage.vue';

const factor = (over: object = {}) => ({ on: false, since: null, codesLeft: 0, required: false, ...over });
const signIn = (id: string, over: object = {}) => ({
  id,
  at: at(-60),
  address: '192.0.2.7',
  browser: 'Firefox on Linux',
  lastSeenAt: at(-5),
  current: false,
  ...over,
});
const account = (secondFactor: object = factor()) => ({
  viewer: { signIns: [signIn('a', { current: true }), signIn('b', { browser: 'Safari on iOS' })], secondFactor },
});
const noTokens = { viewer: { apiTokens: [] } };
const noChoices = { viewer: { mailsNotifications: true, notificationPreferences: [{ kind: 'sla', email: true }] } };

/** Answers the few calls that are not GraphQL, by path. */
function server(answers: Record<string, [number, object]>) {
  const asked: { path: string; body: unknown }[] = [];
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    if (init.method === 'POST') asked.push({ path, body: JSON.parse(String(init.body)) });
    const [status, body] = answers[path] ?? [404, {}];
    return new Response(JSON.stringify(body), { status });
  });
  return asked;
}

describe('your account', () => {
  afterEach(() => (cleanup(), vi.unstubAllGlobals()));

  it('F136 lists sign-ins, says which is this one, and ends another', async () => {
    const view = await show(AccountPage, {
      answers: {
        Account: account(),
        ApiTokens: noTokens,
        EndSignIn: { endSignIn: { __typename: 'Viewer', signIns: [] } },
      },
    });
    const mine = (await view.findByText('this one')).closest('tr')!;
    expect(within(mine).queryByRole('button')).toBeNull();
    await fireEvent.click(view.getByRole('button', { name: 'Sign out Safari on iOS from 192.0.2.7' }));
    await vi.waitFor(() => expect(view.asked.filter(({ name }) => name === 'Account')).toHaveLength(2));
    expect(view.asked.find(({ name }) => name === 'EndSignIn')?.variables).toEqual({ input: { signInId: 'b' } });
  });

  it('U37 sets up a second factor: password, QR code, first code, recovery codes', async () => {
    const asked = server({
      '/auth/second-factor/begin': [
        200,
        { secret: 'JBSWY3DPEHPK3PXP', uri: 'otpauth://totp/x?secret=JBSWY3DPEHPK3PXP' },
      ],
      '/auth/second-factor/confirm': [200, { recoveryCodes: ['aaaaa-bbbbb'] }],
    });
    const view = await show(AccountPage, { answers: { Account: account(), ApiTokens: noTokens } });
    await fireEvent.click(await view.findByRole('button', { name: 'Set it up' }));
    await fireEvent.update(view.getByLabelText('Your password, once more'), 'correct horse');
    await fireEvent.submit(view.getByRole('button', { name: 'Go on' }).closest('form')!);
    expect(await view.findByRole('img', { name: /QR code/ })).toBeTruthy();
    expect(view.getByText('JBSW Y3DP EHPK 3PXP')).toBeTruthy();
    await fireEvent.update(view.getByLabelText('Code from the app'), '123456');
    await fireEvent.submit(view.getByRole('button', { name: 'Turn it on' }).closest('form')!);
    expect(await view.findByText('aaaaa-bbbbb')).toBeTruthy();
    expect(asked.map(({ body }) => body)).toEqual([{ password: 'correct horse' }, { code: '123456' }]);
    await fireEvent.click(view.getByRole('button', { name: 'I have them' }));
    expect(view.queryByText('aaaaa-bbbbb')).toBeNull();
  });

  it('U37 offers no way off where the organisation demands it', async () => {
    const on = factor({ on: true, since: at(-60), codesLeft: 3, required: true });
    const view = await show(AccountPage, { answers: { Account: account(on), ApiTokens: noTokens } });
    expect(await view.findByText(/Recovery codes left: 3/)).toBeTruthy();
    expect(view.getByRole('button', { name: 'New recovery codes' })).toBeTruthy();
    expect(view.queryByRole('button', { name: 'Turn it off' })).toBeNull();
  });

  it('U43 makes a token and shows it once', async () => {
    const made = { __typename: 'CreatedApiToken', token: 'tl_secret', apiToken: { id: 't', name: 'Reports' } };
    const view = await show(AccountPage, {
      answers: { Account: account(), ApiTokens: noTokens, CreateApiToken: { createApiToken: made } },
    });
    expect(await view.findByText('No token yet')).toBeTruthy();
    await fireEvent.click(view.getByRole('button', { name: 'Make a token' }));
    expect(view.queryByLabelText('change settings')).toBeNull();
    await fireEvent.update(view.getByLabelText('Name'), 'Reports');
    await fireEvent.click(view.getByLabelText('work with sessions'));
    await fireEvent.submit(view.getByRole('button', { name: 'Make the token' }).closest('form')!);
    expect(await view.findByText('tl_secret')).toBeTruthy();
    expect(view.asked.find(({ name }) => name === 'CreateApiToken')?.variables).toEqual({
      input: { name: 'Reports', scopes: ['read', 'sessions_write'], days: 90 },
    });
    await fireEvent.click(view.getByRole('button', { name: 'I have it' }));
    expect(view.queryByText('tl_secret')).toBeNull();
  });

  it('U37 says what could not be read, and offers to try again', async () => {
    const view = await show(AccountPage, { answers: { ApiTokens: noTokens, NotificationPreferences: noChoices } });
    expect(await view.findByRole('button', { name: /Try again/ })).toBeTruthy();
  });

  it('U37 the sign-in asks for the code in a second step, and says why one is refused', async () => {
    const asked = server({
      '/auth/sign-in': [200, { next: 'code' }],
      '/auth/sign-in/code': [401, { error: { code: 'UNAUTHENTICATED', message: 'That code is not right.' } }],
    });
    const view = await show(SignInPage);
    await fireEvent.update(view.getByLabelText('E-mail'), 'jun@northgate.example');
    await fireEvent.update(view.getByLabelText('Password'), 'correct horse');
    await fireEvent.submit(view.getByRole('button', { name: 'Sign in' }).closest('form')!);
    await fireEvent.update(await view.findByLabelText('Code from your app, or a recovery code'), '123456');
    await fireEvent.submit(view.getByRole('button', { name: 'Sign in' }).closest('form')!);
    expect((await view.findByRole('alert')).textContent).toContain('That code is not right.');
    expect(asked.at(-1)).toEqual({ path: '/auth/sign-in/code', body: { code: '123456' } });
  });
});
