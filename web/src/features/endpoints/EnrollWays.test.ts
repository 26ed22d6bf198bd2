import { cleanup } from '@testing-library/vue';
import { afterEach, describe, expect, it } from 'vitest';
import { show } from '../../testing/render.ts';
import EnrollWays from './EnrollWays.vue';

describe('the two ways to enrol', () => {
  afterEach(cleanup);

  it('F001 shows the command of the source and that of the executable, each with a button that copies it', async () => {
    const token = { command: 'npm run agent -- enroll T', executableCommand: 'sudo ./throughline-runtime enroll T' };
    const { container, getByRole } = await show(EnrollWays, { props: { token } });
    expect([...container.querySelectorAll('pre')].map((pre) => pre.textContent)).toEqual([
      token.command,
      token.executableCommand,
    ]);
    expect(getByRole('button', { name: /Copy the source command/ })).toBeTruthy();
    expect(getByRole('button', { name: /Copy the install command/ })).toBeTruthy();
  });
});
