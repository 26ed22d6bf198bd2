import { NOTHING, type ReadingRule, type Rules, exactly, getopt, has, some, verbs } from './rule.ts';

const PATH = /^\/[\w./-]+$/;

/** Commands of a router or telephone exchange that show; `!` and `|` are left out. */
const SHOWS =
  /^((core|sip|pjsip|iax2|dahdi|queue|voicemail|dialplan|module|rtp|manager|database|confbridge|parking|bridge) )?show( [\w.@:/-]+)*$/;
const shell =
  (flag: RegExp, reads: RegExp): ReadingRule =>
  (args) =>
    args.length > 0 && args.length % 2 === 0 && args.every((arg, i) => (i % 2 === 0 ? flag : reads).test(arg ?? '\n'));

const mailId = exactly(/^\w[\w-]*$/);
const exim: ReadingRule = (args) => {
  if (/^-(bp|bpc|bpr|bV)$/.test(args[0] ?? '')) return args.length === 1;
  if (/^-Mv[bhl]$/.test(args[0] ?? '')) return args.length === 2 && mailId(args.slice(1));
  if (args[0] === '-bP') return exactly(/^\w+$/)(args.slice(1));
  return args[0] === '-bt' && exactly(/^\w[\w.+@-]*$/)(args.slice(1));
};
const phpFpm = some(/^-(t|tt|v|m|i)$/);

/** Keys that an agent answers by itself; others may be commands of the administrator's. */
const ZABBIX_KEY =
  /^(agent\.(ping|version|hostname)|system\.(uptime|hostname|uname|localtime|boottime|cpu\.(load|num|util)|swap\.size)|vm\.memory\.size|vfs\.fs\.(size|inode)|net\.if\.(in|out|discovery))(\[[\w,./-]*\])?$/;

const falconctl: ReadingRule = (args) =>
  args[0] === '-g' && exactly(/^--(cid|aid|apd|aph|app|rfm-state|rfm-reason|version|tags|backend)$/)(args.slice(1));

