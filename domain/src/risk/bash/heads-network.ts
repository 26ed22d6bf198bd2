import { ANYTHING, type ReadingRule, type Rules, all, exactly, getopt, isOption } from './rule.ts';
import { onlyOptions, operandsOf, some, verbs, without } from './rule.ts';

const IP_FLAGS =
  /^-(4|6|0|s|ss|d|br|brief|o|j|c|color(=\w+)?|details|stats|statistics|json|p|pretty|N|h|human|r|resolve)$/;
const IP_OBJECTS =
  /^(a|ad|addr|addre|address|l|li|link|r|ro|route|n|ne|neigh|neighbor|neighbour|ru|rule|maddr|maddress|mroute|tunnel|tuntap|vrf|nexthop|netns|xfrm)$/;
const ip: ReadingRule = (args) => {
  const start = args.findIndex((arg) => arg === null || !IP_FLAGS.test(arg));
  const words = start === -1 ? [] : args.slice(start);
  if (!all(words, (arg) => !isOption(arg) || IP_FLAGS.test(arg)) || !IP_OBJECTS.test(words[0] ?? '')) return false;
  if (words[0] === 'xfrm') return /^(state|policy)$/.test(words[1] ?? '') && words.length === 2;
  // Shorter forms are left out: `ip link s` sets.
  return words.length === 1 || /^(sh|sho|show|list|lst|ls|get)$/.test(words[1] ?? '');
};

const ping: ReadingRule = (args) =>
  all(args, (arg) => !/^-[a-zA-Z]*[fb]/.test(arg)) && args.some((arg) => /^-[A-Za-z0-9]*[cw]\d*$/.test(arg ?? ''));

const ANY = /^/;
const NO_FILE = /^(\/dev\/null|-)$/;
/** GET and HEAD, printed or thrown away. Written files, sent data, other methods, settings from files and other protocols are left out. */
const curl: ReadingRule = getopt({
  flags: 'sSfLIvkig46qN#0',
  valued: {
    m: /^[\d.]+$/,
    w: /^(?!@)(?!.*%output)[^]*$/,
    H: /^[^@]/,
    A: ANY,
    e: ANY,
    u: ANY,
    x: ANY,
    r: ANY,
    o: NO_FILE,
    X: /^(GET|HEAD|OPTIONS)$/,
    y: /^\d+$/,
    Y: /^\d+$/,
  },
  long: /^--(silent|show-error|fail|fail-with-body|location|head|verbose|insecure|include|compressed|http1\.[01]|http2|http3|tlsv1\.[0-3]|ipv4|ipv6|no-progress-meter|progress-bar|globoff|cert-status|no-keepalive|version|no-buffer|path-as-is|ssl-reqd|negotiate|ntlm|basic|digest|proxy-insecure|disable)$/,
  longValued: {
    '--max-time': /^[\d.]+$/,
    '--connect-timeout': /^[\d.]+$/,
    '--retry': /^\d+$/,
    '--retry-delay': /^\d+$/,
    '--max-redirs': /^-?\d+$/,
    '--limit-rate': /^\w+$/,
    '--resolve': ANY,
    '--connect-to': ANY,
    '--cacert': ANY,
    '--capath': ANY,
    '--cert': ANY,
    '--key': ANY,
    '--interface': ANY,
    '--range': ANY,
    '--user': ANY,
    '--user-agent': ANY,
    '--referer': ANY,
    '--proxy': ANY,
    '--noproxy': ANY,
    '--tls-max': ANY,
    '--ciphers': ANY,
    '--dns-servers': ANY,
    '--header': /^[^@]/,
    '--url': /^(https?:\/\/|[^:{}]*$)/i,
    '--request': /^(GET|HEAD|OPTIONS)$/,
    '--output': NO_FILE,
    '--write-out': /^(?!@)(?!.*%output)[^]*$/,
  },
  // `gopher:/host` is enough to name a protocol, and so are braces: `{gopher}://host`.
  operand: /^(https?:\/\/.*|ftp:\/\/.*|(?![^/]*:\/)[^/{}]*(\/.*)?)$/i,
});
const wget: ReadingRule = (args) =>
  getopt({
    flags: 'qSvc46',
    valued: { O: NO_FILE, T: /^[\d.]+$/, t: /^\d+$/, U: ANY },
    long: /^--(spider|quiet|no-verbose|server-response|no-check-certificate|no-cache|inet4-only|inet6-only|no-proxy|(timeout|tries|max-redirect|connect-timeout|dns-timeout|read-timeout|header|user-agent)=.*|output-document=(-|\/dev\/null))$/,
    operand: /^(https?:\/\/.*|(?!\w+:\/\/).*)$/i,
  })(args) && args.some((arg) => /^(--spider|-[a-zA-Z]*O.*|--output-document=.*)$/.test(arg ?? ''));

