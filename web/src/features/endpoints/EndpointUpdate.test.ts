import { cleanup } from '@testing-library/vue';
import { afterEach, describe, expect, it } from 'vitest';
import { show } from '../../testing/render.ts';
import EndpointUpdate from './EndpointUpdate.vue';

const at = '2026-03-02T10:00:00.000Z';
const update = (state: string, reason = '') => ({ version: '0.3.0', fromVersion: '0.2.0', state, reason, at });
async function text(one: object | null, agentVersion = '0.2.0') {
  const { container } = await show(EndpointUpdate, { props: { endpoint: { agentVersion, update: one } } });
  return container.textContent?.replaceAll(/\s+/g, ' ') ?? '';
}

describe('U40 the version of an endpoint', () => {
  afterEach(cleanup);

  it.each([
    [null, 'Version 0.2.0No update is offered.'],
    [update('withdrawn'), 'Version 0.2.0No update is offered.'],
    [update('offered'), 'Update to 0.3.0offeredIt begins when it is connected and no command runs or waits.'],
    [update('checked'), 'Update to 0.3.0updatingFetched and checked.'],
    [update('rolled_back', 'it ended 3 times'), 'Update to 0.3.0rolled back0.2.0 is back: it ended 3 times'],
    [update('refused', 'The signature does not fit.'), 'Update to 0.3.0refusedThe signature does not fit.'],
  ])('says how the update stands: %o', async (one, words) => expect(await text(one)).toContain(words));

  it('is up to date after it', async () =>
    expect(await text(update('updated'), '0.3.0')).toContain('Version 0.3.0up to dateUpdated from 0.2.0.'));
});