/** Mail, web, telephone and directory services, backups, agents of monitoring and security. */
export const DAEMON_RULES: Rules = {
  exim,
  exim4: exim,
  exiqgrep: exactly(/^(-[zxcibl]+|-[fr]|-[oy]\d*|\w[\w.@-]*)$/),
  // Perl runs a file's name with a `|` in it.
  exigrep: exactly(/^(-[IlvM]|[\w\/][\w@.\/-]*)$/),
  exiwhat: NOTHING,
  qshape: exactly(/^(-s|active|deferred|incoming|hold|maildrop|bounce)$/),
  pflogsumm: exactly(/^(-d|today|yesterday|\/[\w./-]+)$/),
  postmap: (args) =>
    /^-q.+|^-q$/.test(args[0] ?? '') &&
    getopt({
      flags: '',
      valued: { q: /^[^-]/ },
      operand: /^((hash|btree|lmdb|cdb|texthash|cidr|regexp|pcre):)?\/[\w./-]+$/,
    })(args),
  varnishstat: some(/^-1$/),
  squid: (args) =>
    args.length === 2 && args[0] === '-k'
      ? /^(parse|check)$/.test(args[1] ?? '')
      : args.length === 1 && /^(-v|--version)$/.test(args[0] ?? ''),
  a2query: exactly(/^(-[smcdvMqa]|\w[\w.-]*)$/),
  ...Object.fromEntries(['7.4', '8.0', '8.1', '8.2', '8.3', '8.4'].map((version) => [`php-fpm${version}`, phpFpm])),
  logrotate: (args) => has(args, /^-(d|dv|vd)$/) && exactly(/^(-d|-v|-dv|-vd|\/[\w./-]+)$/)(args),
  promtool: (args) =>
    args[0] === 'check' && /^(config|rules|web-config)$/.test(args[1] ?? '') && some(PATH)(args.slice(2)),
  nagios: (args) => args[0] === '-v' && args.length === 2 && PATH.test(args[1] ?? ''),
  zabbix_get: (args) =>
    getopt({ flags: '', valued: { s: /^\w[\w.:-]*$/, p: /^\d+$/, k: ZABBIX_KEY }, operand: /(?!)/ })(args) &&
    has(args, /^-k/),
  'datadog-agent': verbs({ reads: /^(status|version|health|configcheck)$/ }),
  facter: exactly(/^[a-z]\w*(\.\w+)*$/),
  puppet: verbs({ reads: /^config print( \w+)*$/, options: /^--version$/ }),
  clamscan: exactly(
    /^(-[rivV]+|--(recursive|infected|no-summary|version|quiet|suppress-ok-results|max-filesize=\w+|max-scansize=\w+|exclude(-dir)?=.*)|[^-].*)$/,
  ),
  mdatp: verbs({
    reads: /^(health|version|connectivity test|threat list|exclusion list|definitions path)$/,
    options: /^--(field|output|details)(=\w+)?$/,
    valued: /^--(field|output)$/,
  }),
  falconctl,
  '/opt/CrowdStrike/falconctl': falconctl,
  sentinelctl: verbs({ reads: /^(status|version|(control|management|engines) status|management uuid get)$/ }),
  asterisk: (args) =>
    (args.length === 1 && args[0] === '-V') ||
    (args.length === 2 && /^-(rx|nrx|rnx)$/.test(args[0] ?? '') && SHOWS.test(args[1] ?? '')),
  fs_cli: shell(
    /^-x$/,
    /^(status|(sofia|uptime) ?status( [\w ]+)?|show (calls|channels|registrations|status)( count)?)$/,
  ),
  vtysh: shell(/^-c$/, /^show [\w ./:-]+$/),
  birdc: verbs({
    reads: /^show (status|protocols( all)?( \w+)?|route( count| summary)?|interfaces( summary)?|memory)$/,
  }),
  'gitlab-ctl': verbs({ reads: /^(status( [\w-]+)?|service-list)$/ }),
  pihole: exactly(/^(status|version|-v)$/),
  pdnsutil: verbs({ reads: /^(list-all-zones|(list-zone|show-zone|check-zone) [\w.-]+|check-all-zones)$/ }),
  // The settings only: other databases hold everybody's password hashes.
  slapcat: (args) => args.length === 2 && args[0] === '-n' && args[1] === '0',
  ipa: verbs({ reads: /^([a-z]+-(find|show)( [\w.@-]+)?|ping)$/ }),
  ipactl: exactly(/^status$/),
  getcert: (args) => args[0] === 'list' && exactly(/^(-i|\w[\w.-]*)$/)(args.slice(1)),
  csf: exactly(/^-(l|l6|v)$/),
  rsnapshot: (args) =>
    (args.length === 1 && /^(configtest|du|version)$/.test(args[0] ?? '')) ||
    (args.length === 2 && args[0] === '-t' && /^\w+$/.test(args[1] ?? '')),
  timeshift: some(/^--list(-snapshots|-devices)?$/),
  snapper: verbs({ reads: /^(list|ls|list-configs|get-config|status \d+\.\.\d+)$/, valued: /^(-c|--config)$/ }),
  'tuned-adm': exactly(/^(active|list|recommend|verify)$/),
  restorecon: (args) => getopt({ flags: 'nRrvFi', operand: /^\/[\w./-]*$/ })(args) && has(args, /^-[a-zA-Z]*n/),
  audit2why: exactly(/^-[abdl]+$/),
  audit2allow: some(/^-[abdlwv]+$/),
  pfctl: (args) =>
    getopt({ flags: 'vqr', valued: { s: /^[A-Za-z]+$/ }, operand: /(?!)/ })(args) && has(args, /^-[vq]*s/),
  'zerotier-cli': exactly(/^(status|info|listnetworks|listpeers|peers)$/),
};
