import { cleanup, fireEvent, waitFor } from '@testing-library/vue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SnapshotWholeFragment } from '../../graphql/generated/operations.ts';
import { sampleMarks, sampleSnapshot } from '../../testing/sample-snapshot.ts';
import { type Answers, show } from '../../testing/render.ts';
import { viewer } from '../signin/use-viewer.ts';
import SnapshotPage from './SnapshotPage.vue';

const page = (snapshot: SnapshotWholeFragment | null, answers: Answers = {}) =>
  show(SnapshotPage, {
    path: '/s/1998/snapshots/N1',
    route: '/s/:number/snapshots/:id',
    answers: { SnapshotPage: { snapshot }, ...answers },
  });
const CONFIRM = 'Confirm and make the link';
const published = (over: Partial<SnapshotWholeFragment> = {}) =>
  sampleSnapshot({
    ...{ state: 'PUBLISHED', review: null, url: 'https://desk.example/snapshots/abc' },
    ...{ publishedAt: '2026-05-18T15:05:00.000Z', expiresAt: '2026-05-25T15:05:00.000Z', ...over },
  });

describe('the page of a snapshot', () => {
  beforeEach(() => {
    const user = { id: 'U1', name: 'Sam Whitfield', email: 's@x.example', role: 'senior', onShift: true } as const;
    const msp = { id: 'M', name: 'Northgate', slug: 'n', timeZone: 'UTC' };
    viewer.value = { permissions: ['snapshot.share'], unreadNotifications: 0, mailsNotifications: false, user, msp };
  });
  afterEach(cleanup);

  it('F111 makes no link before every mark was looked at and the reviewer gave their word', async () => {
    const { findByRole, getByRole, getByText, queryByRole, asked } = await page(sampleSnapshot(), {
      ConfirmSnapshot: { confirmSnapshot: { __typename: 'Snapshot', ...published() } },
    });
    const button = await findByRole<HTMLButtonElement>('button', { name: CONFIRM });
    expect(button.disabled).toBe(true);
    getByText('No link exists yet. 6 marks left.');
    await fireEvent.click(getByRole('checkbox'));
    expect(button.disabled).toBe(true);
    // Each different thing counts once, wherever it stands.
    for (let n = 0; n < 4; n++) await fireEvent.keyDown(document.body, { key: 'n' });
    getByText('3 of 6', { selector: 'small' });
    await fireEvent.click(getByRole('button', { name: 'Next new mark' }));
    await fireEvent.click(getByRole('button', { name: 'Next new mark' }));
    expect(button.disabled).toBe(true);
    getByText('No link exists yet. 1 mark left.');
    await fireEvent.click(getByRole('button', { name: 'Next mark' }));
    getByText('6 of 6', { selector: 'small' });
    expect(queryByRole('button', { name: 'Next new mark' })).toBe(null);
    expect(button.disabled).toBe(false);
    expect(getByRole<HTMLInputElement>('radio', { name: '7 days' }).checked).toBe(true);
    await fireEvent.click(button);
    const link = await findByRole<HTMLInputElement>('textbox', { name: 'Link' });
    expect(link.value).toBe('https://desk.example/snapshots/abc');
    getByText('25 May 2026, 15:05 UTC');
    expect(asked.find(({ name }) => name === 'ConfirmSnapshot')?.variables).toEqual({
      input: { snapshotId: 'N1', hash: 'h1', expiry: 'WEEK' },
    });
  });

  it('F111 shows what is under a mark to the reviewer alone, and of a secret nothing', async () => {
    const { findByText, findAllByRole, getByRole, getByText, queryByText, queryByRole } = await page(sampleSnapshot());
    await findByText('Front desk HP', { exact: false });
    expect(queryByText('Ken Abe', { exact: false })).toBe(null);
    await fireEvent.keyDown(window, { key: 'Alt' });
    expect((await findAllByRole('button', { name: 'person-1, People' })).map((each) => each.textContent)).toEqual([
      ...['Ken Abe', 'Ken Abe', 'Ken Abe'],
    ]);
    expect(getByRole('button', { name: 'secret-1, Secrets' }).textContent).toBe('[secret-1]');
    await fireEvent.keyUp(window, { key: 'Alt' });
    expect(queryByText('Ken Abe', { exact: false })).toBe(null);
    await fireEvent.click(getByRole('button', { name: 'secret-1, Secrets' }));
    await findByText('A secret. It is not shown to anybody, here or later.');
    expect(queryByRole('button', { name: /^Show again/ })).toBe(null);
    await fireEvent.click(getByRole('button', { name: 'Side by side' }));
    expect(getByText('Ken Abe', { selector: '.e:first-child mark' })).toBeTruthy();
  });

  it('F111 hides what was looked for, shows a mark again, and takes either back by its value', async () => {
    const hidden = { action: 'hide', value: 'Front desk HP', by: 'Sam Whitfield', at: '2026-05-18T15:04:10.000Z' };
    const edits = [hidden, { ...hidden, action: 'show', value: 'ken.abe' }];
    const answer = (of: string) => (variables: Record<string, unknown>) => {
      const { value } = variables['input'] as { value: string };
      const list = value === 'Front desk HP' && of === 'hideInSnapshot' ? edits.slice(0, 1) : edits;
      return { [of]: { __typename: 'Snapshot', ...sampleSnapshot({ edits: list }) } };
    };
    const { findByRole, getByRole, getByLabelText, findByText, asked } = await page(sampleSnapshot(), {
      HideInSnapshot: answer('hideInSnapshot'),
      ShowInSnapshot: answer('showInSnapshot'),
      UndoSnapshotEdit: answer('undoSnapshotEdit'),
    });
    await findByRole('button', { name: CONFIRM });
    const field = getByLabelText('Look for something');
    await fireEvent.update(field, 'brightline print');
    await findByText('Not in the copy: it is hidden as [client-1]');
    await fireEvent.update(field, 'Front desk HP');
    await findByText('In the copy, 1 place');
    await fireEvent.click(getByRole('button', { name: 'Hide' }));
    await findByRole('button', { name: 'Undo hiding Front desk HP' });
    await fireEvent.click(getByRole('button', { name: 'account-1, Accounts' }));
    await fireEvent.click(await findByRole('button', { name: 'Show again' }));
    await fireEvent.click(await findByRole('button', { name: 'Undo showing ken.abe' }));
    const made = () =>
      asked.filter(({ name }) => /^(Hide|Show|Undo)/.test(name)).map((a) => [a.name, a.variables['input']]);
    await waitFor(() =>
      expect(made()).toEqual([
        ['HideInSnapshot', { snapshotId: 'N1', value: 'Front desk HP' }],
        ['ShowInSnapshot', { snapshotId: 'N1', value: 'ken.abe' }],
        ['UndoSnapshotEdit', { snapshotId: 'N1', value: 'ken.abe' }],
      ]),
    );
  });

  it('F111 a copy that changed meanwhile is not shared: it says so, and has to be looked at again', async () => {
    let hash = 'h1';
    const now = () => sampleSnapshot({ review: { ...sampleSnapshot().review!, hash } });
    const { findByText, findByRole, getByRole } = await page(null, {
      SnapshotPage: () => ({ snapshot: now() }),
      ConfirmSnapshot: () => {
        hash = 'h2';
        const refusal = { code: 'CONFLICT', message: 'Look at the copy again.', sessionNumber: null };
        return { confirmSnapshot: { __typename: 'UserError', ...refusal } };
      },
    });
    const button = await findByRole<HTMLButtonElement>('button', { name: CONFIRM });
    for (let n = 0; n < 9; n++) await fireEvent.keyDown(document.body, { key: 'n' });
    await fireEvent.click(getByRole('checkbox'));
    await fireEvent.click(button);
    await findByText('Look at the copy again.', { exact: false });
    await waitFor(() => expect(getByRole<HTMLInputElement>('checkbox').checked).toBe(false));
    expect(button.disabled).toBe(true);
  });

  it('F113 a shared one shows its views and is revoked after a question', async () => {
    const { findByRole, findByText, getByRole, asked } = await page(published({ views: 3, lastViewAt: null }), {
      RevokeSnapshot: {
        revokeSnapshot: { __typename: 'Snapshot', ...published({ state: 'REVOKED', url: null, views: 3 }) },
      },
    });
    await findByText('Opened 3 times', { exact: false });
    await fireEvent.click(getByRole('button', { name: 'Revoke' }));
    expect(asked.some(({ name }) => name === 'RevokeSnapshot')).toBe(false);
    await fireEvent.click(await findByRole('button', { name: 'Revoke the link' }));
    await findByText('The link was revoked.', { exact: false });
    await findByText('Opened 3 times', { exact: false });
  });

  it.each([
    [
      'nothing hidden',
      sampleSnapshot({ review: { ...sampleSnapshot().review!, marks: [], places: 0 } }),
      /found nothing/,
    ],
    ['expired', published({ state: 'EXPIRED', url: null }), /has run out/],
    ['somebody else’s', sampleSnapshot({ createdBy: 'Dana' }), /Dana made this copy/],
    ['not there', null, /There is no such snapshot/],
    ['not to be read here', sampleSnapshot({ review: null }), /Somebody else reviews this copy/],
  ])('F111 F113 says how it is: %s', async (_, snapshot, words) => {
    const { findByText } = await page(snapshot);
    expect(await findByText(words)).toBeTruthy();
  });

  it('F111 a failure to read it can be tried again', async () => {
    let broken = true;
    const { findByText, findByRole, getByRole } = await page(null, {
      SnapshotPage: () => (broken ? new Error('away') : { snapshot: sampleSnapshot() }),
    });
    await findByText('The snapshot could not be read');
    broken = false;
    await fireEvent.click(getByRole('button', { name: 'Try again' }));
    await findByRole('button', { name: CONFIRM });
  });

  it('F110 a kind of the list leads from one of its marks to the next', async () => {
    const { findByRole, container } = await page(sampleSnapshot());
    const people = await findByRole('button', { name: /People/, pressed: false });
    const current = () => container.querySelector('[aria-current="true"]')?.getAttribute('data-place');
    const seen: unknown[] = [];
    for (const _ of sampleMarks.slice(0, 4)) {
      await fireEvent.click(people);
      seen.push(current());
    }
    expect(seen).toEqual(['2', '4', '8', '2']);
  });
});
