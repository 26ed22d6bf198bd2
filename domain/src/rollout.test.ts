import { describe, expect, it } from 'vitest';
import { covers, mayOffer, placeOf } from './rollout.ts';

const ids = Array.from(
  { length: 5000 },
  (_, i) => `0190${i.toString(16).padStart(4, '0')}-7c3a-4f00-8000-00000000${i.toString(16).padStart(4, '0')}`,
);
const share = (version: string, percent: number) =>
  ids.filter((id) => covers({ version, clientId: null, endpointId: null, percent }, { id, clientId: 'c' }));

describe('a share of the endpoints', () => {
  it('is the same each time, about as large as asked, and only grows with the percentage', () => {
    expect(placeOf('1.2.3', '0190a000-7c3a-4f00-8000-000000000001')).toBe(
      placeOf('1.2.3', '0190a000-7c3a-4f00-8000-000000000001'),
    );
    let before: string[] = [];
    for (const percent of [1, 10, 25, 50, 100]) {
      const now = share('1.2.3', percent);
      expect(now.length / ids.length).toBeGreaterThan(percent / 100 - 0.02);
      expect(now.length / ids.length).toBeLessThan(percent / 100 + 0.02);
      expect(before.every((id) => now.includes(id))).toBe(true);
      before = now;
    }
    expect(before).toEqual(ids);
  });

  it('begins with others at the next version', () => {
    const [a, b] = [share('1.2.3', 10), share('1.2.4', 10)];
    expect(a.filter((id) => b.includes(id)).length).toBeLessThan(a.length / 2);
  });
});

it('a rollout is for those who fit all of its parts', () => {
  const endpoint = { id: 'e', clientId: 'c' };
  const all = { version: '1.0.0', clientId: null, endpointId: null, percent: null };
  expect(covers({ ...all, clientId: 'c', endpointId: 'e', percent: 100 }, endpoint)).toBe(true);
  expect(covers({ ...all, clientId: 'other' }, endpoint)).toBe(false);
  expect(covers({ ...all, endpointId: 'other' }, endpoint)).toBe(false);
  expect(covers({ ...all, clientId: 'c', percent: 0 }, endpoint)).toBe(false);
});

it('offers only what is newer, and speaks a protocol that this server serves', () => {
  expect(mayOffer({ version: '0.3.0', minProtocol: 2 }, '0.2.9')).toBe(true);
  for (const running of ['0.3.0', '0.10.0', '1.0.0', '0.1.0-scripted'])
    expect(mayOffer({ version: '0.3.0', minProtocol: 2 }, running)).toBe(false);
  expect(mayOffer({ version: '0.3.0', minProtocol: 3 }, '0.2.9')).toBe(false);
});
