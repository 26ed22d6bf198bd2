import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { loginUmask, withLoginSurroundings } from './login-surroundings.ts';

it('starts a command with the umask of a login, and keeps the service’s own', () => {
  const before = process.umask(0o077);
  try {
    const said = withLoginSurroundings(() => spawnSync('/bin/sh', ['-c', 'umask'], { encoding: 'utf8' }).stdout, {
      read: (path) => (path === '/etc/login.defs' ? '#UMASK 077\nUMASK\t\t027 # new logins\n' : ''),
      write: () => undefined,
    });
    expect(said.trim()).toBe('0027');
    expect(process.umask()).toBe(0o077);
  } finally {
    process.umask(before);
  }
});

it('reads the umask where login reads it', () => {
  expect(loginUmask('UMASK 002')).toBe(0o002);
  expect(loginUmask('# UMASK 077\nHOME_MODE 0700\n')).toBe(0o022);
});

it('takes back while a command starts that the service is spared when memory runs out', () => {
  let score = '-100\n';
  const files = {
    read: (path: string) => (path.endsWith('oom_score_adj') ? score : ''),
    write: (_path: string, text: string) => void (score = text),
  };
  expect(withLoginSurroundings(() => score, files)).toBe('0');
  expect(score).toBe('-100');
  const failing = () => {
    throw new RangeError('no such program');
  };
  expect(() => withLoginSurroundings(failing, files)).toThrow(RangeError);
  expect(score).toBe('-100');
});
