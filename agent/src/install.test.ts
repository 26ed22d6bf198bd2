import { chmodSync, existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDataFolder } from './data-folder.ts';
import { install, printService } from './install.ts';
import type { ServiceHost } from './service-host.ts';
import { uninstall } from './uninstall.ts';

let root: string;
let data: string;
let host: ServiceHost;
let calls: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'throughline-install-'));
  data = join(root, 'var/lib/throughline-agent');
  calls = [];
  const executable = join(root, 'downloaded');
  writeFileSync(executable, 'the program');
  host = {
    executable,
    platform: 'linux',
    isRoot: true,
    root,
    hasSystemd: true,
    systemctl: (...args) => void calls.push(args.join(' ')),
  };
  writeFileSync(openDataFolder(data).identity, '{}');
});
afterEach(() => rmSync(root, { recursive: true }));

const unit = () => join(root, 'etc/systemd/system/throughline-runtime.service');
const program = () => join(root, 'usr/local/lib/throughline/throughline-runtime');

it('places program, unit and link, and has systemd start it', () => {
  expect(install({ data, start: true }, host)).toContain('✓ Started');
  expect(readFileSync(program(), 'utf8')).toBe('the program');
  expect(readlinkSync(join(root, 'usr/local/bin/throughline-runtime'))).toBe('../lib/throughline/throughline-runtime');
  expect(readFileSync(unit(), 'utf8')).toContain(
    `\nExecStart=/usr/local/lib/throughline/throughline-runtime run --data ${data}\n`,
  );
  expect(calls).toEqual(['daemon-reload', 'enable throughline-runtime', 'restart throughline-runtime']);
});

it('replaces an older program, also while that one runs', () => {
  install({ data, start: true }, host);
  writeFileSync(host.executable ?? '', 'a newer program');
  install({ data, start: true }, host);
  expect(readFileSync(program(), 'utf8')).toBe('a newer program');
  // Repairs itself when it is the installed one that is asked to.
  install({ data, start: false }, { ...host, executable: program() });
  expect(readFileSync(program(), 'utf8')).toBe('a newer program');
});

it('says why it cannot, and writes nothing then', () => {
  const refusal = (change: Partial<ServiceHost>) => () => install({ data, start: true }, { ...host, ...change });
  expect(refusal({ executable: null })).toThrow('npm run agent:build');
  expect(refusal({ platform: 'darwin' })).toThrow('--print launchd');
  expect(refusal({ isRoot: false })).toThrow('sudo');
  expect(refusal({ hasSystemd: false })).toThrow('not run by systemd');
  expect(() => install({ data: join(root, 'elsewhere'), start: true }, host)).toThrow('not enrolled');
  chmodSync(data, 0o777);
  expect(refusal({})).toThrow('must not trust it');
  expect(existsSync(program())).toBe(false);
  expect(calls).toEqual([]);
});

it('undoes all of it, keeps the data when told to, and touches no service of another folder', () => {
  install({ data, start: true }, host);
  calls.length = 0;
  const other = openDataFolder(join(root, 'other')).root;
  uninstall({ data: other, keepData: false, yes: true }, host);
  expect(existsSync(other)).toBe(false);
  expect(calls).toEqual([]);
  expect(() => uninstall({ data, keepData: true, yes: false }, host)).toThrow('add --yes');
  expect(uninstall({ data, keepData: true, yes: true }, host)).toContain('Kept');
  expect(calls).toEqual(['disable --now throughline-runtime', 'daemon-reload']);
  expect([unit(), program(), join(root, 'usr/local/bin/throughline-runtime'), data].map(existsSync)).toEqual([
    false,
    false,
    false,
    true,
  ]);
  uninstall({ data, keepData: false, yes: true }, host);
  expect(existsSync(data)).toBe(false);
});

it('writes service files for systems it does not set up itself', () => {
  expect(printService('launchd', { data: '/a & b' })).toContain('<string>/a &amp; b</string>');
  expect(printService('launchd', {})).toMatch(/<key>AbandonProcessGroup<\/key>\s*<true\/>/);
  expect(printService('windows', {})).toContain(
    '<arguments>run --data "C:\\ProgramData\\Throughline\\runtime"</arguments>',
  );
  printService('launchd', { prefix: root });
  expect(existsSync(join(root, 'Library/LaunchDaemons/throughline-runtime.plist'))).toBe(true);
  expect(() => printService('upstart', {})).toThrow('systemd, launchd or windows');
});
