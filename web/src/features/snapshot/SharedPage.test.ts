import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleCopy } from '../../testing/sample-snapshot.ts';
import { show } from '../../testing/render.ts';
import SharedPage from './SharedPage.vue';

const page = () => show(SharedPage, { path: '/snapshots/abc', route: '/snapshots/:token' });
const answer = (status: number, body: unknown = {}) => Promise.resolve(new Response(JSON.stringify(body), { status }));
const copy = { document: sampleCopy(), publishedAt: '2026-05-18T15:05:00.000Z', expiresAt: '2026-05-25T15:05:00.000Z' };

describe('the page behind a snapshot’s link', () => {
  const asked = vi.fn<typeof fetch>();
  beforeEach(() => {
    asked.mockReset();
    vi.stubGlobal('fetch', asked);
  });
  afterEach(() => {
    cleanup();
    vi.unstubAllGlobals();
  });

  it('F112 F115 shows the record to read, its end, and nothing to do but theme and wrap; search engines are told to stay away', async () => {
    asked.mockImplementation(() => answer(200, copy));
    const { findByRole, getByText, getAllByRole, queryAllByRole, container } = await page();
    await findByRole('heading', { name: /Printer not working/, level: 1 });
    getByText('Works until 25 May 2026, 15:05 UTC');
    getByText('A record only. It gives no access to any computer.');
    getByText('exit 0 with errors');
    getByText(/2,048 bytes of\s+these errors are not in this copy/);
    expect(getAllByRole('button').map((each) => each.getAttribute('aria-label'))).toEqual([
      'Wrap long lines',
      expect.stringMatching(/^Theme/),
    ]);
    expect([...queryAllByRole('link'), ...queryAllByRole('textbox'), ...container.querySelectorAll('form')]).toEqual(
      [],
    );
    expect(document.head.querySelector('meta[name=robots]')?.getAttribute('content')).toBe('noindex, nofollow');
    expect(asked).toHaveBeenCalledWith('/snapshots/abc/copy', { credentials: 'omit', cache: 'no-store' });
  });

  it.each([
    [410, 'This snapshot is over'],
    [404, 'There is no such snapshot'],
  ])('F113 says in plain words that there is none: %s', async (status, title) => {
    asked.mockImplementation(() => answer(status));
    const { findByRole, queryByText } = await page();
    await findByRole('heading', { name: title, level: 1 });
    expect(queryByText(/Works until/)).toBe(null);
  });

  it('F112 a server that does not answer can be asked again', async () => {
    asked
      .mockImplementationOnce(() => Promise.reject(new TypeError('away')))
      .mockImplementation(() => answer(200, copy));
    const { findByRole, getByRole } = await page();
    await findByRole('alert');
    await fireEvent.click(getByRole('button', { name: 'Try again' }));
    await findByRole('heading', { name: /Printer not working/ });
  });
});
