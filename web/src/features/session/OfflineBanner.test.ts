import { cleanup } from '@testing-library/vue';
import { afterEach, expect, it } from 'vitest';
import { show } from '../../testing/render.ts';
import { at, sampleSession } from '../../testing/samples.ts';
import OfflineBanner from './OfflineBanner.vue';

afterEach(cleanup);
const banner = (over: object, status: 'active' | 'completed' = 'active') =>
  show(OfflineBanner, {
    props: { session: sampleSession({ status, endpoint: { ...sampleSession().endpoint, ...over } }) },
  });

it('F005 F016 says since when the endpoint is out of reach, and that nothing is lost', async () => {
  const { getByRole } = await banner({ online: false, lastSeenAt: at(5) });
  expect(getByRole('status').textContent).toMatch(/HARB-WS-07\s+is offline since/);
  expect(getByRole('status').querySelector('time')?.dateTime).toBe(at(5));
});
it('says nothing while it is online, nor once the session is over', async () => {
  expect((await banner({ online: true })).queryByRole('status')).toBeNull();
  cleanup();
  expect((await banner({ online: false, lastSeenAt: at(5) }, 'completed')).queryByRole('status')).toBeNull();
});
