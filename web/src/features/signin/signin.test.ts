import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
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
