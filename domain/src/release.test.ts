import { expect, it } from 'vitest';
import { isNewer, zRelease } from './release.ts';

it('orders versions by their numbers, not by their letters', () => {
  expect(isNewer('0.10.0', '0.9.9')).toBe(true);
  expect(isNewer('1.0.0', '0.99.99')).toBe(true);
  expect(isNewer('0.1.0', '0.1.0')).toBe(false);
  expect(isNewer('0.1.0', '0.1.1')).toBe(false);
  expect(() => isNewer('1.0', '0.1.0')).toThrow('not a version');
  expect(() => isNewer('1.0.0-rc1', '0.1.0')).toThrow('not a version');
});

it('takes no release with a member it does not know', () => {
  const release = {
    ...{ v: 1, version: '0.2.0', platform: 'linux', arch: 'x64', bytes: 1, minProtocol: 2, notBefore: 0 },
    sha256: 'a'.repeat(64),
  };
  expect(zRelease.safeParse(release).success).toBe(true);
  expect(zRelease.safeParse({ ...release, run: 'me' }).success).toBe(false);
  expect(zRelease.safeParse({ ...release, sha256: 'A'.repeat(64) }).success).toBe(false);
});
