import { readingRule } from '../bash/heads.ts';
import { noun } from './nouns.ts';
import { names } from '../naming.ts';

/** Arguments as written; null stands for text known only when it runs. */
export type PsArgs = readonly (string | null)[];

const ALIASES: Readonly<Record<string, string>> = {
  ls: 'get-childitem',
  dir: 'get-childitem',
  gci: 'get-childitem',
  cat: 'get-content',
  type: 'get-content',
  gc: 'get-content',
  ps: 'get-process',
  gps: 'get-process',
  gsv: 'get-service',
  gi: 'get-item',
  gp: 'get-itemproperty',
  gm: 'get-member',
  gcm: 'get-command',
  gwmi: 'get-wmiobject',
  gcim: 'get-ciminstance',
  gl: 'get-location',
  pwd: 'get-location',
  cd: 'set-location',
  sl: 'set-location',
  where: 'where-object',
  '?': 'where-object',
  '%': 'foreach-object',
  foreach: 'foreach-object',
  select: 'select-object',
  sls: 'select-string',
  measure: 'measure-object',
  group: 'group-object',
  ft: 'format-table',
  fl: 'format-list',
  fw: 'format-wide',
  cls: 'clear-host',
  clear: 'clear-host',
  sort: 'sort-object',
  compare: 'compare-object',
  ipcsv: 'import-csv',
  h: 'get-history',
  tnc: 'test-netconnection',
  man: 'get-help',
  help: 'get-help',
  echo: 'write-output',
  write: 'write-output',
  iex: 'invoke-expression',
  ri: 'remove-item',
  rm: 'remove-item',
  del: 'remove-item',
  erase: 'remove-item',
  rd: 'remove-item',
  rmdir: 'remove-item',
};

/** A command's full name in small letters, without `.exe`. */
export function fullName(written: string): string {
  const name = written.toLowerCase().replace(/\.exe$/, '');
  // Without its ending, Windows PowerShell takes it for Invoke-WebRequest.
  if (/^curl\.exe$/i.test(written)) return 'curl.exe';
  // With its ending it is the program of that name: `sort.exe /o` writes where `sort` only sorts.
  return !/\.exe$/i.test(written) && Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
}

const READING_CMDLET =
  /^(search-adaccount|get-[a-z0-9]+|test-(?!cluster$|mailflow$|srtopology$)[a-z0-9]+|select-(object|string|xml)|where-object|sort-object|group-object|compare-object|measure-(object|command)|new-timespan|confirm-securebootuefi|import-csv|join-string|out-gridview|clear-host|write-progress|find-(module|package|script|command)|set-strictmode|read-host|format-(table|list|wide|custom|hex)|convertto-(json|csv|html|xml)|convertfrom-(json|csv|stringdata)|out-(string|null|default|host)|write-(output|host|verbose|warning|error|information|debug)|resolve-(path|dnsname)|join-path|split-path|start-sleep|(set|push|pop)-location)$/;
/** Named like readers, but they write files or install something. */
const NOT_READING = new Set([
  'get-windowsupdatelog',
  'get-packageprovider',
  'get-gporeport',
  'get-gpresultantsetofpolicy',
  // PSWindowsUpdate's older names for installing, uninstalling and downloading.
  'get-wuinstall',
  'get-wuuninstall',
  'get-wuofflinemsu',
  // They save what they fetch.
  'get-azstorageblobcontent',
  'get-azstoragefilecontent',
  'get-azurestorageblobcontent',
  'get-azurestoragefilecontent',
  'get-pnpfile',
  'get-sftpfile',
  'get-sftpitem',
  'get-scpfile',
  'get-scpitem',
  'get-webfile',
  'get-storagediagnosticinfo',
  'get-hgsattestationbaselinepolicy',
  'get-troubleshootingpack',
  'get-certificate',
  'get-clusterlog',
  'get-pnpsitetemplate',
  'get-pnpprovisioningtemplate',
  'get-azremotedesktopfile',
  'get-azbatchnodefilecontent',
  'get-azbatchremotedesktopprotocolfile',
  'get-hgstrace',
]);
/** -Repair, -OutFile, -ForceBootstrap, -OutVariable and what they may be shortened to. */
const CHANGING_PARAMETER =
  /^-(rep[a-z]*|out|outf[a-z]*|outp[a-z]*|outv[a-z]*|ov|dest|destination(pa[a-z]*)?|localpath|resultp[a-z]*|forceb[a-z]*|install[a-z]*)(:.*)?$/i;

