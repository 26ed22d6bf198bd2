import { describe, expect, it } from 'vitest';
import { globalId } from '../testing/samples.ts';
import { idIn, oneIn, someIn, textIn, withChosen } from './address.ts';

const SCRIPT = '<script>alert(1)</script>';
const LONG = 'x'.repeat(10_000);

describe('what an address says', () => {
  it('F076 is a text no longer than its field, on one line', () => {
    expect(textIn(LONG)).toHaveLength(200);
    expect(textIn(LONG, 500)).toHaveLength(500);
    expect(textIn('a\u0000b\r\nc')).toBe('a b c');
    expect(textIn(SCRIPT)).toBe(SCRIPT);
    expect([textIn(['a', 'b']), textIn(null), textIn(undefined)]).toEqual(['', '', '']);
  });

  it('F076 is one or some of what is known', () => {
    expect(oneIn('online', ['online', 'offline'])).toBe('online');
    for (const odd of ['', 'Online', 'constructor', SCRIPT, LONG, ['online'], null, undefined])
      expect(oneIn(odd, ['online', 'offline'])).toBe('');
    expect(someIn('sla.wait.sla.__proto__..', ['wait', 'sla'])).toEqual(['wait', 'sla']);
    expect(someIn(['sla', 'wait'], ['wait', 'sla'])).toEqual([]);
  });

  it('F076 is an id of the kind that is asked for', () => {
    const id = globalId('Client', 1);
    expect(idIn(id, 'Client')).toBe(id);
    const odd = ['', '1', 'ä', SCRIPT, LONG, btoa('Client:1'), btoa(`x${atob(id)}`), btoa(`${atob(id)}\n`), [id], null];
    for (const given of odd) expect(idIn(given, 'Client')).toBe('');
    expect(idIn(id, 'ClientGroup')).toBe('');
  });

  it('F076 shows what is chosen and not among the choices in words, never as an id', () => {
    const choices = [{ value: '*', text: 'All' }];
    expect(withChosen(choices, '*', true)).toEqual(choices);
    expect(withChosen(choices, 'x', false).at(-1)).toEqual({ value: 'x', text: '…' });
    expect(withChosen(choices, 'x', true).at(-1)).toEqual({ value: 'x', text: 'Unknown' });
  });
});
