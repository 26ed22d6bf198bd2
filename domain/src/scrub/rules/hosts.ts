import type { Found, Named } from '../found.ts';
import { isVendorDomain, isWellKnownHost } from '../well-known.ts';
import { type Rule, shape } from './shape.ts';

const words = (text: string): Set<string> => new Set(text.trim().split(/\s+/));

/** Ends of public names that are not also endings of files or parts of programs' names. */
const PUBLIC = words(`
  com net org edu gov mil int info biz example co us uk ca de fr ch at nl be lu it es pt se no dk fi ie cz hu ro gr eu mx br ar cl au nz jp cn
  kr sg hk tw za il tr ua ru io cloud tech online site shop dev ninja me tv fm sk si hr bg lt lv th ph vn ae sa ke ng
`);
/** Ends that files have too: only of a name with three parts or more. */
const LIKE_FILES = words('pl in is id my ee rs sh py ai app');
/** Ends that networks use at home. */
const PRIVATE = words(
  'local corp lan internal intern intra intranet localdomain home priv private ad domain test invalid ts',
);
/** Endings of a path in some program's name, not of a host: `System.IO`, `Microsoft.Win32.Registry`. */
const NAMESPACE = /^(?:System|Microsoft|Windows|java|javax|org|com|net|io|sun)\./;

const labels = (value: string): Named[] => {
  const [first = '', ...rest] = value.split('.');
  return [
    ...(first.length >= 4 && /[-\d]/.test(first) ? [{ kind: 'host' as const, value: first }] : []),
    ...(rest.length >= 2 ? [{ kind: 'domain' as const, value: rest.join('.') }] : []),
  ];
};

