import { readingRule } from '../bash/heads.ts';
import { type PsArgs, every, first, only, without } from './rule.ts';

const NETSH_SHOW =
  /^((interface|int|wlan|lan|mbn|advfirewall|firewall|winhttp|http|dhcpclient|dnsclient|branchcache|bridge|namespace|netio|ras|rpc|trace|winsock|p2p|nap|nps) show|(interface|int) (ipv4|ipv6|ip|tcp|udp|teredo|portproxy|isatap|6to4|httpstunnel) show|advfirewall (firewall|consec|monitor|mainmode) show|dhcp server( \\\\[\w.-]+)? show|ras (ip|ipv6|aaaa|diagnostics) show|nap (client|hra) show|ipsec (static|dynamic) show|p2p (collab|group|idmgr|pnrp) show)( |$)/i;

const CERTUTIL_READS =
  /^[-/](store|verify|dump|verifyctl|hashfile|viewstore|verifystore|ping|pingadmin|scinfo|cainfo|template|catemplates|enrollmentserverurl|adca|dcinfo|error|getreg|url|csplist)$/i;

/** Programs of Windows that read with some arguments and change with others. */
const PROGRAMS: Readonly<Record<string, (args: PsArgs) => boolean>> = {
  ipconfig: only(/^\/(all|allcompartments|displaydns|\?)$/i),
  certutil: (args) => {
    const verbs = args.filter((arg) => CERTUTIL_READS.test(arg ?? ''));
    const operands = args.filter((arg) => !/^[-/]/.test(arg ?? ''));
    return (
      verbs.length > 0 &&
      every(
        args,
        /^[^-/]|^[-/](user|enterprise|grouppolicy|silent|v|urlfetch|gmt|seconds|unicode|config)$/i,
        CERTUTIL_READS,
      ) &&
      // A third word behind the store's and the certificate's is a file to write.
      (!verbs.some((verb) => /^.(view)?store$/i.test(verb!)) || operands.length <= 2) &&
      // What stands behind these names what to delete or to add.
      !operands.some((word) => /^(delete|crypt_delete)/i.test(word ?? '')) &&
      (!verbs.some((verb) => /^.enrollmentserverurl$/i.test(verb!)) || operands.length === 0)
    );
  },
  whoami: only(/^\/(all|user|groups|priv|upn|fqdn|logonid|fo|nh|list|csv|table)$|^(list|csv|table)$/i),
  hostname: only(/^$/),
  defrag: (args) =>
    args.length > 1 && args.some((arg) => /^[-/]a$/i.test(arg ?? '')) && only(/^([a-z]:|[-/][acvu])$/i)(args),
  tpmtool: only(/^getdeviceinformation$/i),
  dsregcmd: only(/^\/(status|status_old|debug|\?)$/i),
  systeminfo: without(/^[-/]p$/i),
  tasklist: without(/^[-/]p$/i),
  netstat: without(/^\d+$/),
  nslookup: without(/^-$/),
  ping: without(/^[-/]t$/i),
  tracert: only(/^/),
  pathping: only(/^/),
  getmac: only(/^/),
  driverquery: only(/^/),
  quser: only(/^/),
  qwinsta: only(/^/),
  arp: only(/^[-/](a|g|v)$|^[\d.]+$/i),
  route: (args) => first(/^print$/i)(args) && without(/^[-/][fp]/i)(args),
  klist: (args) => args.length === 0 || (args.length === 1 && first(/^(tickets|tgt|sessions)$/i)(args)),
  cmdkey: only(/^\/list(:.*)?$/i),
  gpresult: (args) =>
    args.some((arg) => /^\/[rvz]$/i.test(arg ?? '')) &&
    only(/^\/(r|v|z|scope(:(user|computer))?)$|^(user|computer)$/i)(
      args.filter(
        (arg, i) =>
          !/^\/user$/i.test(arg ?? '') && !(/^\/user$/i.test(args[i - 1] ?? '') && /^\w[\w.\\@-]*$/.test(arg ?? '')),
      ),
    ),
  nltest: (args) =>
    first(/^\/(dsgetdc|dclist|sc_query|domain_trusts|dsgetsite|parentdomain|whowill|query)(:|$)/i)(args) &&
    only(
      /^\/(dsgetdc|dclist|sc_query|domain_trusts|dsgetsite|parentdomain|whowill|query|server|site|account|force|gc|pdc|kdc|gtimeserv|timeserv|avoidself|ldaponly|backg|dsp?|ip|netbios|dns|ret_(dns|netbios)|writable|primary|forest|direct_(in|out)|all_trusts|v)(:[\w.*$-]*)?$/i,
    )(args),
  w32tm: (args) =>
    first(/^\/(query|stripchart|tz|monitor)$/i)(args) &&
    without(/^[-/](config|update|resync|register|unregister|debug)(:|$)/i)(args),
  sc: first(
    /^(query|queryex|qc|qdescription|qfailure|qfailureflag|sdshow|qtriggerinfo|qprivs|qsidtype|qprotection|enumdepend|getdisplayname|getkeyname)$/i,
  ),
  reg: first(/^(query|compare)$/i),
  schtasks: (args) => first(/^\/query$/i)(args) && without(/^[-/](run|end|create|change|delete)$/i)(args),
  wevtutil: (args) =>
    first(/^(qe|query-events|gl|get-log|el|enum-logs|gli|ep|gp)$/i)(args) &&
    without(/^\/(sbm|savebookmark|bm|bookmark)/i)(args),
  vssadmin: first(/^list$/i),
  'manage-bde': (args) =>
    first(/^-status$/i)(args) || (every(args, /^/) && /^-protectors -get \w:$/i.test(args.join(' '))),
  auditpol: first(/^\/(get|list)$/i),
  powercfg: (args) =>
    first(
      /^[-/](a|l|q|list|query|getactivescheme|availablesleepstates|lastwake|requests|waketimers|devicequery|aliases)$/i,
    )(args) && only(/^[^-/]/)(args.slice(1)),
  bcdedit: (args) => args.length === 0 || (args.length <= 2 && first(/^\/enum$/i)(args)),
  netsh: (args) =>
    every(args, /^[\w.:="*-]+$|^\\\\[\w.-]+$/) &&
    !args.some((arg) => /^wlanreport$/i.test(arg ?? '')) &&
    // Anywhere but behind a context, `show` is a name: of a script, of a helper's DLL, of a network.
    NETSH_SHOW.test(args.slice(0, 4).join(' ')),
  net: (args) =>
    every(args, /^/) &&
    ((args.length === 1 &&
      /^(user|users|group|localgroup|accounts|view|share|use|start|session|config)$/i.test(args[0]!)) ||
      (/^(view|time)$/i.test(args[0] ?? '') &&
        only(/^(view|time|\\\\[\w.-]+|\/(all|domain(:.*)?|network:.*))$/i)(args)) ||
      (/^(statistics|config)$/i.test(args[0] ?? '') &&
        args.length === 2 &&
        /^(workstation|server)$/i.test(args[1] ?? '')) ||
      // One user or group, looked at: a second word would be a password or a member.
      (/^(user|group|localgroup)$/i.test(args[0] ?? '') &&
        /^[^/]/.test(args[1] ?? '') &&
        (args.length === 2 || (args.length === 3 && /^\/domain$/i.test(args[2]!))))),
  query: first(/^(user|session|process|termserver)$/i),
  // Reached with their `.exe` alone: without it they are PowerShell's own.
  where: only(/^/),
  sort: without(/^[-/][ot]/i),
  findstr: without(/^[-/]f:/i),
  fc: only(/^/),
  tree: only(/^/),
  chkdsk: (args) => args.length <= 1 && only(/^[a-z]:$/i)(args),
  sfc: (args) => args.length > 0 && only(/^\/(verifyonly|verifyfile=.*)$/i)(args),
  dism: (args) =>
    args.some((arg) => /^\/(get-\w+|checkhealth|scanhealth|analyzecomponentstore)$/i.test(arg ?? '')) &&
    only(
      /^\/(online|cleanup-image|get-\w+|checkhealth|scanhealth|analyzecomponentstore|english|format:\w+|featurename:.*|packagename:.*)$/i,
    )(args),
  icacls: (args) =>
    /^[^/]/.test(args[0] ?? '') &&
    (args.length === 1 ||
      (args.some((arg) => /^\/verify$/i.test(arg ?? '')) && only(/^\/(verify|t|c|l|q)$/i)(args.slice(1)))),
  attrib: (args) => args.length <= 1 && only(/^[^+-]/)(args),
  pnputil: (args) =>
    first(/^\/enum-\w+$/i)(args) &&
    // `/output-file` writes one.
    only(
      /^[^-/]|^\/(enum-\w+|problem|connected|disconnected|class|instanceid|deviceid|ids|relations|drivers|deviceids|stack|bus|interfaces|properties|resources|services|files|devices)$/i,
    )(args),
  wmic: (args) =>
    every(args, /^/) &&
    /^(os|cpu|bios|csproduct|computersystem|diskdrive|logicaldisk|memorychip|nic|nicconfig|qfe|service|process|printer|startup|useraccount|baseboard|volume)$/i.test(
      args[0] ?? '',
    ) &&
    args.some((arg) => /^(get|list)$/i.test(arg ?? '')) &&
    !args.some((arg) =>
      /^(call|create|delete|set|assoc)$|[/:]/i.test(
        (arg ?? '').replace(/^\/(value|format:(list|table|csv|value))$/i, ''),
      ),
    ),
  winget: (args) =>
    (first(/^(list|search|show|--version|--info)$/i)(args) && without(/^-(o|-(open-)?log)/i)(args)) ||
    /^(source|pin) list$/i.test(args.join(' ')) ||
    (args.length <= 2 && only(/^(upgrade|--include-unknown)$/i)(args) && args.length > 0),
  choco: (args) =>
    /^(source|config|feature|pin)( list)?$/i.test(args.join(' ')) ||
    (first(/^(list|search|find|info|outdated|--version)$/i)(args) &&
      without(/^[-/]+(log|cache|execution|proxy|install|out|download|c$|c[=:])/i)(args)),
  // Names what it would copy; `/LOG` would write a file.
  robocopy: (args) => args.some((arg) => /^\/l$/i.test(arg ?? '')) && without(/^\/(uni)?log|^\/save/i)(args),
  repadmin: first(
    /^\/(showrepl|replsummary|queue|showbackup|showutdvec|showobjmeta|showconn|showattr|bridgeheads|istg|latency)$/i,
  ),
  dcdiag: (args) => every(args, /^\/(test:\w+|s:\S+|v|q|e|c|a|i|skip:\w+|dnsbasic|dnsall)$/i),
  setspn: (args) => first(/^-(l|q|x)$/i)(args) && without(/^[-/][asdrc]$/i)(args),
  netdom: (args) => first(/^(query|verify)$/i)(args) && without(/^\/(reset|verify:|p|pd|password)/i)(args),
  dsquery: without(/^$/),
  dsget: without(/^$/),
  dsacls: (args) => args.length <= 2 && /^[^/]/.test(args[0] ?? '') && only(/^\/a$/i)(args.slice(1)),
  dfsutil: (args) => args.length === 1 && only(/^\/(pktinfo|spcinfo)$/i)(args),
  dfsdiag: first(/^\/test(dcs|sites|dfsconfig|dfsintegrity|referral)$/i),
  // A batch file: what stands in quotes could be a command of its own.
  winrm: (args) =>
    first(/^(get|g|enumerate|enum|e|identity|id)$/i)(args) &&
    // No password, and no class at whose asking Windows repairs programs.
    only(/^(?!.*_product|https?:)\w[\w.:/?=+*-]*$|^-r:?[\w.-]*$|^:$/i)(args),
  pktmon: (args) => /^(status|list|counters|(filter|comp) list)$/i.test(args.join(' ')) && every(args, /^/),
  rasdial: (args) => args.length === 0,
  iisreset: (args) => args.length === 1 && only(/^\/status$/i)(args),
  cipher: (args) => args.length === 2 && /^\/c$/i.test(args[0] ?? '') && /^[^-/]/.test(args[1] ?? ''),
  netcfg: (args) => args.length === 2 && /^-s [ncpa]$/i.test(args.join(' ')),
  appcmd: (args) =>
    first(/^list$/i)(args) &&
    only(
      /^(sites?|apps?|apppools?|vdirs?|wps?|requests?|modules?|backups?)$|^\/(state|text|name|site\.name|apppool\.name):[\w .*-]+$/i,
    )(args.slice(1)),
  dfsrdiag: first(/^(backlog|replicationstate)$/i),
  nbtstat: only(/^(-[acnsSA]|[\w.:][\w.:-]*)$/),
  fltmc: only(/^(filters|instances|volumes)$/i),
  wbadmin: first(/^get$/i),
  openfiles: first(/^\/query$/i),
  typeperf: (args) =>
    (first(/^-q(x|$)/i)(args) && only(/^[^-/]|^-(qx?|s)$/i)(args)) ||
    (first(/^\\[^\\]/)(args) && only(/^\\|^-(sc|si)$|^\d+$/i)(args)),
  logman: (args) => args.length <= 3 && first(/^query$/i)(args) && without(/^[-/](o|cf|config|s)\b/i)(args),
  bitsadmin: (args) =>
    first(/^\/(list|info|getstate|listfiles)$/i)(args) &&
    only(/^\/(list|info|getstate|listfiles|allusers|verbose)$|^[{\w-]+\}?$/i)(args),
  verifier: only(/^\/query(settings)?$/i),
  mountvol: (args) =>
    args.length === 0 || (args.length === 2 && only(/^[a-z]:\\?$|^\/l$/i)(args) && /^\/l$/i.test(args[1]!)),
  // The system's own script alone: another of its name may lie in the folder it is called from.
  cscript: (args) => {
    const [script, ...options] = args.filter((arg) => !/^\/\/(nologo|b)$/i.test(arg ?? ''));
    return (
      (/\\/.test(script ?? '') && slmgr([script ?? null, ...options])) ||
      (OFFICE_LICENCE.test(script ?? '') && options.length === 1 && only(/^\/dstatus(all)?$/i)(options))
    );
  },
  'slmgr.vbs': (args) => slmgr(['slmgr', ...args]),
  slmgr: (args) => slmgr(['slmgr', ...args]),
  qprocess: only(/^/),
  fsutil: (args) =>
    /^(volume (diskfree|volumeinfo|list|querylabel)|dirty query|fsinfo \w+|behavior query|usn queryjournal|resource info|hardlink list|sparse queryflag|reparsepoint query|8dot3name query|file layout)( [\w:.\\]+)*$/i.test(
      args.join(' '),
    ) && every(args, /^/),
  wsl: (args) =>
    args.length > 0 && only(/^(-l|-v|-lv|--list|--verbose|--status|--version|--all|--running|--online)$/)(args),
  'curl.exe': (args) => readingRule('curl')?.(args) ?? false,
  uname: only(/^-[a-z]+$/),
  id: only(/^/),
  uptime: only(/^$/),
  df: only(/^/),
  free: only(/^/),
  grep: only(/^/),
  head: only(/^/),
  tail: only(/^/),
};

/** Windows' own script that tells of its licence, by its name alone or out of the system's folder. */
const slmgr = (args: PsArgs): boolean =>
  args.length === 2 &&
  /^(c:\\windows\\system32\\slmgr\.vbs|slmgr)$/i.test(args[0] ?? '') &&
  /^[-/](dli|dlv|xpr)$/i.test(args[1] ?? '');

/** Office's own script that tells of its licence. */
const OFFICE_LICENCE = /^c:\\program files( \(x86\))?\\microsoft office\\(root\\)?office\d\d\\ospp\.vbs$/i;

/** Programs that are the same on every system, and have no other meaning in PowerShell. */
const EVERYWHERE = new Set(
  `git docker kubectl helm openssl nmap python python3 node npm pip dotnet java go psql mysql mysqladmin redis-cli systemctl journalctl ip ss
  lsblk lscpu nginx smartctl nvidia-smi`.split(/\s+/),
);

/** Windows PowerShell puts quotes around an argument with spaces; a `\` at its end keeps them open, and the next such argument falls into words. */
const comesApart = (args: PsArgs): boolean => {
  const open = args.findIndex((arg) => /\s.*\\$/s.test(arg ?? ''));
  return open !== -1 && args.slice(open + 1).some((arg) => /\s/.test(arg ?? ' '));
};

/** Whether a program with these arguments only reads; undefined for what is no program known here. */
export function programReads(name: string, args: PsArgs): boolean | undefined {
  if (Object.hasOwn(PROGRAMS, name)) return !comesApart(args) && PROGRAMS[name]!(args);
  return EVERYWHERE.has(name) ? !comesApart(args) && (readingRule(name)?.(args) ?? false) : undefined;
}
