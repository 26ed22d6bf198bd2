import { cleanup, fireEvent, waitFor } from '@testing-library/vue';
import { afterEach, describe, expect, it } from 'vitest';
import { defineComponent, h, nextTick, ref } from 'vue';
import type { FlagFieldsFragment } from '../../graphql/generated/operations.ts';
import { readStored } from '../../lib/stored.ts';
import { show } from '../../testing/render.ts';
import { sampleEntry, sampleSession } from '../../testing/samples.ts';
import CommandThread from '../session/CommandThread.vue';
import FlagDialog from './FlagDialog.vue';
import FlagStrip from './FlagStrip.vue';
import ReviewQueuePage from './ReviewQueuePage.vue';
import { useFlagsSeen } from './use-flags-seen.ts';

const jun = { id: 'U1', name: 'Jun Park' };
const sam = { id: 'U2', name: 'Sam Whitfield' };
const flag = (over: Partial<FlagFieldsFragment> = {}): FlagFieldsFragment => ({
  id: 'F1',
  note: 'Chain validation failing,\nnot sure which intermediate.',
  by: jun,
  at: '2026-02-17T14:30:00.000Z',
  entrySeq: 7,
  state: 'new',
  seenByMe: false,
  seenBy: [],
  reviewCount: 0,
  review: null,
  canReview: false,
  ...over,
});
const redirected = {
  state: 'redirected' as const,
  reviewCount: 1,
  review: {
    verdict: 'REDIRECT' as const,
    note: 'Not revocation.',
    by: sam,
    at: '2026-02-17T15:00:00.000Z',
    entrySeq: 9,
  },
};

