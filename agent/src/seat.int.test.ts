import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SeatWatch } from './seat.ts';

/** A login manager that is played: it says who sits where, and notes each time it is asked. */
let bin: string;
const asked = () => (existsSync(join(bin, 'asked')) ? readFileSync(join(bin, 'asked'), 'utf8').length : 0);

function sits(account: string, locked: 'yes' | 'no'): void {
  const tool = `#!/bin/sh
printf x >> ${bin}/asked
[ "$1" = list-sessions ] && echo "3 1000 ${account} seat0 tty2" || echo ${locked}
`;
  writeFileSync(join(bin, 'loginctl'), tool, { mode: 0o755 });
}

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'throughline-seat-'));
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(bin, { recursive: true, force: true });
});

it('F046 who sits there is read at the moment of the answer when nobody watched', () => {
  const seat = new SeatWatch();
  sits('olivia', 'yes');
  expect(seat.now()).toEqual({ account: 'olivia', locked: true });
  sits('jun', 'no');
  expect(seat.now()).toEqual({ account: 'jun', locked: false });
});

it('F046 while somebody may answer it is read beside, again and again, and then no more', async () => {
  const seat = new SeatWatch();
  sits('olivia', 'yes');
  let wanted = true;
  seat.watch(() => wanted);
  seat.watch(() => wanted); // A second page: still one reader.
  await waitFor('a reading', () => asked() >= 2);
  sits('jun', 'no');
  await waitFor('the change to be known', () => seat.now().account === 'jun' && seat.now().locked === false, 10_000);
  wanted = false;
  // Readings may be under way; then none comes for many times the pause between them.
  let before = -1;
  await waitFor(
    'the reading to end',
    async () => {
      if (asked() === before) return true;
      before = asked();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      return false;
    },
    30_000,
  );
  wanted = true;
  seat.watch(() => wanted);
  await waitFor('it to be read again', () => asked() > before);
  wanted = false;
}, 60_000);
