import { describe, expect, it } from 'vitest';
import { blockList, guardedLookup, mayConnect, outboundUrlFault } from './outbound-address.ts';

const nothing = blockList('');

describe('where a webhook may lead', () => {
  it.each([
    ...[
      '127.0.0.1',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '255.255.255.255',
    ],
    ...[
      '::1',
      '::',
      'fe80::1',
      'fd00::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '2001::1',
    ],
    'localhost',
  ])('not to %s', (address) => {
    expect(mayConnect(address, nothing)).toBe(false);
  });

  it.each(['1.1.1.1', '172.32.0.1', '2606:4700:4700::1111'])('to %s', (address) => {
    expect(mayConnect(address, nothing)).toBe(true);
  });

  it('to a private network that the operator named, and to no other', () => {
    const allowed = blockList('10.1.0.0/16, fd00::/8');
    expect(['10.1.9.9', 'fd00::1', '10.2.0.1', '127.0.0.1'].map((each) => mayConnect(each, allowed))).toEqual([
      ...[true, true, false, false],
    ]);
    expect(() => blockList('10.1.0.0')).toThrow(/10\.1\.0\.0 is not a network/);
  });

  it.each([
    ['ftp://hooks.example/x', /https:/],
    ['http://hooks.example/x', /https:/],
    ['https://me:word@hooks.example/x', /name and password/],
    ['not an address', /not a web address/],
    [`https://hooks.example/${'x'.repeat(2000)}`, /not a web address/],
    ['https://192.168.1.1/x', /private network/],
    ['https://2130706433/x', /private network/],
    ['https://0x7f.1/x', /private network/],
    ['https://[::ffff:10.0.0.1]/x', /private network/],
    ['http://127.0.0.1/x', /private network/],
  ])('%s is refused in words', (url, words) => {
    expect(outboundUrlFault(url, nothing)).toMatch(words);
  });

  it('takes https, and http on this computer when its network is allowed', () => {
    expect(outboundUrlFault('https://hooks.example/services/T0/B0/x', nothing)).toBeNull();
    expect(outboundUrlFault('http://127.0.0.1:9000/x', blockList('127.0.0.0/8'))).toBeNull();
  });

  it('a name that leads to this computer is refused at the connection', async () => {
    const look = (allowed: typeof nothing) =>
      new Promise<unknown>((resolve) =>
        guardedLookup(allowed)('localhost', { all: true }, (error, addresses) => resolve(error?.code ?? addresses)),
      );
    expect(await look(nothing)).toBe('PRIVATE_ADDRESS');
    expect(await look(blockList('127.0.0.0/8 ::1/128'))).not.toBe('PRIVATE_ADDRESS');
  });
});
