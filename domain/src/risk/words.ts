import type { Args } from './bash/rule.ts';
import { names, operandsIn, paths } from './naming.ts';
import { services } from './service-words.ts';
import { short } from './verdict.ts';

/** What a change does, in the words of a person who is asked to allow it: "restarts the print service (cups)". */

const POWER: Readonly<Record<string, string>> = {
  reboot: 'restarts the computer',
  poweroff: 'shuts the computer down',
  halt: 'shuts the computer down',
  suspend: 'puts the computer to sleep',
  hibernate: 'puts the computer to sleep',
};

/** What package managers do, whichever it is. */
function packages(name: string, [verb, ...which]: Args): string | null {
  switch (verb) {
    case 'install':
    case 'add':
    case 'reinstall':
    case 'i':
    case 'ci':
      return `installs ${names(which, 'packages')}`;
    case 'remove':
    case 'uninstall':
    case 'erase':
    case 'purge':
    case 'del':
      return `removes the software ${names(which, 'that is not needed')}`;
    case 'autoremove':
      return 'removes software that is not needed';
    case 'upgrade':
    case 'dist-upgrade':
    case 'full-upgrade':
    case 'refresh':
      return which.length > 0 ? `updates ${names(which)}` : 'updates all software it manages';
    case 'update':
      if (/^apt/.test(name)) return 'refreshes the list of available software';
      return which.length > 0 ? `updates ${names(which)}` : 'updates all software it manages';
    case 'clean':
    case 'autoclean':
      return 'deletes downloaded packages';
    default:
      return null;
  }
}
const MANAGERS =
  /^(apt|apt-get|aptitude|dnf|yum|microdnf|zypper|snap|flatpak|brew|pip|pip3|npm|yarn|gem|apk|winget|choco)$/;

const address = (operands: Args): string =>
  names(
    operands.filter((word) => word?.includes('://') || /^[\w-]+(\.[\w-]+)+(\/|$)/.test(word ?? '')).slice(0, 1),
    'an address',
  );

