import { expect, it } from 'vitest';
import type { RunOrder } from '../run-order.ts';
import { MASK, childEnvironment, maskedEnvironment } from './environment.ts';
import { resolveFirstWord } from './first-word.ts';
import { loginEnvironment } from './login-environment.ts';

const order = { commandId: 'c-1', cwd: '/tmp', account: null } as RunOrder;
const root = { name: 'root', uid: 0, gid: 0, home: '/root', shell: '/bin/bash' };

it('F035 masks values behind secret-looking names and passwords in addresses, and keeps all names', () => {
  const masked = maskedEnvironment({
    GITHUB_TOKEN: 'x',
    DB_PASSWORD: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    API_KEY: 'x',
    SSH_PRIVATE: 'x',
    KEYBOARD: 'us',
    PWD: '/tmp',
    MONKEY: 'george',
    DATABASE_URL: 'postgres://app:s3cret@db:5432/x',
  });
  expect(masked).toEqual({
    GITHUB_TOKEN: MASK,
    DB_PASSWORD: MASK,
    AWS_SECRET_ACCESS_KEY: MASK,
    API_KEY: MASK,
    SSH_PRIVATE: MASK,
    KEYBOARD: 'us',
    PWD: '/tmp',
    MONKEY: 'george',
    DATABASE_URL: `postgres://app:${MASK}@db:5432/x`,
  });
});

it('keeps the runtime’s own settings from the child, and tags it', () => {
  const own = { PATH: '/bin', FOO: 'bar', THROUGHLINE_AGENT_DATA: '/d', HOME: '/root', XDG_RUNTIME_DIR: '/run/user/0' };
  expect(childEnvironment(order, own, root)).toEqual({
    ...{ PATH: '/bin', FOO: 'bar', XDG_RUNTIME_DIR: '/run/user/0' },
    ...{ HOME: '/root', USER: 'root', LOGNAME: 'root', SHELL: '/bin/bash' },
    ...{ PWD: '/tmp', THROUGHLINE_COMMAND: 'c-1' },
  });
});

it('gives a command of the service what systemd leaves out, and nothing of what it tells the service alone', () => {
  const own = { PATH: '/bin', INVOCATION_ID: 'a', JOURNAL_STREAM: '8:1', SYSTEMD_EXEC_PID: '7', LANG: 'C.UTF-8' };
  expect(childEnvironment(order, own, root)).toEqual({
    ...{ PATH: '/bin', LANG: 'C.UTF-8', PWD: '/tmp', THROUGHLINE_COMMAND: 'c-1' },
    ...{ HOME: '/root', USER: 'root', LOGNAME: 'root', SHELL: '/bin/bash' },
  });
});

it('F032 gives another account what its own login starts with, and nothing of the service', () => {
  const account = { name: 'ann', uid: 1000, gid: 1000, home: '/home/ann', shell: '/bin/zsh' };
  const own = { PATH: '/opt/service/bin', FOO: 'bar', MY_API_TOKEN: 'hunter2', HOME: '/root', XDG_RUNTIME_DIR: '/x' };
  const other = childEnvironment({ ...order, account }, own);
  expect(other).toMatchObject({ HOME: '/home/ann', USER: 'ann', LOGNAME: 'ann', SHELL: '/bin/zsh', PWD: '/tmp' });
  expect(other).toMatchObject({ THROUGHLINE_COMMAND: 'c-1' });
  for (const foreign of ['FOO', 'MY_API_TOKEN', 'XDG_RUNTIME_DIR']) expect(other[foreign]).toBeUndefined();
  expect(other.PATH).not.toContain('/opt/service/bin');
});

it('F032 reads a login’s PATH and locale where login reads them', () => {
  const files: Record<string, string> = {
    '/etc/login.defs': '# ENV_PATH\tPATH=/no\nENV_SUPATH\tPATH=/sbin:/bin\nENV_PATH\tPATH=/usr/bin:/bin:/usr/games\n',
    '/etc/default/locale': 'LANG="de_DE.UTF-8"\n# LC_ALL=x\n',
    '/etc/environment': "PROXY='http://p:1'\nexport A=b\n",
  };
  const read = (path: string) => files[path] ?? '';
  const account = { name: 'ann', uid: 4_000_000, gid: 1, home: '/home/ann', shell: '/bin/sh' };
  expect(loginEnvironment(account, read)).toEqual({
    PATH: '/usr/bin:/bin:/usr/games',
    LANG: 'de_DE.UTF-8',
    PROXY: 'http://p:1',
    A: 'b',
    HOME: '/home/ann',
    USER: 'ann',
    LOGNAME: 'ann',
    SHELL: '/bin/sh',
  });
  expect(loginEnvironment({ ...account, uid: 0 }, read).PATH).toBe('/sbin:/bin');
  expect(loginEnvironment(account, () => '').PATH).toBe('/usr/local/bin:/usr/bin:/bin');
});

it('F034 resolves the first word as the shell would, and leaves builtins and made-up words alone', () => {
  const resolve = (script: string) => resolveFirstWord('bash', script, process.env.PATH ?? '', '/');
  expect(resolve('ls -l')).toMatch(/\/ls$/);
  expect(resolve('\n# a note\nLANG=C FOO=1 ls; echo')).toMatch(/\/ls$/);
  expect(resolve('/bin/sh -c true')).toBe('/bin/sh');
  for (const script of ['echo hi', 'cd /tmp', '$(which ls)', '`x`', 'no-such-program-here', 'if true; then ls; fi', ''])
    expect(resolve(script)).toBeNull();
  expect(resolveFirstWord('pwsh', 'ls', '/bin', '/')).toBeNull();
});
