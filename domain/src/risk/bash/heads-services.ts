import {
  ANYTHING,
  NOTHING,
  type ReadingRule,
  type Rules,
  exactly,
  getopt,
  onlyOptions,
  some,
  verbs,
  without,
} from './rule.ts';

const UNIT_FLAGS =
  /^(--no-pager|--user|--system|-a|-l|--all|--full|-q|--quiet|--failed|--plain|--no-legend|--(type|state|property|lines|output)=.*)$/;
const UNIT_VALUED = /^(-[tpno]|--(type|state|property|lines|output))$/;
const UNIT_VERBS =
  /^(status|show|cat|list-[a-z-]+|is-active|is-enabled|is-failed|is-system-running|get-default|show-environment|help)$/;
const UNIT_OPTIONS =
  /^(-[alqpnto]|-n\d+|--(no-pager|user|system|all|full|quiet|failed|plain|no-legend|type|state|property|value|lines|output|reverse|with-dependencies|after|before)(=.*)?|--version)$/;
const systemctl: ReadingRule = (args) => {
  let verb = 0;
  for (; verb < args.length; verb += 1) {
    if (UNIT_VALUED.test(args[verb] ?? '')) verb += 1;
    else if (!UNIT_FLAGS.test(args[verb] ?? '')) break;
  }
  if (verb >= args.length) return !args.includes(null);
  return (UNIT_VERBS.test(args[verb] ?? '') || args[verb] === '--version') && onlyOptions(UNIT_OPTIONS)(args);
};

const JOURNAL =
  /^(-[aefklmqrx0-9]+|-[a-z]*[bcgknoptuDSU].*|--(since|until|unit|boot|no-pager|lines|output|priority|grep|reverse|follow|dmesg|user|system|user-unit|identifier|list-boots|disk-usage|utc|catalog|quiet|all|no-tail|no-hostname|fields?|directory|file|merge|header|verify|output-fields|facility|show-cursor|no-full|pager-end|case-sensitive|version)(=.*)?)$/;

const dockerVerbs = verbs({
  reads:
    /^(ps|images|logs|inspect|stats|version|info|top|port|diff|history|search|events|(container|image|network|volume|pod|context|service|node|stack|secret|config|plugin|system)s? (ls|list|inspect|ps|logs|top|stats|port|diff|history|df|info|events|show)|compose (ps|logs|ls|images|top|port|version|config))( .*)?$/,
  options:
    /^(-[aqsftn]|-aq|-n\d+|-ft|-v|--(all|quiet|size|no-trunc|no-stream|tail|follow|timestamps|details|latest|last|digests|verbose|services|pretty|version|format|filter|since|until|type)(=.*)?)$/,
  valued: /^(-[fn]|--(tail|format|filter|since|until|last|type))$/,
});
/** None of their options does more than choose what is printed. */
const docker: ReadingRule = (args) => /^(inspect|port)$/.test(args[0] ?? '') || dockerVerbs(args);
const compose = verbs({
  reads: /^(ps|logs|ls|images|top|port|version|config)( .*)?$/,
  options: /^(-[aqft]|--(all|quiet|tail|follow|timestamps|services|version|no-color)(=.*)?)$/,
  valued: /^(-[fp]|--(tail|file|project-name))$/,
});
const kubectl = verbs({
  reads:
    /^(get|describe|logs|top|explain|version|api-resources|api-versions|cluster-info|events|config (view|get-contexts|current-context|get-clusters|get-users)|auth (can-i|whoami)|rollout (status|history))( (?!dump\b).*)?$/,
  options:
    /^(-[Apfwo]|-o\w.*|-l.*|-n.*|--(all-namespaces|previous|follow|watch|show-labels|all-containers|timestamps|containers|no-headers|client|short|timeout|tail|since|output|selector|namespace|container|field-selector|sort-by|context|list|prefix|minify|wide)(=.*)?)$/,
  valued: /^(-[noclf]|--(tail|since|output|selector|namespace|container|field-selector|sort-by|context))$/,
});

