import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { timeZone } from './time-zone.ts';

const ofIntl = Intl.DateTimeFormat().resolvedOptions().timeZone;

describe('the time zone of this computer', () => {
  it('F007 is the one that Intl names', () => {
    expect(timeZone(process.env.TZ)).toBe(ofIntl);
  });

  it.each([
    ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    [':Europe/Madrid', 'Europe/Madrid'],
    ['Etc/UTC', 'UTC'],
    ['Etc/GMT+5', 'Etc/GMT+5'],
  ])('F007 TZ=%s says %s', (TZ, expected) => {
    expect(timeZone(TZ)).toBe(expected);
  });

  it.each(['EST5EDT,M3.2.0,M11.1.0', '/usr/share/zoneinfo/Europe/Madrid', '../etc/passwd', ''])(
    'F007 TZ=%s is no name, so Intl is asked',
    (TZ) => {
      expect(timeZone(TZ)).toBe(ofIntl);
    },
  );

  it('F007 is read from the link that the system keeps', () => {
    const folder = mkdtempSync(join(tmpdir(), 'throughline-zone-'));
    const linked = (target: string) => {
      const link = join(folder, target.replaceAll('/', '-'));
      symlinkSync(target, link);
      return timeZone(undefined, link);
    };
    expect(linked('/usr/share/zoneinfo/Asia/Kathmandu')).toBe('Asia/Kathmandu');
    expect(linked('/var/db/timezone/zoneinfo/America/Chicago')).toBe('America/Chicago');
    expect(linked('/somewhere/else')).toBe(ofIntl);
    writeFileSync(join(folder, 'copied'), 'TZif2');
    expect(timeZone(undefined, join(folder, 'copied'))).toBe(ofIntl);
  });
});