describe('flags', () => {
  afterEach(() => {
    cleanup();
    localStorage.clear();
  });

  it('F085 needs a note and sends it word for word; a refusal keeps what was typed', async () => {
    let refuse = true;
    const Page = defineComponent(() => {
      const open = ref(false);
      return () => [
        h('button', { onClick: () => (open.value = true) }, 'Flag it'),
        h(FlagDialog, {
          session: sampleSession(),
          open: open.value,
          'onUpdate:open': (v: boolean) => (open.value = v),
        }),
      ];
    });
    const answers = {
      FlagSession: () =>
        refuse
          ? { flagSession: { __typename: 'UserError', code: 'FORBIDDEN', message: 'Not yours to flag.' } }
          : { flagSession: { __typename: 'Flag', ...flag() } },
    };
    const view = await show(Page, { answers });
    await fireEvent.click(view.getByRole('button', { name: 'Flag it' }));
    const note = (await view.findByLabelText('What should they look at?')) as HTMLTextAreaElement;
    const send = view.getByRole('button', { name: /^Flag\S* / }) as HTMLButtonElement;
    expect(send.disabled).toBe(true);
    await fireEvent.update(note, ' Which one?\n ');
    await fireEvent.keyDown(note, { key: 'Enter', ctrlKey: true });
    await view.findByText(/Not yours to flag/);
    expect(note.value).toBe(' Which one?\n ');
    refuse = false;
    await fireEvent.keyDown(note, { key: 'Enter', ctrlKey: true });
    await waitFor(() => expect(view.queryByRole('dialog')).toBeNull());
    expect(view.asked.at(-1)?.variables).toMatchObject({ input: { sessionId: 'S1', note: ' Which one?\n ' } });
  });

  it('F085 an answer that was lost with the page makes no second flag; other words do', async () => {
    const send = async (type?: string) => {
      const open = ref(false);
      const view = await show(
        defineComponent(() => () => h(FlagDialog, { session: sampleSession(), open: open.value })),
        { answers: { FlagSession: new Error('the connection was lost') } },
      );
      open.value = true;
      const note = (await view.findByLabelText('What should they look at?')) as HTMLTextAreaElement;
      if (type) await fireEvent.update(note, type);
      await fireEvent.keyDown(note, { key: 'Enter', ctrlKey: true });
      await waitFor(() => expect(view.asked).toHaveLength(1));
      cleanup();
      return view.asked[0]?.variables['input'] as { note: string; idempotencyKey: string };
    };
    const first = await send('Which one?');
    expect(await send()).toEqual(first);
    expect((await send('Which two?')).idempotencyKey).not.toBe(first.idempotencyKey);
  });

  it('F086 flags that could not be marked as seen are marked with the next news', async () => {
    const session = ref({ id: 'S1', can: { reviewFlags: true }, flags: [flag({ canReview: true })] });
    const Page = defineComponent(() => {
      useFlagsSeen(session);
      return () => null;
    });
    let lost = true;
    const answer = { markFlagsSeen: { __typename: 'Session', id: 'S1', flags: [] } };
    const view = await show(Page, { answers: { MarkFlagsSeen: () => (lost ? new Error('lost') : answer) } });
    await waitFor(() => expect(view.asked).toHaveLength(1));
    lost = false;
    await waitFor(() => {
      session.value = { ...session.value };
      expect(view.asked).toHaveLength(2);
    });
    session.value = { ...session.value };
    await nextTick();
    expect(view.asked).toHaveLength(2);
  });

  it('F085 F090 a session shows each open flag in full, who and when; a closed one a press away with who confirmed it', async () => {
    const confirmed = flag({
      ...{ id: 'F2', note: 'Older one', state: 'confirmed', reviewCount: 1 },
      review: { ...redirected.review, verdict: 'CONFIRM', note: 'Good.' },
    });
    const view = await show(FlagStrip, {
      props: { flags: [confirmed, flag(), flag({ id: 'F3', note: 'Second', ...redirected })] },
    });
    const [first, second] = view.getAllByRole('listitem');
    expect(first?.querySelector('.note')?.textContent).toBe(flag().note);
    expect(first?.textContent).toContain('Jun Park');
    expect(second?.textContent).toMatch(/Second.*Sam Whitfield redirected.*Not revocation\./s);
    expect(view.getByText('1 flag confirmed, by Sam Whitfield').tagName).toBe('SUMMARY');
    expect(view.queryByRole('button', { name: 'Confirm' })).toBeNull();
  });

  it('F090 a senior confirms with or without a note, and redirects with one; who was too late is told', async () => {
    const conflict = {
      __typename: 'UserError',
      code: 'CONFLICT',
      message: 'Lena Voss confirmed this flag before you.',
    };
    const view = await show(FlagStrip, {
      props: { flags: [flag({ canReview: true, reviewCount: 2 })] },
      answers: { ReviewFlag: { reviewFlag: conflict } },
    });
    await fireEvent.click(view.getByRole('button', { name: 'Redirect' }));
    const redirect = view.getByRole('button', { name: 'Redirect' }) as HTMLButtonElement;
    expect(redirect.disabled).toBe(true);
    await fireEvent.update(view.getByLabelText(/What to do instead/), 'Look at the chain.');
    await fireEvent.submit(redirect.closest('form')!);
    await view.findByText(/Lena Voss confirmed this flag before you/);
    expect(view.asked.at(-1)?.variables).toMatchObject({
      input: { flagId: 'F1', verdict: 'REDIRECT', note: 'Look at the chain.', seenReviewCount: 2 },
    });
    await fireEvent.keyDown(view.getByLabelText(/What to do instead/), { key: 'Escape' });
    await fireEvent.click(view.getByRole('button', { name: 'Confirm' }));
    expect((view.getByRole('button', { name: 'Confirm' }) as HTMLButtonElement).disabled).toBe(false);
  });

  it('F090 a review being written outlives another senior who was faster, and a reload; who was faster is said', async () => {
    const now = ref(flag({ canReview: true }));
    const view = await show(defineComponent(() => () => h(FlagStrip, { flags: [now.value] })));
    await fireEvent.click(view.getByRole('button', { name: 'Redirect' }));
    const area = view.getByLabelText(/What to do instead/) as HTMLTextAreaElement;
    await fireEvent.update(area, 'Look at the chain.');
    now.value = flag({ ...redirected, canReview: true });
    await view.findByText(/Sam Whitfield redirected this flag while you wrote/);
    expect(view.getByLabelText(/What to do instead/)).toBe(area);
    expect((view.getByRole('button', { name: 'Redirect' }) as HTMLButtonElement).disabled).toBe(false);
    cleanup();
    const again = await show(defineComponent(() => () => h(FlagStrip, { flags: [now.value] })));
    await fireEvent.click(again.getByRole('button', { name: 'Redirect' }));
    const kept = again.getByLabelText(/What to do instead/) as HTMLTextAreaElement;
    expect(kept.value).toBe('Look at the chain.');
    now.value = flag({
      ...{ state: 'confirmed', reviewCount: 2 },
      review: { ...redirected.review, verdict: 'CONFIRM', note: '', by: { id: 'U3', name: 'Lena Voss' } },
    });
    await again.findByText(/Lena Voss confirmed this flag while you wrote/);
    expect(again.getByLabelText('Your review, not sent')).toBe(kept);
    await fireEvent.keyDown(kept, { key: 'Escape' });
    expect(kept.isConnected && kept.value).toBe('Look at the chain.');
    expect(again.queryByRole('button', { name: 'Redirect' })).toBeNull();
    await fireEvent.click(again.getByRole('button', { name: 'Discard what I wrote' }));
    await again.findByText('1 flag confirmed, by Lena Voss');
    expect(readStored('review.F1')).toBeNull();
  });

  it('F086 the queue shows note, client, session, who and how it stands, and opens at the flag; empty it says so', async () => {
    const session = {
      id: 'S1',
      number: 1902,
      title: 'VPN',
      status: 'active',
      outcome: null,
      client: { id: 'K1', name: 'Harbor Dental' },
    };
    const page = (nodes: unknown[]) => ({
      ReviewQueue: {
        reviewQueue: {
          totalCount: nodes.length,
          pageInfo: { hasNextPage: false, endCursor: null },
          edges: nodes.map((node) => ({ node })),
        },
      },
    });
    const full = await show(ReviewQueuePage, {
      answers: page([
        { ...flag(), session },
        { ...flag({ id: 'F2', note: 'Again', state: 'seen', seenBy: [sam], seenByMe: true }), session },
        { ...flag({ id: 'F3', note: 'Third', ...redirected }), session },
      ]),
    });
    await full.findByText('3 open, 1 new');
    const rows = full.getAllByRole('listitem');
    expect(rows[0]?.textContent).toMatch(/New.*Chain validation.*Harbor Dental.*1902 VPN.*Jun Park/s);
    expect(rows[1]?.textContent).toContain('Seen by you');
    expect(rows[2]?.textContent).toContain('Sam Whitfield redirected: Not revocation.');
    expect(full.getByRole('link', { name: /Chain validation/ }).getAttribute('href')).toBe('/s/1902#e7');
    cleanup();
    const empty = await show(ReviewQueuePage, { answers: page([]) });
    await empty.findByText('No flag waits for a review');
  });

  it('F087 a reply is written under the command by the keyboard alone, and the draft is kept', async () => {
    const messages = [sampleEntry(9, 'message', { text: 'Not revocation.', onEntry: 5 })];
    const answers = {
      AddMessage: {
        addMessage: { __typename: 'Entry', ...sampleEntry(10, 'message', { text: 'Thanks', onEntry: 5 }) },
      },
    };
    const view = await show(CommandThread, { props: { session: sampleSession(), seq: 5, messages, lit: 9 }, answers });
    const [message] = view.getAllByRole('listitem');
    expect(message?.id).toBe('e9');
    expect(message?.className).toContain('lit');
    await fireEvent.click(view.getByRole('button', { name: /Reply/ }));
    const area = view.getByLabelText(/Reply under this command/) as HTMLTextAreaElement;
    expect(document.activeElement).toBe(area);
    await fireEvent.update(area, 'Thanks');
    await fireEvent.keyDown(area, { key: 'Escape' });
    await fireEvent.click(view.getByRole('button', { name: /Reply/ }));
    const again = view.getByLabelText(/Reply under this command/) as HTMLTextAreaElement;
    expect(again.value).toBe('Thanks');
    await fireEvent.keyDown(again, { key: 'Enter', metaKey: true });
    await waitFor(() => expect(view.queryByLabelText(/Reply under this command/)).toBeNull());
    expect(view.asked.at(-1)?.variables).toMatchObject({ input: { sessionId: 'S1', onEntry: 5, text: 'Thanks' } });
  });
});
