import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemdUnit } from './systemd-unit.ts';

it('F002 leaves commands alone when the service stops, and does not restart a revoked runtime', () => {
  const unit = systemdUnit('/var/lib/throughline agent');
  expect(unit).toContain('\nKillMode=process\n');
  expect(unit).toContain('\nDelegate=yes\n');
  expect(unit).toContain('\nRestartPreventExitStatus=3 4 5 6\n');
  expect(unit).toContain('--data "/var/lib/throughline agent"');
});

it('is a unit file that systemd itself understands', ({ skip }) => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-unit-'));
  try {
    const path = join(folder, 'throughline-runtime.service');
    writeFileSync(path, systemdUnit('/var/lib/throughline-agent'));
    const answer = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
    if (answer.error) skip('systemd-analyze is not installed');
    const said = answer.stderr.split('\n').filter((line) => line.includes('throughline-runtime'));
    expect(said).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