type Say = (operands: Args, args: Args) => string | null;
const PLAIN: Readonly<Record<string, Say>> = {
  rm: (o) => `deletes ${names(o)}`,
  unlink: (o) => `deletes ${names(o)}`,
  rmdir: (o) => `deletes the empty folder ${names(o)}`,
  mkdir: (o) => `creates the folder ${names(o)}`,
  touch: (o) => `creates the file ${names(o)}, or marks it as changed`,
  cp: (o) => `copies ${names(o.slice(0, -1))} to ${names(o.slice(-1))}`,
  mv: (o) => `moves ${names(o.slice(0, -1))} to ${names(o.slice(-1))}`,
  ln: (o) => `makes a link ${names(o.slice(1))} to ${names(o.slice(0, 1))}`,
  chmod: (o) => `changes who may use ${names(o.slice(1))}`,
  setfacl: (o) => `changes who may use ${names(o.slice(-1))}`,
  chown: (o) => `changes the owner of ${names(o.slice(1))}`,
  chgrp: (o) => `changes the group of ${names(o.slice(1))}`,
  chattr: (o) => `changes how ${names(o.slice(-1))} may be used`,
  tee: (o) => `writes to the file ${names(o)}`,
  sed: (o, args) =>
    args.some((arg) => /^(-[nErsuz]*i|--in-place)/.test(arg ?? '')) ? `changes the file ${names(o.slice(-1))}` : null,
  truncate: (_, args) => `changes the size of ${names(paths(args))}`,
  useradd: (o) => `creates the account ${names(o.slice(-1))}`,
  adduser: (o) => `creates the account ${names(o.slice(0, 1))}`,
  usermod: (o) => `changes the account ${names(o.slice(-1))}`,
  userdel: (o) => `deletes the account ${names(o.slice(-1))}`,
  deluser: (o) => `deletes the account ${names(o.slice(0, 1))}`,
  passwd: (o) => (o.length > 0 ? `changes the password of ${names(o)}` : 'changes a password'),
  chpasswd: () => 'changes passwords',
  chage: (o) => `changes when the password of ${names(o.slice(-1))} runs out`,
  gpasswd: (o) => `changes the members of the group ${names(o.slice(-1))}`,
  groupadd: (o) => `creates the group ${names(o.slice(-1))}`,
  groupdel: (o) => `deletes the group ${names(o.slice(-1))}`,
  kill: (o) => `ends or signals process ${names(o)}`,
  pkill: (o) => `ends or signals every process called ${names(o.slice(-1))}`,
  killall: (o) => `ends or signals every process called ${names(o)}`,
  ...Object.fromEntries(Object.entries(POWER).map(([name, words]) => [name, () => words])),
  shutdown: (_, args) =>
    args.some((arg) => /^(-c|\/a)$/.test(arg ?? ''))
      ? 'calls off a shutdown'
      : args.some((arg) => /^(-r|--reboot|\/r|\/g)$/.test(arg ?? ''))
        ? POWER.reboot!
        : POWER.poweroff!,
  init: () => 'restarts the computer, or changes what runs on it',
  mount: (_, args) => `makes a drive available: ${names(paths(args))}`,
  umount: (o) => `takes a drive away: ${names(o)}`,
  ip: () => 'changes network settings',
  ifconfig: () => 'changes network settings',
  route: () => 'changes network settings',
  nmcli: () => 'changes network settings',
  dhclient: () => 'asks for a new network address',
  resolvectl: () => 'changes how names are looked up',
  ufw: () => 'changes the firewall',
  iptables: () => 'changes the firewall',
  ip6tables: () => 'changes the firewall',
  nft: () => 'changes the firewall',
  'firewall-cmd': () => 'changes the firewall',
  lpadmin: (_, args) =>
    `${args.includes('-x') ? 'removes' : 'changes'} the printer ${names([args[args.findIndex((arg) => /^-[xpd]$/.test(arg ?? '')) + 1] ?? null])}`,
  cupsenable: (o) => `lets the printer ${names(o)} print again`,
  cupsdisable: (o) => `stops the printer ${names(o)}`,
  cancel: (o) => `cancels print jobs${o.length > 0 ? ` of ${names(o)}` : ''}`,
  lprm: () => 'cancels print jobs',
  lp: (o) => `prints ${names(o.slice(-1))}`,
  lpr: (o) => `prints ${names(o.slice(-1))}`,
  crontab: () => 'changes what runs by the clock',
  at: () => 'has something run later',
  sysctl: (o) => `changes settings of the system’s core: ${names(o, 'from its files')}`,
  modprobe: (o) => `loads or removes the driver ${names(o.slice(0, 1))}`,
  hostnamectl: () => 'changes the computer’s name or description',
  timedatectl: () => 'changes clock or time zone',
  date: () => 'sets the clock',
  hwclock: () => 'sets the clock',
  certbot: () => 'gets or renews certificates',
  'update-ca-certificates': () => 'changes which certificates the computer trusts',
  openssl: () => 'makes or changes keys or certificates',
  source: (o) => `runs the script ${names(o.slice(0, 1))}`,
  '.': (o) => `runs the script ${names(o.slice(0, 1))}`,
  bash: (o) => (o.length > 0 ? `runs the script ${names(o.slice(0, 1))}` : 'runs what it is handed as a script'),
  sh: (o) => (o.length > 0 ? `runs the script ${names(o.slice(0, 1))}` : 'runs what it is handed as a script'),
  python3: (o) => `runs a Python program ${names(o.slice(0, 1), '')}`.trim(),
  python: (o) => `runs a Python program ${names(o.slice(0, 1), '')}`.trim(),
  perl: () => 'runs a Perl program',
  ssh: (o) => `runs a command on another computer, ${names(o.slice(0, 1))}`,
  scp: (o) => `copies files between computers: ${names(o)}`,
  rsync: (o) => `copies files: ${names(o.slice(0, -1))} to ${names(o.slice(-1))}`,
  tar: () => 'packs or unpacks files',
  unzip: (o) => `unpacks ${names(o.slice(0, 1))}`,
  zip: (o) => `packs files into ${names(o.slice(0, 1))}`,
  curl: (o) => `sends something to, or saves something from, ${address(o)}`,
  wget: (o) => `saves something from ${address(o)}`,
};

/** What a Unix command that is not known to only read does, where that is known; null otherwise. */
export function changeOnUnix(name: string, args: Args): string | null {
  const operands = operandsIn(args);
  if (name === 'systemctl') {
    const power = POWER[operands[0] ?? ''];
    if (power !== undefined && Object.hasOwn(POWER, operands[0] ?? '')) return power;
    if (operands[0] === 'daemon-reload') return 'makes the system read its services’ settings again';
    return services(operands[0], operands.slice(1));
  }
  if (/^(service|rc-service)$/.test(name)) return services(operands[1], operands.slice(0, 1));
  if (MANAGERS.test(name)) return packages(name, operands);
  if (/^(docker|podman)$/.test(name)) return containers(operands);
  if (Object.hasOwn(PLAIN, name)) return PLAIN[name]!(operands, args);
  return /^\.{0,2}\/[^/]/.test(name) ? `runs the program ${short(name)}` : null;
}

function containers([verb, ...which]: Args): string | null {
  const does: Readonly<Record<string, string>> = {
    start: 'starts the container',
    stop: 'stops the container',
    restart: 'restarts the container',
    kill: 'ends the container',
    rm: 'removes the container',
    run: 'starts a new container of',
    pull: 'downloads the image',
    rmi: 'removes the image',
    exec: 'runs a command inside the container',
  };
  return Object.hasOwn(does, verb ?? '') ? `${does[verb!]} ${names(which.slice(0, 1))}` : null;
}