const every = (args: PsArgs, ...good: RegExp[]): boolean =>
  args.every((arg) => arg !== null && good.some((each) => each.test(arg)));
const first = (good: RegExp) => (args: PsArgs) => every(args, /^/) && good.test(args[0] ?? '');
const only = (good: RegExp) => (args: PsArgs) => every(args, good);
const without = (bad: RegExp) => (args: PsArgs) => every(args, /^/) && !args.some((arg) => bad.test(arg ?? ''));

const NETSH_SHOW =
  /^((interface|int|wlan|lan|mbn|advfirewall|firewall|winhttp|http|dhcpclient|dnsclient|branchcache|bridge|namespace|netio|ras|rpc|trace|winsock|p2p|nap|nps) show|(interface|int) (ipv4|ipv6|ip|tcp|udp|teredo|portproxy|isatap|6to4|httpstunnel) show|advfirewall (firewall|consec|monitor|mainmode) show|dhcp server show|ras (ip|ipv6|aaaa|diagnostics) show|nap (client|hra) show|ipsec (static|dynamic) show|p2p (collab|group|idmgr|pnrp) show)( |$)/i;

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
      (!verbs.some((verb) => /^.(view)?store$/i.test(verb!)) || operands.length <= 2)
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
  gpresult: (args) => args.length > 0 && only(/^\/(r|v|z|scope(:.*)?)$|^(user|computer)$/i)(args),
  nltest: (args) =>
    first(/^\/(dsgetdc|dclist|sc_query|domain_trusts|dsgetsite|parentdomain|whowill|query)(:|$)/i)(args) &&
    only(
      /^\/(dsgetdc|dclist|sc_query|domain_trusts|dsgetsite|parentdomain|whowill|query|server|site|account|force|gc|pdc|kdc|gtimeserv|timeserv|avoidself|ldaponly|backg|dsp?|ip|netbios|dns|ret_(dns|netbios)|writable|primary|forest|direct_(in|out)|all_trusts|v)(:[\w.*$-]*)?$/i,
    )(args),
  w32tm: (args) =>
    first(/^\/(query|stripchart|tz|monitor)$/i)(args) &&
    without(/^[-/](config|update|resync|register|unregister|debug)/i)(args),
  sc: first(/^(query|queryex|qc|qdescription|qfailure|sdshow)$/i),
  reg: first(/^(query|compare)$/i),
  schtasks: (args) => first(/^\/query$/i)(args) && without(/^[-/](run|end|create|change|delete)$/i)(args),
  wevtutil: (args) =>
    first(/^(qe|query-events|gl|get-log|el|enum-logs|gli|ep|gp)$/i)(args) &&
    without(/^\/(sbm|savebookmark|bm|bookmark)/i)(args),
  vssadmin: first(/^list$/i),
  'manage-bde': (args) =>
    first(/^-status$/i)(args) || (every(args, /^/) && /^-protectors -get \w:$/i.test(args.join(' '))),
  auditpol: first(/^\/(get|list)$/i),
  powercfg: first(/^\/(a|l|q|list|query|getactivescheme|availablesleepstates|lastwake|requests|waketimers)$/i),
  bcdedit: (args) => args.length === 0 || (args.length <= 2 && first(/^\/enum$/i)(args)),
  netsh: (args) =>
    every(args, /^[\w.:="*-]+$/) &&
    !args.some((arg) => /^wlanreport$/i.test(arg ?? '')) &&
    // Anywhere but behind a context, `show` is a name: of a script, of a helper's DLL, of a network.
    NETSH_SHOW.test(args.slice(0, 3).join(' ')),
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
  icacls: (args) => args.length === 1 && only(/^[^/]/)(args),
  attrib: (args) => args.length <= 1 && only(/^[^+-]/)(args),
  pnputil: first(/^\/enum-\w+$/i),
  wmic: (args) =>
    every(args, /^/) &&
    /^(os|cpu|bios|csproduct|computersystem|diskdrive|logicaldisk|memorychip|nic|nicconfig|qfe|service|process|printer|startup|useraccount|baseboard|volume)$/i.test(
      args[0] ?? '',
    ) &&
    args.some((arg) => /^(get|list)$/i.test(arg ?? '')) &&
    !args.some((arg) => /^(call|create|delete|set|assoc)$|[/:]/i.test(arg ?? '')),
  winget: (args) =>
    (first(/^(list|search|show|--version|--info)$/i)(args) && without(/^-(o|-(open-)?log)/i)(args)) ||
    (args.length <= 2 && only(/^(upgrade|--include-unknown)$/i)(args) && args.length > 0),
  choco: (args) =>
    first(/^(list|search|find|info|outdated|--version)$/i)(args) &&
    without(/^-+(log|cache|execution|proxy|install)/i)(args),
  repadmin: first(
    /^\/(showrepl|replsummary|queue|showbackup|showutdvec|showobjmeta|showconn|showattr|bridgeheads|istg|latency)$/i,
  ),
  dcdiag: (args) => every(args, /^\/(test:\w+|s:\S+|v|q|e|c|a|i|skip:\w+|dnsbasic|dnsall)$/i),
  setspn: (args) => first(/^-(l|q|x)$/i)(args) && without(/^[-/][asdrc]$/i)(args),
  netdom: (args) => first(/^(query|verify)$/i)(args) && without(/^\/(reset|verify:|p|pd|password)/i)(args),
  dsquery: without(/^$/),
  dfsrdiag: first(/^(backlog|replicationstate)$/i),
  nbtstat: only(/^(-[acnsSA]|[\w.:][\w.:-]*)$/),
  fltmc: only(/^(filters|instances|volumes)$/i),
  wbadmin: first(/^get$/i),
  openfiles: first(/^\/query$/i),
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

/** Programs that are the same on every system, and have no other meaning in PowerShell. */
const EVERYWHERE = new Set(
  `git docker kubectl helm openssl nmap python python3 node npm pip dotnet java go psql mysql mysqladmin redis-cli systemctl journalctl ip ss
  lsblk lscpu nginx smartctl`.split(/\s+/),
);

/** Whether a command with these arguments only reads. `hasBlock`: among them is a `{ … }`, which is judged on its own. */
export function psReads(name: string, args: PsArgs): boolean {
  if (Object.hasOwn(PROGRAMS, name)) return PROGRAMS[name]!(args);
  if (EVERYWHERE.has(name)) return readingRule(name)?.(args) ?? false;
  if (name === 'new-object') return /^(psobject|pscustomobject|system\.object)$/i.test(args[0] ?? '');
  // `% Delete` calls the method of that name on everything piped in.
  if (name === 'foreach-object')
    return args.length > 0 && args.every((arg) => arg === BLOCK || /^-(process|begin|end)$/i.test(arg ?? ''));
  if (/^(invoke-webrequest|invoke-restmethod)$/.test(name)) return fetchReads(args);
  if (!READING_CMDLET.test(name) || NOT_READING.has(name)) return false;
  if (Object.hasOwn(WRITES_WITH, name) && args.some((arg) => arg === null || WRITES_WITH[name]!.test(arg)))
    return false;
  // A block in a variable may be anything.
  if (name === 'where-object' && (args[0] === null || (/^-f/i.test(args[0] ?? '') && args[1] === null))) return false;
  return args.every((arg) => !CHANGING_PARAMETER.test(arg ?? ''));
}
/** GET and HEAD of an address in plain sight, printed; everything with another parameter may send or write. */
function fetchReads(args: PsArgs): boolean {
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i];
    if (arg == null) return false;
    if (/^-(usebasicparsing|disablekeepalive|skipcertificatecheck)$/i.test(arg)) continue;
    if (/^-(uri|timeoutsec|maximumredirection)$/i.test(arg)) continue;
    if (/^-method$/i.test(arg)) {
      if (!/^(get|head)$/i.test(args[(i += 1)] ?? '')) return false;
    } else if (!/^(https?:\/\/)?[\w.:/?=&%+,~-]+$/i.test(arg) || arg.startsWith('-')) return false;
  }
  return args.length > 0;
}
/** Parameters, and what they may be shortened to, with which a reading cmdlet does more than read. */
const WRITES_WITH: Readonly<Record<string, RegExp>> = {
  'test-computersecurechannel': /^-r/i,
  'get-windowsupdate': /^-(d|i|ac|ins|h|f)/i,
  'get-wulist': /^-(d|i|ac|h|f)/i,
  'get-clusterlog': /^/,
  'get-help': /^-on/i,
};
/** Stands for a script block among the arguments. */
export const BLOCK = '{}';

