import type { Args } from './bash/rule.ts';
import { short } from './verdict.ts';

/** Services by what people call them. */
const KNOWN_AS: Readonly<Record<string, string>> = {
  cups: 'print service',
  'cups-browsed': 'print service',
  spooler: 'print service',
  lpd: 'print service',
  ssh: 'remote sign-in service',
  sshd: 'remote sign-in service',
  termservice: 'remote desktop service',
  nginx: 'web server',
  apache2: 'web server',
  httpd: 'web server',
  w3svc: 'web server',
  mysql: 'database',
  mysqld: 'database',
  mariadb: 'database',
  postgresql: 'database',
  mssqlserver: 'database',
  docker: 'container service',
  networkmanager: 'network service',
  'systemd-networkd': 'network service',
  'systemd-resolved': 'name service',
  dnscache: 'name service',
  sssd: 'sign-in service',
  netlogon: 'sign-in service',
  chronyd: 'clock service',
  ntpd: 'clock service',
  w32time: 'clock service',
  wuauserv: 'update service',
  bits: 'download service',
  bluetooth: 'Bluetooth service',
  audiosrv: 'sound service',
  postfix: 'mail server',
  dovecot: 'mail server',
  smbd: 'file share service',
  lanmanserver: 'file share service',
  ufw: 'firewall',
  firewalld: 'firewall',
};

/** `cups.service` → "the print service (cups)". */
export function service(name: string | null | undefined): string {
  if (name == null) return 'a service';
  const plain = name.replace(/\.service$/, '');
  const known = KNOWN_AS[plain.toLowerCase()];
  return known === undefined || !Object.hasOwn(KNOWN_AS, plain.toLowerCase())
    ? `the service ${short(plain)}`
    : `the ${known} (${short(plain)})`;
}

const SERVICE_VERBS: Readonly<Record<string, string>> = {
  start: 'starts',
  stop: 'stops',
  restart: 'restarts',
  'try-restart': 'restarts',
  reload: 'reloads the settings of',
  'force-reload': 'reloads the settings of',
  'reload-or-restart': 'restarts',
  enable: 'makes the computer start by itself',
  disable: 'keeps the computer from starting by itself',
  mask: 'keeps from ever starting',
  unmask: 'allows to start again',
  kill: 'ends',
  'reset-failed': 'clears the failure of',
  condrestart: 'restarts',
};

/** "restarts the print service (cups)"; null when the verb is none of these. */
export function services(verb: string | null | undefined, units: Args): string | null {
  const does = Object.hasOwn(SERVICE_VERBS, verb ?? '') ? SERVICE_VERBS[verb!] : undefined;
  return does === undefined || units.length === 0 ? null : `${does} ${units.slice(0, 3).map(service).join(', ')}`;
}