const netcat: ReadingRule = (args) =>
  getopt({ flags: 'zvnu46', valued: { w: /^\d+$/, G: /^\d+$/ }, operand: /^[\w.:-]+$/ })(args) &&
  args.some((arg) => /^-[a-z0-9]*z/.test(arg ?? ''));

const tcpdump: ReadingRule = getopt({
  flags: 'nveAXxqtlDpSKNL#d',
  valued: { i: /^[\w.:-]+$/, c: /^\d+$/, r: ANY, s: /^\d+$/ },
  long: /^--(list-interfaces|number|immediate-mode|no-promiscuous-mode)$|^--(interface|count)=[\w.:-]+$/,
});

const iptables: ReadingRule = (args) =>
  exactly(/^(-[LSnvx]+|--(list|list-rules|numeric|verbose|line-numbers|exact)|-t|--table|-w|\d+|[A-Za-z][\w-]*)$/)(
    args,
  ) && args.some((arg) => /^(-[nvx]*[LS]|--list)/.test(arg ?? ''));
const nft: ReadingRule = (args) =>
  exactly(/^(-[anstcj]+|list|\w[\w-]*|list [\w -]+)$/)(args) && /^list\b/.test(operandsOf(args, /$^/)?.[0] ?? '');
const firewallCmd: ReadingRule = (args) =>
  exactly(/^--((list|get|query|info)-[a-z-]+(=.*)?|state|zone=[\w-]+|policy=[\w-]+|permanent|version|check-config)$/)(
    args,
  ) && args.some((arg) => /^--(list|get|query|info|state|version|check)/.test(arg ?? ''));

const NMCLI =
  /^((g|gen|general)( status| permissions)?|(n|networking)( connectivity)?|(r|radio)( all| wifi| wwan)?|(c|con|conn|connection)( (s|sh|show)( .*)?)?|(d|dev|device)( (s|st|status|sh|show)( .*)?| (wifi|w|lldp)( (l|list).*)?)?|)$/;
/** One link shows, more words set. */
const RESOLVE =
  /^((status|query|service|openpgp|tlsa|show-server-state)( .*)?|(dns|domain|llmnr|mdns|dnssec|dnsovertls|nta|default-route)( \S+)?|statistics|show-cache|)$/;

