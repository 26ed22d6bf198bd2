import type { PsArgs } from './rule.ts';
import { names } from '../naming.ts';
import { service } from '../service-words.ts';
import { changeOnUnix } from '../words.ts';
import { noun } from './nouns.ts';
import { short } from '../verdict.ts';

/** What approved verbs of PowerShell do, in the words of a person (Microsoft's list of approved verbs, and the few others in use). */
const VERBS: Readonly<Record<string, string>> = {
  add: 'adds',
  approve: 'approves',
  backup: 'backs up',
  block: 'blocks',
  checkpoint: 'makes a restore point of',
  clear: 'empties',
  close: 'closes',
  complete: 'completes',
  compress: 'packs',
  connect: 'connects to',
  copy: 'copies',
  disable: 'turns off',
  disconnect: 'disconnects',
  dismount: 'takes away',
  enable: 'turns on',
  enter: 'opens',
  expand: 'unpacks',
  export: 'writes to a file:',
  format: 'formats',
  grant: 'gives rights to',
  import: 'brings in',
  initialize: 'sets up anew',
  install: 'installs',
  limit: 'limits',
  lock: 'locks',
  mount: 'makes available',
  move: 'moves',
  new: 'creates',
  optimize: 'optimises',
  publish: 'publishes',
  register: 'registers',
  remove: 'removes',
  rename: 'renames',
  repair: 'repairs',
  reset: 'resets',
  resize: 'changes the size of',
  restart: 'restarts',
  restore: 'restores',
  resume: 'continues',
  revoke: 'takes rights from',
  save: 'saves',
  send: 'sends',
  set: 'changes',
  start: 'starts',
  stop: 'stops',
  suspend: 'pauses',
  sync: 'synchronises',
  unblock: 'unblocks',
  uninstall: 'uninstalls',
  unlock: 'unlocks',
  unregister: 'unregisters',
  update: 'updates',
  write: 'writes',
};

/** Whole commands whose words the verb alone does not give. */
const WHOLE: Readonly<Record<string, string>> = {
  'restart-computer': 'restarts the computer',
  'stop-computer': 'shuts the computer down',
  'rename-computer': 'changes the computer’s name',
  'checkpoint-computer': 'makes a restore point of the computer',
  'set-executionpolicy': 'changes which scripts may run',
  'invoke-command': 'runs a script, perhaps on another computer',
  'start-process': 'starts a program',
  'out-file': 'writes to a file',
  'tee-object': 'writes to a file',
  'set-date': 'sets the clock',
  'import-module': 'loads more commands, which may run code',
  gpupdate: 'applies the company’s settings again',
  iisreset: 'restarts the web server',
  sfc: 'checks Windows’ own files and repairs them',
  dism: 'changes or repairs parts of Windows',
  msiexec: 'installs or removes software',
  wusa: 'installs or removes a Windows update',
  chkdsk: 'checks a drive and may repair it',
  schtasks: 'changes what runs by the clock',
  icacls: 'changes who may use files',
  takeown: 'takes over files',
  taskkill: 'ends processes',
  netsh: 'changes network settings',
  route: 'changes network settings',
  powercfg: 'changes power settings',
  bcdedit: 'changes how the computer starts',
  certutil: 'changes certificates, or fetches something',
  diskpart: 'changes drives',
  logoff: 'signs somebody off',
};

const PLACES =
  /^-(name|identity|path|literalpath|filepath|displayname|taskname|printername|driveletter|mountpoint|interfacealias|id|processname)$/i;

const ITEMS: Readonly<Record<string, string>> = { remove: 'deletes', set: 'changes', add: 'adds to', clear: 'empties' };

/** A path of one of PowerShell's drives. */
function place(path: string): string {
  if (/^(HK\w\w|HKLM|HKCU|Registry):/i.test(path)) return `the registry key ${short(path)}`;
  if (/^Cert:/i.test(path)) return `the certificate ${short(path)}`;
  return /^Env:/i.test(path) ? `the setting ${short(path)}` : short(path);
}

/** What is named by position, or by the parameter that usually names it. */
function object(args: PsArgs): string | null {
  const named = args.findIndex((arg) => PLACES.test(arg ?? ''));
  if (named !== -1) return args[named + 1] ?? null;
  const [first] = args;
  return first != null && !first.startsWith('-') && first !== '{}' ? first : null;
}

/** What a PowerShell command or a program of Windows changes, where that is known; null otherwise. */
export function changeOnWindows(name: string, written: string, args: PsArgs): string | null {
  if (Object.hasOwn(WHOLE, name)) return WHOLE[name]!;
  const target = object(args);
  const [verb = '', thing = ''] = name.split('-');
  if (thing === 'service' && Object.hasOwn(VERBS, verb))
    return `${verb === 'set' ? 'changes how it starts or runs:' : VERBS[verb]} ${target === null ? 'services' : service(target)}`;
  if (/^(net|sc)$/.test(name)) return ofNet(name, args);
  if (name === 'ipconfig')
    return args.some((arg) => /flushdns/i.test(arg ?? ''))
      ? 'empties the memory of looked-up names'
      : 'changes network settings';
  if (name === 'reg') return `changes the registry: ${names(args.slice(1, 2))}`;
  if (thing !== '' && !thing.endsWith('.exe') && Object.hasOwn(VERBS, verb)) {
    if (/^(item|content)$/.test(thing))
      return `${ITEMS[verb] ?? VERBS[verb]} ${target === null ? 'files' : place(target)}`;
    if (/member$/.test(thing))
      return `${verb === 'add' ? 'adds to' : 'takes from'} the group ${target === null ? '' : short(target)}`.trim();
    const called = noun(written.slice(written.indexOf('-') + 1));
    return `${VERBS[verb]} ${target === null ? `the ${called}` : `the ${called} ${short(target)}`}`;
  }
  return changeOnUnix(name, args);
}

function ofNet(name: string, [verb, target]: PsArgs): string | null {
  if (/^(start|stop|pause|continue)$/i.test(verb ?? '') && target != null)
    return `${VERBS[verb!.toLowerCase()] ?? 'continues'} ${service(target)}`;
  if (name === 'sc') return target == null ? null : `changes ${service(target)}`;
  if (/^(user|group|localgroup)$/i.test(verb ?? ''))
    return `changes the ${verb!.toLowerCase() === 'user' ? 'account' : 'group'} ${names([target ?? null])}`;
  if (/^use$/i.test(verb ?? '')) return 'connects or disconnects a network drive';
  return null;
}
