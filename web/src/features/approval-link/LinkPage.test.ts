import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.ts';
import { speak } from '../approver/reader.ts';
import LinkPage from './LinkPage.vue';
import type { LinkedQuestion } from './linked-question.ts';

const QUESTION: LinkedQuestion = {
  ...{ mspName: 'Northgate', clientName: 'Harbor Dental', endpointName: 'HARB-WS-07', technician: 'Sam Whitfield' },
  ...{ name: 'Olivia Hart', textHash: 'a'.repeat(64), expiresAt: Date.UTC(2026, 10, 27, 9) },
  lines: [{ part: 'title', text: 'May Sam change something on HARB-WS-07?' }],
};
const DEAD = { status: 404, json: { error: { code: 'NOT_FOUND', message: 'This link no longer works.' } } };
const BAD = { status: 400, json: { error: { code: 'INVALID_INPUT', message: 'That is no known time zone.' } } };
const LOST = 'lost';
type Reply = { status?: number; json: unknown } | typeof LOST;
interface Asked {
  what: string;
  body: Record<string, unknown>;
}

/** The server: what it says to each question now. A promise is a reply that is late. */
let says: Record<string, Reply | Promise<Reply>>;
let asked: Asked[];
const count = (what: string) => asked.filter((each) => each.what === what).length;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  speak('en');
  asked = [];
  says = { look: { json: QUESTION }, answer: { json: { counted: true, why: '' } }, outcome: DEAD };
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const what = path.split('/').at(-1) ?? '';
    asked.push({ what, body: JSON.parse(String(init.body)) as Record<string, unknown> });
    const reply = await says[what];
    if (reply === LOST || reply === undefined) throw new TypeError('Failed to fetch');
    return new Response(JSON.stringify(reply.json), { status: reply.status ?? 200 });
  });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const late = () => {
  let come: (reply: Reply) => void = () => undefined;
  const reply = new Promise<Reply>((resolve) => (come = resolve));
  return { reply, come };
};
/** When it asks the next time; after several such times. */
const next = () => vi.advanceTimersByTimeAsync(3_000);
const later = () => vi.advanceTimersByTimeAsync(10_000);

async function opened(hash = '#secret-1') {
  history.replaceState(null, '', `/answer${hash}`);
  const view = await show(LinkPage);
  const reads = (name: string) => vi.waitFor(() => view.getByRole('heading', { name }));
  const press = (name: string) => fireEvent.click(view.getByRole('button', { name }));
  return { ...view, reads, press, asks: () => reads('May Sam change something on HARB-WS-07?') };
}

describe('the answer by a link', () => {
  it('U33 the computer takes long: nothing that was looked at meanwhile calls the link dead', async () => {
    const page = await opened();
    await page.asks();
    const [look, answer] = [late(), late()];
    // A look is under way as it is pressed, and comes back when the link is used up.
    const before = count('look');
    says = { ...says, look: look.reply, answer: answer.reply };
    await next();
    expect(count('look')).toBe(before + 1);
    await page.press('Approve');
    look.come(DEAD);
    says['look'] = DEAD;
    await later();
    page.getByText('Telling the computer…');
    answer.come({ json: { counted: true, why: '' } });
    const heading = await page.reads('You said yes.');
    expect(document.activeElement).toBe(heading);
    expect(page.getByRole('status').textContent).toMatch(/^You said yes\. The computer took your answer\./);
    await later();
    expect(count('look')).toBe(before + 1);
  });

  it('U33 what is on its way is asked for until the computer has said', async () => {
    says['answer'] = { json: { counted: null, why: '' } };
    const page = await opened();
    await page.asks();
    says = { ...says, look: DEAD, outcome: { json: { decision: 'deny', counted: null, why: '' } } };
    await page.press('Deny');
    await page.reads('Your answer is on its way.');
    says['outcome'] = { json: { decision: 'deny', counted: true, why: '' } };
    await next();
    await page.reads('You said no.');
    const told = count('outcome');
    await later();
    expect(count('outcome')).toBe(told);
  });

  it('U33 the reply is lost: it says that nobody knows, asks on, and then tells what became of it', async () => {
    const page = await opened();
    await page.asks();
    says = { look: LOST, answer: LOST, outcome: LOST };
    await page.press('Approve');
    await page.reads('We do not know whether your answer arrived.');
    expect(page.getByRole('status').textContent).toContain('Sam sees whether it arrived.');
    says['look'] = DEAD;
    await next();
    expect(count('outcome')).toBeGreaterThan(0);
    await page.reads('We do not know whether your answer arrived.');
    expect(page.queryByText('This link no longer works')).toBeNull();
    says['outcome'] = { json: { decision: 'approve', counted: false, why: 'The owner does not let links count.' } };
    await page.press('Look again');
    await page.reads('Your answer did not count.');
    page.getByText('The owner does not let links count.');
  });

  it('U33 it never arrived: it can be given again, and what the server took first is what is told', async () => {
    const page = await opened();
    await page.asks();
    says['answer'] = LOST;
    await page.press('Approve');
    await vi.waitFor(() => page.getByText(/Your answer has not arrived yet\. Give it again/));
    // It had been under way all the time: the second finds the link used up.
    says = { look: DEAD, answer: DEAD, outcome: { json: { decision: 'approve', counted: true, why: '' } } };
    await page.press('Deny');
    await page.reads('You said yes.');
  });

  it('U33 a link that died before the answer is dead, and says so by ear too', async () => {
    const page = await opened();
    await page.asks();
    says = { look: DEAD, answer: DEAD, outcome: DEAD };
    await page.press('Approve');
    await page.reads('This link no longer works');
    expect(page.getByRole('status').textContent).toContain('This link no longer works');
  });
});

describe('the page of a link', () => {
  it('U33 keeps its secret out of the address, and begins anew with a newer link in the same tab', async () => {
    const page = await opened('#old');
    await page.asks();
    expect(location.href).not.toContain('old');
    says['look'] = DEAD;
    await next();
    await page.reads('This link no longer works');
    says['look'] = { json: QUESTION };
    history.replaceState(null, '', '/answer#new');
    dispatchEvent(new Event('hashchange'));
    await page.asks();
    expect(asked.at(-1)?.body['token']).toBe('new');
    expect(location.hash).toBe('');
  });

  it.each([
    ['#%', 'This link no longer works'],
    ['#%E0%A4', 'This link no longer works'],
    ['', 'This page no longer has its link'],
  ])('U33 says what is wrong with “%s”, and asks nobody', async (hash, words) => {
    const page = await opened(hash);
    await page.reads(words);
    await later();
    expect(asked).toEqual([]);
  });

  it('U33 asks plainly where the server does not know the time zone', async () => {
    says['look'] = BAD;
    const page = await opened();
    await vi.waitFor(() => expect(count('look')).toBe(2));
    expect(asked.at(-1)?.body).toEqual({ token: 'secret-1', locale: 'en', timeZone: 'UTC' });
    await page.reads('The question cannot be shown here');
    page.getByText('That is no known time zone.');
    expect(page.queryByText(/Check your connection/)).toBeNull();
    await later();
    expect(count('look')).toBe(2);
  });

  it('U33 says whose answer it will be: whoever opens it, in both languages', async () => {
    const page = await opened();
    await page.asks();
    page.getByText(/^Whoever opens this link can answer for you/);
    expect(page.queryByText(/can press Approve for you/)).toBeNull();
    speak('es');
    await vi.waitFor(() => page.getByText(/^Quien abra este enlace puede responder por usted/));
  });
});
