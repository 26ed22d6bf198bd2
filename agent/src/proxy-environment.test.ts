import { expect, it } from 'vitest';
import { proxyFor } from './proxy-environment.ts';

const DESK = 'https://desk.example.com';

it('U42 takes the proxy for the kind of address, lower case first', () => {
  expect(proxyFor(DESK, {})).toBeNull();
  expect(proxyFor(DESK, { HTTPS_PROXY: 'http://p:3128', HTTP_PROXY: 'http://q:1' })).toBe('http://p:3128');
  expect(proxyFor('wss://desk.example.com/agent', { https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:1' })).toBe(
    'http://a:1',
  );
  expect(proxyFor('http://desk.example.com', { HTTPS_PROXY: 'http://p:1' })).toBeNull();
  expect(proxyFor('ws://desk.example.com', { HTTP_PROXY: 'q:1' })).toBe('http://q:1');
  expect(proxyFor(DESK, { ALL_PROXY: 'http://all:1' })).toBe('http://all:1');
});

it.each([
  ['*', true],
  ['desk.example.com', true],
  ['example.com', true],
  ['.example.com', true],
  ['*.example.com', true],
  ['DESK.Example.com', true],
  ['other.net, desk.example.com', true],
  ['desk.example.com:443', true],
  ['desk.example.com:8443', false],
  ['ample.com', false],
  ['desk.example.com.evil', false],
  ['', false],
])('U42 goes directly where NO_PROXY names the host: %s', (list, direct) => {
  expect(proxyFor(DESK, { HTTPS_PROXY: 'http://p:1', NO_PROXY: list }) === null).toBe(direct);
});

it('U42 knows numeric addresses', () => {
  const env = (list: string) => ({ HTTP_PROXY: 'http://p:1', NO_PROXY: list });
  expect(proxyFor('http://127.0.0.1:8080', env('127.0.0.1'))).toBeNull();
  expect(proxyFor('http://[::1]:8080', env('::1'))).toBeNull();
  expect(proxyFor('http://[::1]:8080', env('[::1]:8080'))).toBeNull();
  expect(proxyFor('http://[::1]:8080', env('[::1]:81'))).not.toBeNull();
});
