import { cleanup } from '@testing-library/vue';
import { afterEach, describe, expect, it } from 'vitest';
import { show } from '../../testing/render.ts';
import EndpointOwner from './EndpointOwner.vue';

const at = '2026-03-02T10:00:00.000Z';
const since = '2026-02-01T10:00:00.000Z';
const by = { rule: 'P-10', policyVersion: 3, policyLevel: 'client' };
const allowed = { classes: ['read_only', 'change'], fileHash: 'ab'.repeat(32), since, by };
const word = (over: object) => ({ sessionNumber: 2046, at, refusedWhy: null, allowed: null, ...over });
async function text(ownerWord: object | null) {
  const { container } = await show(EndpointOwner, { props: { endpoint: { ownerWord } } });
  return container.textContent?.replaceAll(/\s+/g, ' ') ?? '';
}

describe('U34 what a computer’s owner lets run unattended', () => {
  afterEach(cleanup);

  it('names classes, rule, file and since when, as the computer said it', async () => {
    const said = await text(word({ allowed }));
    expect(said).toContain('Commands that only readCommands that change something');
    expect(said).not.toContain('destroy data');
    expect(said).toContain('rule P-10, client policy version 3');
    expect(said).toContain('ab'.repeat(32));
    expect(said).toContain('session 2046');
  });
  it('says why where the owner allows nothing', async () =>
    expect(await text(word({ refusedWhy: 'The owner of this computer has not allowed unattended work.' }))).toContain(
      'Nothing. The owner of this computer has not allowed unattended work.',
    ));
  it('says so where the computer was never asked', async () =>
    expect(await text(null)).toContain('This computer has not said what its owner allows'));
});