/** Names with dots whose end is a domain. */
function* domainNames(text: string): Iterable<Found> {
  for (const match of text.matchAll(/(?<![\w.@\\-])\w[\w-]{0,62}(?:\.[\w-]{1,63}){1,8}(?![\w-])/g)) {
    const value = match[0];
    const end = value.slice(value.lastIndexOf('.') + 1);
    const lower = end.toLowerCase();
    // `.Net` is no end of a name, `.net` and `.NET` are.
    const known = PUBLIC.has(lower) || (LIKE_FILES.has(lower) && value.split('.').length > 2);
    if (!(PRIVATE.has(lower) || (known && (end === lower || value === value.toUpperCase())))) continue;
    if (isVendorDomain(value) || isWellKnownHost(value) || NAMESPACE.test(value)) continue;
    if (/[([]/.test(text[match.index + value.length] ?? '') || /^\d+\.[a-z]{2}$/.test(value)) continue;
    yield { kind: 'host', value, start: match.index, end: match.index + value.length, also: labels(value) };
  }
}

/** Addresses of pages at hosts that are not a maker's: what stands behind such a host names sites, files and people. */
function* urls(text: string): Iterable<Found> {
  for (const match of text.matchAll(
    /\b(?:https?|ftps?|wss?):\/\/(?:[^\s/@"'<>\ue000]{1,200}@)?((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})(?::\d{1,5})?[/?][^\s"'<>\ue000]+/gi,
  )) {
    const host = match[1]!;
    const end = host.slice(host.lastIndexOf('.') + 1).toLowerCase();
    if (!(PUBLIC.has(end) || LIKE_FILES.has(end)) || isVendorDomain(host)) continue;
    const value = match[0].replace(/[.,;:!?)\]}]+$/, '');
    yield {
      kind: 'url',
      value,
      start: match.index,
      end: match.index + value.length,
      also: [{ kind: 'host', value: host }, ...labels(host)],
    };
  }
}

/** Lines of `hosts`: an address and its names. */
function* hostsLines(text: string): Iterable<Found> {
  for (const match of text.matchAll(
    /^[ \t]*(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::{1,2}[0-9a-f]{1,4}){1,8})((?:[ \t]+[a-z][\w.-]{1,62}){1,8})[ \t]*(?:[ \t]#[^\n]*)?\r?$/dgim,
  )) {
    const [from] = match.indices![1]!;
    for (const { index, 0: value } of match[1]!.matchAll(/[^ \t]+/g)) {
      if (isWellKnownHost(value) || isVendorDomain(value) || /^(?:ether|dynamic|static|incomplete)$/i.test(value))
        continue;
      yield { kind: 'host', value, start: from + index, end: from + index + value.length };
    }
  }
}

export const HOST_RULES: readonly Rule[] = [
  // netstat: `tcp 0 0 web01:ssh api-2:https`, and the names beside hardware addresses.
  shape('host', {
    pattern:
      /^[ \t]*(?:tcp|udp)\w*[ \t]+(?:\d+[ \t]+\d+[ \t]+)?(?<v>[a-z][\w.-]{1,62}):(?:\d{1,5}|[a-z][\w-]{1,20}|\*)(?=[ \t])/dgim,
    stays: isWellKnownHost,
  }),
  shape('host', {
    pattern:
      /^[ \t]*(?:tcp|udp)\w*[ \t]+(?:\d+[ \t]+\d+[ \t]+)?\S{3,80}[ \t]+(?<v>[a-z][\w.-]{1,62}):(?:\d{1,5}|[a-z][\w-]{1,20}|\*)(?=\s)/dgim,
    stays: isWellKnownHost,
  }),
  shape('host', {
    pattern:
      /^(?<v>[a-z][\w.-]{2,62})[ \t]+(?:ether[ \t]+|\([\d.]{7,15}\) at )?(?=[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}[ \t])/dgim,
    stays: (value) => isWellKnownHost(value) || /^(?:ether|hwaddr|lladdr|link)/i.test(value),
  }),
  // last: from where.
  shape('host', {
    pattern:
      /^\S{2,32}[ \t]+(?:pts\/\d+|tty\w*|ssh:notty)[ \t]+(?<v>[a-z][\w.-]{2,62})[ \t]+(?=(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[ \t])/dgim,
    stays: isWellKnownHost,
  }),
  // Names that Windows gives itself.
  shape('host', { pattern: /(?<![\w-])(?:DESKTOP-[A-Z0-9]{7}|LAPTOP-[A-Z0-9]{8}|WIN-[A-Z0-9]{11})(?![\w-])/dgi }),
  urls,
  domainNames,
  // `uname -a`
  shape('host', {
    pattern: /^(?:Linux|Darwin|FreeBSD|OpenBSD|NetBSD|SunOS|AIX) (?<v>[\w][\w.-]{1,62}) \d/dgm,
    stays: isWellKnownHost,
  }),
  // A line of a system log: time, host, program.
  shape('host', {
    pattern:
      /^(?:<\d{1,3}>)?(?:\d )?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.,:+Z-]{0,16}) (?<v>[\w][\w.-]{1,62}) (?=[\w./ -]{1,48}(?:\[\d+\])?:| ?[\w.-]{1,48} )/dgm,
    stays: isWellKnownHost,
  }),
  hostsLines,
  // nbtstat
  shape('host', {
    pattern: /^[ \t]+(?<v>[\w-]{2,15})[ \t]+<[0-9A-F]{2}>[ \t]+(?:UNIQUE|GROUP)/dgm,
    stays: isWellKnownHost,
  }),
  // gpresult
  shape('host', { pattern: /^RSOP data for \S{1,100} on (?<v>[\w.-]{2,63}) :/dgm, stays: isWellKnownHost }),
  // What `hostname` prints: nothing but a name with a figure and a dash.
  shape('host', {
    pattern: /^\s{0,4}(?<v>(?=[A-Z-]{0,12}\d)(?=[\d-]{0,12}[A-Z])[A-Z0-9]{1,14}(?:-[A-Z0-9]{1,14}){1,3})\s{0,4}$/dgi,
    stays: (value) => /^(?:utf|sha|aes|iso|md|rfc|kb|s)-?\d/i.test(value),
  }),
  // Behind an account: `root@web01:~#`, `ssh bob@web01`.
  shape('host', {
    pattern: /(?<=[\w.-]@)(?<v>[a-z][\w-]{1,62})(?=:[~/][^\n]{0,80}[#$]| ~?[^\s\]]{0,60}\][#$]|:~| *$)/dgim,
    stays: isWellKnownHost,
  }),
  shape('host', {
    pattern:
      /(?<![\w-])(?:(?:ssh|scp|sftp|telnet|ping|tracert|traceroute|nslookup|dig|Test-NetConnection|Enter-PSSession|-ComputerName|-Server|-CN)[ \t]+|mstsc \/v:|\/server:)(?<v>[a-z][\w-]{0,40}(?:-|\d)[\w-]{0,20})(?![\w.\\-])/dgi,
    stays: (value) => isWellKnownHost(value) || isVendorDomain(value),
  }),
  // Kerberos: `jsmith @ ACME.LOCAL`, `MSSQLSvc/sql01.acme.local:1433`.
  shape('account', {
    pattern: /(?<![\w.])(?<v>[\w./-]{1,100} @ [A-Z][A-Z0-9-]{0,62}(?:\.[A-Z0-9-]{1,62}){1,5})(?![\w-])/dg,
  }),
  shape('host', {
    pattern:
      /(?<![\w/])(?:MSSQLSvc|HTTP|HOST|TERMSRV|WSMAN|LDAP|CIFS|RestrictedKrbHost|DNS|GC|krbtgt)\/(?<v>[A-Za-z][\w-]{1,62}(?:\.[\w-]{1,62}){0,6})(?!\.?\d)/dg,
    stays: isWellKnownHost,
  }),
];
