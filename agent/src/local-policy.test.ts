import { expect, it } from 'vitest';
import { withinHours, zLocalPolicy } from './local-policy.ts';

it('is as strict as can be when the owner wrote nothing', () => {
  expect(zLocalPolicy.parse({})).toEqual({
    consent: 'required',
    approvalLink: false,
    readOnly: false,
    killSwitch: false,
    updates: 'signed',
    // Counts only once the owner writes consent: "unattended".
    unattended: ['read_only', 'change'],
  });
});

it('refuses a misspelt limit rather than having none', () => {
  expect(() => zLocalPolicy.parse({ readonly: true })).toThrow();
  expect(() => zLocalPolicy.parse({ hours: { from: '8:00', to: '18:00' } })).toThrow();
});

it('knows hours of one day and hours over midnight', () => {
  const at = (hour: number) => new Date(2026, 0, 5, hour, 30);
  expect([7, 8, 17, 18].map((hour) => withinHours({ from: '08:00', to: '18:00' }, at(hour)))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect([21, 22, 3, 6].map((hour) => withinHours({ from: '22:00', to: '06:00' }, at(hour)))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});