const restic = verbs({
  reads:
    /^(snapshots|stats|ls|version)( (latest|[0-9a-f]{8,64}))?$|^diff [0-9a-f]{8,64} [0-9a-f]{8,64}$|^find [\w.*\/-]+$/,
  options: /^--(json|no-lock|compact|latest=\d+|repo=\/[\w./-]+)$/,
});

/** With `-D` alone, whatever word it takes, the server starts. */
const apache: ReadingRule = (args) =>
  (args.length === 1 && /^(configtest|status|fullstatus)$/.test(args[0] ?? '')) ||
  (getopt({ flags: 'tSMvVl', valued: { D: /^DUMP_\w+$/ }, operand: /(?!)/ })(args) &&
    args.some((arg) => /^-[tSMvVl]$/.test(arg ?? '')));

/** Service managers, containers, web and mail servers, printing. */
export const SERVICE_RULES: Rules = {
  systemctl,
  journalctl: onlyOptions(JOURNAL),
  service: (args) =>
    (args.length === 2 && /^\w[\w@.-]*$/.test(args[0] ?? '') && args[1] === 'status') ||
    (args.length === 1 && args[0] === '--status-all'),
  'rc-status': ANYTHING,
  'rc-service': (args) => args.length === 2 && /^\w/.test(args[0] ?? '') && args[1] === 'status',
  initctl: verbs({ reads: /^(list|status \S+|version)$/ }),
  chkconfig: (args) => args[0] === '--list' && without(/^-/)(args.slice(1)),
  supervisorctl: verbs({ reads: /^(status|avail|version|pid)( .*)?$/ }),
  monit: verbs({ reads: /^(status|summary|report)( .*)?$/ }),
  'fail2ban-client': verbs({ reads: /^(status( [\w-]+)?|ping|version|banned)$/ }),
  'systemd-analyze': verbs({
    reads: /^(|time|blame|critical-chain( .*)?|verify .*|security( .*)?|unit-paths|calendar .*|timespan .*)$/,
    options: /^--(no-pager|user)$/,
  }),
  'systemd-cgls': ANYTHING,
  'systemd-cgtop': some(/^(-b|-n|\d+|-1|--batch|--iterations=\d+)$/),
  'systemd-detect-virt': ANYTHING,
  coredumpctl: verbs({ reads: /^(|list|info)( .*)?$/, options: /^(--no-pager|-r|--reverse|-1)$/ }),
  busctl: verbs({
    reads: /^(|list|tree|status|introspect|get-property)( .*)?$/,
    options: /^--(no-pager|user|system|acquired|list)$/,
  }),
  bootctl: exactly(/^(status|list|--no-pager)$/),
  machinectl: verbs({ reads: /^(|list|status|show|list-images)( .*)?$/, options: /^--(no-pager|all)$/ }),
  docker,
  podman: docker,
  nerdctl: docker,
  'docker-compose': compose,
  kubectl,
  k3s: (args) => args[0] === 'kubectl' && kubectl(args.slice(1)),
  microk8s: (args) => (args[0] === 'kubectl' && kubectl(args.slice(1))) || (args.length === 1 && args[0] === 'status'),
  oc: kubectl,
  helm: verbs({
    reads: /^(list|ls|status|history|version|search|show|get|repo list|env)( .*)?$/,
    options: /^(-[aAqo]|-n.*|--(all|all-namespaces|output|namespace|revision|short)(=.*)?)$/,
    valued: /^(-[no]|--(output|namespace|revision))$/,
  }),
  crictl: verbs({
    reads: /^(ps|images|logs|inspect|inspecti|inspectp|info|pods|stats|version)( .*)?$/,
    options: /^(-[aqf]|--(tail|all|quiet)(=.*)?)$/,
    valued: /^--tail$/,
  }),
  lxc: verbs({ reads: /^(list|info|version|config show|network list|storage list|image list|profile list)( .*)?$/ }),
  virsh: verbs({
    reads:
      /^(list|dominfo|domstate|domblklist|domiflist|domstats|nodeinfo|version|net-list|pool-list|vol-list|snapshot-list|dumpxml|vcpuinfo|capabilities|pool-info|net-info)( .*)?$/,
    options: /^--(all|inactive|details)$/,
  }),
  qm: verbs({ reads: /^(list|status|config)( \d+)?$/ }),
  pct: verbs({ reads: /^(list|status|config)( \d+)?$/ }),
  pvesm: verbs({ reads: /^(status|list \S+)$/ }),
  pvesh: verbs({ reads: /^(get|ls) \/[\w./-]*$/, options: /^--(output-format|noborder)(=\w+)?$/ }),
  // Backups. A repository or an option in any other form may name a program to start (restic's rclone:, borg's ssh://).
  restic: (args) => restic(args[0] === '-r' && /^\/[\w./-]+$/.test(args[1] ?? '') ? args.slice(2) : args),
  borg: verbs({ reads: /^(list|info)( \/[\w./:-]+)?$/, options: /^--(json|short|last=\d+)$/ }),
  pveversion: exactly(/^(-v|--verbose)$/),
  nginx: (args) => args.some((arg) => /^-[tTvV]$/.test(arg ?? '')) && exactly(/^-[tTvVq]$/)(args),
  apachectl: apache,
  apache2ctl: apache,
  apache2: apache,
  httpd: apache,
  haproxy: (args) =>
    args.some((arg) => /^-(c|v|vv)$/.test(arg ?? '')) && exactly(/^(-c|-v|-vv|-V|-q|-f|\/[\w/.-]+)$/)(args),
  sshd: some(/^-[tT]$/),
  'php-fpm': some(/^-(t|tt|v|m|i)$/),
  'named-checkconf': exactly(/^(-[pzjx]|\/.*)$/),
  'named-checkzone': exactly(/^[\w./]/),
  'unbound-checkconf': exactly(/^\//),
  'unbound-control': verbs({ reads: /^(status|stats_noreset|list_[a-z_]+|lookup \S+|get_option \S+)$/ }),
  postconf: exactly(/^(-[nd]|-M|[a-z][a-z0-9_]*)$/),
  postqueue: some(/^-[pj]$/),
  postcat: without(/^-[a-z]*[c]/),
  mailq: NOTHING,
  doveconf: some(/^(-[nda]|[a-z]\w*)$/),
  dovecot: some(/^(-n|--version)$/),
  doveadm: verbs({ reads: /^(who|log find|user|mailbox list|quota get)( \S+)*$/, options: /^-[ufA]$/ }),
  certbot: verbs({ reads: /^certificates$/ }),
  rabbitmqctl: verbs({
    reads: /^(status|cluster_status|list_\w+( .*)?|ping|version)$/,
    options: /^(-q|--quiet)$/,
    valued: /^-p$/,
  }),
  'redis-cli': verbs({
    reads: /^(ping|info( \w+)?|dbsize|lastsave|time|config get \S+|client list|slowlog get( \d+)?|memory stats)$/i,
    options: /^--(version|no-auth-warning)$/,
    valued: /^-[hpna]$/,
  }),
  mysqladmin: verbs({
    reads:
      /^(status|ping|processlist|version|extended-status|variables)( (status|ping|processlist|version|extended-status|variables))*$/,
    options: /^(-[up]\S+|-p|--(user|password|host|port|socket)=.*|-v|--verbose)$/,
    valued: /^-[uhPS]$/,
  }),
  lpstat: ANYTHING,
  lpq: without(/^\+/),
  lpinfo: ANYTHING,
  lpoptions: (args) => args.length > 0 && exactly(/^(-[lph]|-E|[\w@][\w@.-]*(\/\w+)?)$/)(args),
  lpc: verbs({ reads: /^status( \S+)?$/ }),
  cupsctl: NOTHING,
  cupsd: exactly(/^-t$/),
  driverless: exactly(/^(list|[a-z]+:\/\/.*)$/),
};
