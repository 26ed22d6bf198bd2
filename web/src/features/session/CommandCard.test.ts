import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandFieldsFragment } from '../../graphql/generated/operations.ts';
import { at, sampleApproval, sampleCommand, sampleEntry, sampleSession } from '../../testing/samples.ts';
import { show } from '../../testing/render.ts';
import CommandCard from './CommandCard.vue';

const card = (over: Partial<CommandFieldsFragment>, answers = {}) =>
  show(CommandCard, { props: { command: sampleCommand(over), entries: [], session: sampleSession() }, answers });

describe('a command’s card', () => {
  beforeEach(() => {
    // Everything counts as in view: happy-dom lays nothing out.
    vi.stubGlobal(
      'IntersectionObserver',
      class {
        private seen: (entries: { isIntersecting: boolean }[]) => void;
        constructor(seen: (entries: { isIntersecting: boolean }[]) => void) {
          this.seen = seen;
        }
        observe() {
          queueMicrotask(() => this.seen([{ isIntersecting: true }]));
        }
        unobserve() {}
        disconnect() {}
      },
    );
    vi.stubGlobal(
      'fetch',
      async () => new Response('ls: cannot access\n', { status: 206, headers: { 'x-total-bytes': '18' } }),
    );
  });
  afterEach(() => (cleanup(), vi.unstubAllGlobals()));

  it('F029 says amber "exit 0, 1 line on stderr", never a plain tick', async () => {
    const { findByText, container } = await card({
      state: 'completed_with_errors',
      stderr: { bytes: 18, sha256: 'x' },
    });
    const word = await findByText('exit 0, 1 line on stderr');
    expect(word.closest('.st')?.className).toContain('tone-wait');
    expect(container.querySelector('.head use')?.getAttribute('href')).toBe('#g-warn');
  });
  it('F026 shows true byte counts of both streams, 0 included', async () => {
    const { getByText } = await card({ stdout: { bytes: 6_888_896, sha256: 'x' } });
    expect(getByText('6,888,896 bytes')).toBeTruthy();
    expect(getByText('0 bytes')).toBeTruthy();
  });
  it('shows while the person is asked what each part does, worst first, with the part itself', async () => {
    const script = 'systemctl restart cups && rm -rf /srv/old';
    const reasons = [
      { risk: 'destructive', words: 'deletes /srv/old', start: 26, end: 41 },
      { risk: 'change', words: 'restarts the service cups', start: 0, end: 22 },
    ];
    const payload = { commandId: 'C1', spec: {}, reason: '', retryOf: null, reasons };
    const { getByRole } = await show(CommandCard, {
      props: {
        command: sampleCommand({ script, state: 'waiting_approval', risk: 'destructive', approval: sampleApproval() }),
        entries: [sampleEntry(1, 'command_proposed', payload)],
        session: sampleSession(),
      },
    });
    const does = getByRole('region', { name: 'What it does' });
    expect([...does.querySelectorAll('li')].map((li) => li.textContent?.replaceAll(/\s+/g, ' '))).toEqual([
      'Deletes /srv/oldrm -rf /srv/old',
      'Restarts the service cupssystemctl restart cups',
    ]);
    expect(does.querySelector('li')?.className).toBe('destructive');
  });
  it('F053 F054 strong mode: says that a named approver is asked, by name and phone, and offers a nudge where one could answer', async () => {
    const state = 'waiting_approval' as const;
    const asked = sampleCommand({ state, rule: 'P-9', approval: sampleApproval({ byApprover: true }) });
    const mara = { id: 'W1', name: 'Mara Voss', phone: '555-0177', email: '' };
    const named = { ...asked, approval: sampleApproval({ byApprover: true, approvers: [mara] }) };
    const strong = await show(CommandCard, { props: { command: asked, entries: [], session: sampleSession() } });
    expect(strong.getByText('A named approver')).toBeTruthy();
    expect(strong.queryByRole('button', { name: /nudge/i })).toBeNull();
    cleanup();
    const reached = await show(CommandCard, { props: { command: named, entries: [], session: sampleSession() } });
    expect(reached.getByText('Asked: Mara Voss.')).toBeTruthy();
    expect(reached.getByRole('link', { name: '555-0177' })).toBeTruthy();
    expect(reached.getByRole('button', { name: /nudge/i })).toBeTruthy();
    cleanup();
    const plain = { ...asked, rule: 'P-2' };
    const usual = await show(CommandCard, { props: { command: plain, entries: [], session: sampleSession() } });
    expect(usual.queryByText('A named approver')).toBeNull();
    expect(usual.getByRole('button', { name: /nudge/i })).toBeTruthy();
  });
  it('marks what hides in the command, and leaves its text as it is', async () => {
    const script = 'rm /tmp/\u202Egpj.sh\u200B c\u0430t';
    const { container } = await card({ script });
    const line = container.querySelector('code.line');
    expect(line?.textContent).toBe(`>${script}`);
    expect([...(line?.querySelectorAll('.odd') ?? [])].map((odd) => odd.getAttribute('data-point'))).toEqual([
      'U+202E',
      'U+200B',
      'U+0430',
    ]);
    expect(line?.querySelector('.odd')?.getAttribute('title')).toBe('U+202E turns the direction of writing');
  });
  it('F040 shows which file, which way, how much, its sum, and gives it from the record', async () => {
    const file = { direction: 'to_endpoint' as const, path: '/etc/ssl/G2.crt', bytes: 1_300, sha256: 'ab'.repeat(32) };
    const { getByText, getByRole } = await card({ file: { ...file, overwrite: false, held: true } });
    expect(getByText('/etc/ssl/G2.crt')).toBeTruthy();
    expect(getByText('1,300 bytes')).toBeTruthy();
    expect(getByText('abababababab…').title).toBe('ab'.repeat(32));
    const link = getByRole('link', { name: 'Download G2.crt' });
    expect([link.getAttribute('href'), link.getAttribute('download')]).toEqual(['/api/files/C1', 'G2.crt']);
  });
  it('F040 says what is missing of a file that was not fetched, and offers nothing to download', async () => {
    const pull = {
      direction: 'from_endpoint' as const,
      path: '/a',
      bytes: null,
      sha256: null,
      overwrite: false,
      held: false,
    };
    const running = await card({ state: 'running', file: pull });
    expect(running.getByText('not fetched yet')).toBeTruthy();
    expect(running.queryByRole('link', { name: /Download a/ })).toBeNull();
    cleanup();
    expect((await card({ state: 'failed', exitCode: 1, file: pull })).getByText('nothing was fetched')).toBeTruthy();
  });
  it('F028 shows the exit code, and a signal by its name', async () => {
    expect((await card({ state: 'failed', exitCode: 3 })).getByText('exit 3')).toBeTruthy();
    expect((await card({ state: 'failed', exitCode: null, signal: 'SIGKILL' })).getByText('SIGKILL')).toBeTruthy();
  });
  it('F048 shows a no in the person’s words and offers nothing that looks like Approve', async () => {
    const { getByText, queryByRole } = await card({
      state: 'denied',
      startedAt: null,
      approval: sampleApproval({
        state: 'denied',
        account: 'Olivia Hart',
        answerReason: 'with a patient',
        decidedAt: at(2),
      }),
    });
    expect(getByText(/with a patient/).textContent).toContain('Never started on the device.');
    expect(queryByRole('button', { name: /approve/i })).toBeNull();
  });
  it('U33 offers to mail the person a link, says how it went, and what the server says against it', async () => {
    const none = { allowedAt: null, askedAt: null, mailedAt: null, openedAt: null, fault: null, late: null };
    const link = { ...none, to: 'Olivia Hart', hindrance: null as string | null };
    const state = 'waiting_approval' as const;
    const of = (approval: object) =>
      sampleCommand({ state, rule: 'P-2', approval: { ...sampleApproval({ link }), ...approval } });
    const SendApprovalLink = () => ({
      sendApprovalLink: {
        __typename: 'UserError',
        code: 'INVALID_STATE',
        message: 'The owner does not let it.',
        sessionNumber: null,
      },
    });
    const props = (command: object) => ({ command, entries: [], session: sampleSession() });
    const shown = (approval: object) =>
      show(CommandCard, { props: props(of(approval)), answers: { SendApprovalLink } });
    let view = await shown({});
    await fireEvent.click(view.getByRole('button', { name: 'Send a link to Olivia Hart' }));
    await view.findByText('The owner does not let it.');
    const askedAt = '2026-02-17T14:03:00.000Z';
    cleanup();
    view = await shown({ link: { ...link, askedAt, mailedAt: askedAt } });
    view.getByText(/^Link sent to Olivia Hart at .*, not opened yet\.$/);
    cleanup();
    view = await shown({ link: { ...link, askedAt, late: 'It is tried again.' } });
    view.getByText('The link to Olivia Hart is not out yet. It is tried again.');
    cleanup();
    view = await shown({ link: { ...link, askedAt, fault: 'It did not count.' } });
    view.getByText('The link to Olivia Hart came to nothing: It did not count.');
    // Nobody is asked by a link where a named approver is.
    cleanup();
    view = await shown({ link: null, byApprover: true });
    expect(view.queryByRole('button', { name: /Send a link/ })).toBeNull();
  });
  it('F045 F053 shows who is asked, the reason, the spoken code and a nudge while waiting', async () => {
    const { getByText, getByRole } = await card({
      state: 'waiting_approval',
      startedAt: null,
      approval: sampleApproval(),
    });
    expect(getByText('48 21')).toBeTruthy();
    expect(getByText(/install missing intermediate/)).toBeTruthy();
    expect(getByRole('button', { name: /Nudge/ })).toBeTruthy();
    expect(getByRole('link', { name: '555-0101' }).getAttribute('href')).toBe('tel:555-0101');
  });
  it('F026 says in its details where the output stops, and when it did', async () => {
    const { getByText, findByText } = await card({
      state: 'failed',
      signal: 'SIGKILL',
      maxOutputBytes: 5 * 1024 ** 2,
      outputLimited: true,
    });
    expect(await findByText('output limit')).toBeTruthy();
    expect(getByText('stop at 5 MiB of output')).toBeTruthy();
  });
  it('F015 an unknown outcome can be closed with what was found, which is a message on its entry', async () => {
    const entry = { __typename: 'Entry', ...sampleEntry(9, 'message', { text: 'It had worked.', onEntry: 5 }) };
    const view = await card({ state: 'outcome_unknown', exitCode: null }, { AddMessage: { addMessage: entry } });
    await fireEvent.click(view.getByRole('button', { name: 'Close' }));
    await fireEvent.update(view.getByLabelText(/What did you find/), 'It had worked.');
    await fireEvent.click(view.getByRole('button', { name: 'Close, not run again' }));
    await vi.waitFor(() =>
      expect(view.asked[0]?.variables).toMatchObject({ input: { text: 'It had worked.', onEntry: 5 } }),
    );
  });
  it('never runs again by itself: an unknown outcome waits for a person, who sends a new command', async () => {
    const { getByRole, asked } = await card(
      { state: 'outcome_unknown', exitCode: null },
      { ProposeCommand: { proposeCommand: { __typename: 'UserError', code: 'CONFLICT', message: 'Not now.' } } },
    );
    expect(asked).toEqual([]);
    getByRole('button', { name: 'Run again as a new command' }).click();
    await vi.waitFor(() =>
      expect(asked[0]?.variables).toMatchObject({ input: { retryOf: 'C1', script: 'ls /nonexistent || true' } }),
    );
  });
});
