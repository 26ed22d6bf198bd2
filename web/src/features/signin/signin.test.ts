import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SSO_REFUSALS } from '@throughline/domain/sso-refusal';
import { show } from '../../testing/render.ts';
import { safeNext } from './safe-next.ts';
import SignInPage from './SignInPage.vue';

describe('sign-in', () => {
  afterEach(() => (cleanup(), vi.unstubAllGlobals()));

  it('F068 goes on to the place a link named', () => {
    expect(safeNext('/s/2046?cmd=C1#e12')).toBe('/s/2046?cmd=C1#e12');
  });
  it.each(['//evil.example', 'https://evil.example', '/\\evil.example', undefined])(
    'never leaves this site for %s',
    (next) => {
      expect(safeNext(next)).toBe('/');
    },
  );
  const answers = (label: string | null) => vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ label })));

  it('F136 shows the single sign-on button only where a provider is set up, and keeps the place asked for', async () => {
    answers(null);
    const without = await show(SignInPage, { path: '/sign-in?org=northgate' });
    await vi.waitFor(() => expect(without.getByLabelText('Password')).toBeTruthy());
    expect(without.queryByRole('link')).toBeNull();
    cleanup();
    answers('Sign in with Northgate ID');
    const view = await show(SignInPage, { path: '/sign-in?org=northgate&next=/s/7' });
    const button = await view.findByRole('link', { name: 'Sign in with Northgate ID' });
    expect(button.getAttribute('href')).toBe('/auth/sso/start?org=northgate&next=%2Fs%2F7');
  });
  it.each(SSO_REFUSALS)('F136 says in words why single sign-on was refused: %s', async (why) => {
    answers(null);
    const { getByRole } = await show(SignInPage, { path: `/sign-in?sso=${why}` });
    expect(getByRole('alert').textContent).toMatch(/\. SSO_|\.\s+SSO_/);
  });
  it('F136 shows no text that came with the address', async () => {
    answers(null);
    const { queryByRole } = await show(SignInPage, { path: '/sign-in?sso=Call+0900+123' });
    expect(queryByRole('alert')).toBeNull();
  });
  it('F136 goes on with our own second step after single sign-on', async () => {
    answers(null);
    const { getByLabelText } = await show(SignInPage, { path: '/sign-in?step=code&next=/board' });
    expect(getByLabelText('Code from your app, or a recovery code')).toBeTruthy();
  });
  it('shows why it was refused', async () => {
    vi.stubGlobal(
      'fetch',
      async () =>
        new Response(JSON.stringify({ error: { code: 'RATE_LIMITED', message: 'Too many tries. Wait a minute.' } }), {
          status: 429,
        }),
    );
    const { getByLabelText, getByRole, findByRole } = await show(SignInPage);
    await fireEvent.update(getByLabelText('E-mail'), 'jun@northgate.example');
    await fireEvent.update(getByLabelText('Password'), 'wrong');
    await fireEvent.submit(getByRole('button', { name: 'Sign in' }).closest('form')!);
    expect((await findByRole('alert')).textContent).toContain('Too many tries.');
  });
});
