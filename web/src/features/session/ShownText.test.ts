import { cleanup } from '@testing-library/vue';
import { afterEach, describe, expect, it } from 'vitest';
import { at, sampleEntry } from '../../testing/samples.ts';
import { show } from '../../testing/render.ts';
import ShownText from './ShownText.vue';

const text = '¿Puede Jun cambiar algo en este equipo?\nJun escribió: “urgente \u202E”\nrm /tmp/x';
const answer = (shown?: object) =>
  sampleEntry(10, 'approval_decided', { approvalId: 'a', requestedAt: at(0), decidedAt: at(3), shown });
const full = {
  ...{ language: 'es', text, textHash: 'ab'.repeat(32), channel: 'loopback_page', locked: false },
  ...{ askedAt: at(1), shownAt: at(2), heardShownAt: null, heardAt: at(4) },
};

describe('what the page showed', () => {
  afterEach(cleanup);

  it('F046 is there word for word, with its language, hash and times, and what hides is marked', async () => {
    const { getByLabelText, getByText, container } = await show(ShownText, { props: { entry: answer(full) } });
    const page = getByLabelText('The page’s text');
    expect(page.textContent).toBe(text);
    expect(page.getAttribute('lang')).toBe('es');
    expect([...page.querySelectorAll('.odd')].map((odd) => odd.getAttribute('data-point'))).toEqual(['U+202E']);
    for (const words of ['Spanish', 'not locked', 'ab'.repeat(32)]) getByText(words);
    expect(container.textContent).toContain('13:02:00');
  });

  it.each([
    ['approve', /by the device’s clock: its owner lets such an answer count, and it signed that it took this one\./],
    ['deny', /by the device’s clock: it signed that it took this one\./],
  ])(
    'U33 says of an answer by a link that the owner lets it count only where that was asked: %s',
    async (decision, words) => {
      const link = { name: 'Olivia Hart', email: 'o@h.example', sentAt: at(0), openedAt: at(1), answeredAt: at(2) };
      const entry = answer({ ...full, channel: 'link_page' });
      Object.assign(entry.payload as object, { decision, link });
      const { getByText } = await show(ShownText, { props: { entry } });
      getByText(words);
    },
  );

  it('is not there for an answer that says nothing of it', async () => {
    const { container } = await show(ShownText, { props: { entry: answer() } });
    expect(container.querySelector('details')).toBeNull();
  });
});