/** Whether a command can destroy data, in words. */
export function psDestroys(name: string, args: PsArgs, written = name): string | null {
  const operands = args.filter((arg) => arg !== null && !arg.startsWith('-'));
  if (name === 'remove-item') {
    const recurse = args.some((arg) => /^-(r|re|rec|recu|recur|recurs|recurse|rf|fr)(:.*)?$/i.test(arg ?? ''));
    if (recurse)
      return `deletes files under ${names(
        args.filter((arg) => arg === null || !/^[-/]/.test(arg)),
        'what is piped into it',
      )}`;
    if (args.length === operands.length && operands.length === 0) return 'deletes whatever is piped into it';
    if (operands.some((arg) => /[*?]/.test(arg ?? '')))
      return `deletes every file that matches ${names(operands.filter((arg) => !/^\//.test(arg ?? '')))}`;
  }
  if (DESTROYERS.test(name)) return destroyerWords(name, written, operands);
  const sub = (args[0] ?? '').toLowerCase();
  if (/^(reg delete|vssadmin delete|wbadmin delete|bcdedit \/delete(value)?|schtasks \/delete)$/.test(`${name} ${sub}`))
    return `\`${name} ${sub}\` deletes for good.`;
  if (
    name === 'net' &&
    /^(user|group|localgroup)$/.test(sub) &&
    args.length >= 3 &&
    args.some((arg) => /^\/del(ete)?$/i.test(arg ?? ''))
  )
    return '`net … /delete` deletes an account, a group or a member.';
  if (name === 'wevtutil' && /^(cl|clear-log)$/.test(sub)) return '`wevtutil cl` empties a log.';
  if (/^(rd|rmdir|del|erase|remove-item)$/.test(name) && args.some((arg) => /^\/s$/i.test(arg ?? '')))
    return '`/s` deletes whole folders.';
  if (name === 'wmic' && args.some((arg) => /^delete$/i.test(arg ?? ''))) return '`wmic … delete` deletes for good.';
  if (name === 'wsl' && args.some((arg) => /^--unregister$/i.test(arg ?? '')))
    return '`wsl --unregister` deletes a whole system.';
  if (name === 'robocopy' && args.some((arg) => /^\/(mir|purge|mov|move)$/i.test(arg ?? '')))
    return '`robocopy` deletes files that are not at the source, or deletes the source.';
  if (name === 'cipher' && args.some((arg) => /^\/w/i.test(arg ?? ''))) return '`cipher /w` overwrites free space.';
  return null;
}
const DESTROYERS =
  /^(format-volume|clear-disk|initialize-disk|remove-partition|remove-virtualdisk|remove-storagepool|reset-physicaldisk|clear-recyclebin|remove-vm[a-z]*|remove-ad(?!groupmember|principalgroupmembership|computerserviceaccount)[a-z]+|remove-mailbox[a-z]*|remove-local(user|group)|remove-(mg|az|azuread|msol|spo|pnp)[a-z]+|remove-(unifiedgroup|team|distributiongroup|cluster[a-z]*|vhd|ciminstance|wmiobject|computer)|remove-dhcpserver[a-z0-9]+|remove-dnsserver[a-z0-9]+|remove-dfs[a-z]+|remove-gpo|clear-eventlog|clear-content|clear-item|format|format\.com|diskpart|sdelete|sdelete64)$/;

function destroyerWords(name: string, written: string, operands: PsArgs): string {
  const thing = noun(written.includes('-') ? written.slice(written.indexOf('-') + 1) : name);
  const what = `${thing === name ? '' : `the ${thing} `}${names(operands.slice(0, 1), '')}`.trim();
  if (/^(clear|initialize|format|reset)/.test(name)) return `erases ${what || 'a drive'} (\`${name}\`)`;
  return /^(diskpart|sdelete)/.test(name)
    ? `\`${name}\` erases drives or files`
    : `deletes ${what} for good (\`${name}\`)`;
}