/** Networks, firewalls and directory services. */
export const NETWORK_RULES: Rules = {
  ip,
  ping,
  ping6: ping,
  curl,
  wget,
  nc: netcat,
  ncat: netcat,
  netcat,
  tcpdump,
  iptables,
  ip6tables: iptables,
  nft,
  'iptables-save': exactly(/^(-c|-t|[a-z]+)$/),
  'ip6tables-save': exactly(/^(-c|-t|[a-z]+)$/),
  'firewall-cmd': firewallCmd,
  ufw: verbs({ reads: /^(status( verbose| numbered)?|app list|app info .*|show \w+|version)$/ }),
  ipset: (args) => /^(list|-L)$/.test(args[0] ?? '') && some(/^(-[Lnt]|\w[\w-]*)$/)(args),
  conntrack: (args) =>
    /^(-[LCS]|--(dump|count|stats))$/.test(args[0] ?? '') && without(/^-[DFIU]|^--(del|fl|cr|up)/)(args),
  ss: without(/^-[A-Za-z0-9]*[KD]|^--(k|d)/),
  nmcli: verbs({
    reads: NMCLI,
    options: /^(-[topsa]+|--(terse|pretty|active|overview|show-secrets|version))$/,
    valued: /^(-[fmgcew]|--(fields|mode|get-values|colors|escape|wait))$/,
  }),
  resolvectl: verbs({ reads: RESOLVE, options: /^-(4|6|-no-pager|-legend=no|-cache=no)$/, valued: /^-[tipc]$/ }),
  'systemd-resolve': some(/^(--status|--statistics|-4|-6|[\w][\w.-]*)$/),
  networkctl: verbs({ reads: /^(status|list|lldp|)( .*)?$/, options: /^(-a|--all|--no-pager|--no-legend)$/ }),
  // Asked by NOTIFY, a server fetches its zone anew.
  dig: without(/^\+op/i),
  kdig: exactly(/^(\+(?!notify)[\w=.-]+|@[\w.:-]+|-[46xtqpcb]|(?!notify$)[\w:][\w.:-]*)$/i),
  fping: getopt({
    flags: 'gaeuAsqnd46',
    valued: { c: /^\d+$/, C: /^\d+$/, i: /^\d+$/, p: /^\d+$/, r: /^\d+$/, t: /^\d+$/ },
  }),
  httping: (args) =>
    getopt({ flags: 'sSGblq46', valued: { c: /^\d+$/, t: /^\d+$/, i: /^\d+$/, g: ANY, h: ANY, p: /^\d+$/ } })(args) &&
    args.includes('-c'),
  netplan: verbs({ reads: /^(get( [\w.-]+)?|status( [\w.-]+)?)$/, options: /^(-a|--all)$/ }),
  tshark: (args) =>
    getopt({
      flags: 'nqVxl',
      valued: {
        r: ANY,
        Y: /^[^-]/,
        T: /^(fields|text|json|ek|tabs|psml|pdml)$/,
        e: /^[\w.]+$/,
        c: /^\d+$/,
        t: /^[a-z]+$/,
      },
      operand: /(?!)/,
    })(args) && args.includes('-r'),
  sntp: (args) => args.length === 1 && exactly(/^\w[\w.-]*$/)(args),
  vnstat: exactly(/^(-[hdmyts5]+|-i|\w[\w.-]*|--(oneline|json|iflist))$/),
  lldpctl: exactly(/^\w[\w.-]*$/),
  teamdctl: verbs({ reads: /^[\w.-]+ state( view| dump)?$/ }),
  // Alone it starts.
  automount: some(/^-[mV]$/),
  nfsidmap: exactly(/^-[ld]$/),
  sslscan: exactly(/^(--(no-colour|no-failed|show-certificate)|\w[\w.:-]*)$/),
  ipptool: exactly(/^(-[tv46cj]+|ipps?:\/\/[\w.:/-]+|get-(printer-attributes|jobs|completed-jobs|printers)\.test)$/),
  ippfind: exactly(/^(-T|\d+|_[\w-]+\._tcp)$/),
  traceroute: ANYTHING,
  arping: getopt({
    flags: 'bqDf0123456789',
    valued: { c: /^\d+$/, I: /^[\w.-]+$/, w: /^\d+$/ },
    operand: /^[\w.:-]+$/,
  }),
  ipsec: verbs({ reads: /^(status|statusall|version|listcerts|listall)$/ }),
  swanctl: some(/^(--(list-[a-z-]+|stats|version)|-[lLxPS])$/),
  'speedtest-cli': exactly(/^--(simple|json|list|bytes|secure)$/),
  iperf3: (args) =>
    args.includes('-c') &&
    getopt({
      flags: 'uR46V',
      valued: { c: /^[\w.:-]+$/, p: /^\d+$/, t: /^\d+$/, P: /^\d+$/, b: /^\w+$/ },
      operand: /$^/,
    })(args),
  mtr: (args) =>
    without(/^--?(xml-out|curses)/)(args) &&
    args.some((arg) => /^-[a-zA-Z0-9]*[rwjxC]|^--(report|json|csv)/.test(arg ?? '')),
  arp: exactly(/^(-[anve]+|-i|\w([\w.:-]*\w)?)$/),
  drill: without(/^-[a-zA-Z46]*[wqi]/),
  route: exactly(/^-[neFCv46]+$/),
  ifconfig: (args) => exactly(/^(-[asv]|\w[\w.:-]*)$/)(args) && (operandsOf(args, /$^/)?.length ?? 2) <= 1,
  iwconfig: (args) => exactly(/^\w[\w.:-]*$/)(args) && args.length <= 1,
  iw: verbs({ reads: /^(dev|list|phy|reg get|dev \S+ (link|info|scan|scan dump|station dump|survey dump))$/ }),
  iwlist: (args) => args.length === 2 && exactly(/^\w+$/)(args),
  ethtool: (args) =>
    args.length <= 2 &&
    exactly(/^(-[ikacgSPlnTmud]|--(driver|show-[a-z-]+|statistics|module-info|version)|\w[\w.-]*)$/)(args),
  'mii-tool': exactly(/^(-v|-vv|[\w.]+)$/),
  bridge: verbs({ reads: /^(link|fdb|vlan|mdb)( show.*)?$/, options: /^-[dsjpc]$/ }),
  brctl: verbs({ reads: /^show(macs|stp)?( .*)?$/ }),
  tc: verbs({ reads: /^(qdisc|class|filter)( show.*)?$/, options: /^-[sdjp]$/ }),
  rfkill: (args) => args.length === 0 || (args[0] === 'list' && exactly(/^\w+$/)(args)),
  nmap: onlyOptions(/^(-p.*|-Pn|-s[TnVUS]|-n|-v|-F|-T[0-4]|-A|-O|-6|--open|--top-ports|--reason)$/),
  snmpwalk: without(/^-[LYD]|^--/),
  snmpget: without(/^-[LYD]|^--/),
  ldapsearch: without(/^-[a-zA-Z]*[tT]/),
  smbclient: (args) =>
    args.some((arg) => /^-(L.*|-list.*)$/.test(arg ?? '')) &&
    getopt({ flags: 'NkgPE', valued: { L: ANY, U: ANY, p: /^\d+$/, I: ANY, m: /^\w+$/, W: ANY, A: ANY } })(args),
  // `--option` and `-s` give settings, which can name files and programs.
  smbstatus: exactly(/^(-[bpLSBNvnR]+|--(brief|processes|locks|shares|byterange|notify|verbose|numeric|json|fast))$/),
  nmblookup: exactly(/^(-[ASMRTr]+|-[UB]|\w[\w.-]*|\*|-)$/),
  nbtscan: exactly(/^(-[vqherl]+|-[smt]|\w[\w.:/-]*)$/),
  netstat: without(/^-[a-zA-Z]*z/),
  testparm: exactly(/^(-s|-v|-vs|-sv|\/.*)$/),
  showmount: ANYTHING,
  rpcinfo: exactly(/^(-[psm]|\w([\w.-]*\w)?)$/),
  exportfs: exactly(/^-[vs]$/),
  nfsstat: exactly(/^-[cnrsmv34lo]+$/),
  wbinfo: some(
    /^(-[ugtpnisrSYUGImD]|--(online-status|own-domain|all-domains|trusted-domains|ping-dc|domain-info=.*)|\w([\w.\\@-]*\w)?)$/,
  ),
  realm: verbs({ reads: /^(list|discover)( \S+)?$/, options: /^(-v|--verbose|--all|--name-only)$/ }),
  sssctl: verbs({
    reads: /^(domain-list|domain-status \S+|user-checks \S+|config-check|user-show \S+|group-show \S+)$/,
    options: /^(-[aos]|--(online|active-server))$/,
  }),
  pdbedit: some(/^-(L|Lv|v)$/),
  adcli: verbs({ reads: /^(info|testjoin)( \S+)?$/, options: /^(-v|--verbose)$/ }),
  net: verbs({
    reads:
      /^(ads (info|testjoin|lookup|workgroup)|conf (list|listshares|showshare [\w$-]+)|rpc testjoin|usershare (list|info)|getdomainsid|getlocalsid)$/,
  }),
  rndc: verbs({ reads: /^(status|zonestatus \S+|showzone \S+)$/ }),
  tailscale: verbs({ reads: /^(status|ip|netcheck|version)( .*)?$/, options: /^(-[46]|--(json|peers|active|self))$/ }),
  wg: verbs({ reads: /^(show( \S+)*|showconf \S+|)$/ }),
};

/** Whatever their arguments, these ask and print. */
export const NETWORK_READERS = `nslookup host tracepath tracepath6 traceroute6 whois geoiplookup sipcalc delv avahi-resolve`;
