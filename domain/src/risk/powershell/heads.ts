import { isCollectionType } from './collections.ts';
import { programReads } from './programs.ts';
import { BLOCK, type PsArgs } from './rule.ts';

const READING_CMDLET =
  /^(search-(adaccount|unifiedauditlog|adminauditlog|mailboxauditlog)|get-[a-z0-9]+|test-[a-z0-9]+|measure-vm(replication|resourcepool)?|find-netroute|export-scheduledtask|select-(object|string|xml)|where-object|sort-object|group-object|compare-object|measure-(object|command)|new-timespan|confirm-securebootuefi|import-csv|join-string|out-gridview|clear-host|write-progress|find-(module|package|script|command)|set-strictmode|read-host|format-(table|list|wide|custom|hex)|convertto-(json|csv|html|xml)|convertfrom-(json|csv|stringdata)|out-(string|null|default|host)|write-(output|host|verbose|warning|error|information|debug)|resolve-(path|dnsname)|join-path|split-path|start-sleep|(set|push|pop)-location)$/;
/** Named like readers, but they write files or install something. */
const NOT_READING = new Set([
  'get-windowsupdatelog',
  'get-packageprovider',
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
  // They gather files of their own in a folder, or fetch some.
  'get-clusterdiagnosticinfo',
  'get-sddcdiagnosticinfo',
  'get-pcstoragediagnosticinfo',
  'get-netview',
  'get-azvmbootdiagnosticsdata',
  'get-pnptenanttemplate',
  'get-pnplistitemattachment',
  // Tests that write, send, restore or make something fail.
  'test-cluster',
  'test-clusterresourcefailure',
  'test-mailflow',
  'test-srtopology',
  'test-exchangesearch',
  'test-umconnectivity',
  'test-popconnectivity',
  'test-imapconnectivity',
  'test-activesyncconnectivity',
  'test-dbalastbackup',
  'test-hgsclientconfiguration',
]);
/**
 * -Repair, -OutFile, -ForceBootstrap, -OutVariable and what they may be shortened to; and the words by which a reader that no table knows
 * says that it does more.
 */
const CHANGING_PARAMETER = new RegExp(
  `^-(${[
    'rep[a-z]*|out|outf[a-z]*|outp[a-z]*|outv[a-z]*|ov|localpath|resultp[a-z]*|forceb[a-z]*|install[a-z]*',
    // Every shortening of -DestinationPath, and not -DestinationPrefix.
    'dest|desti|destin|destina|destinat|destinati|destinatio|destination(pa?|pat[a-z]*)?',
    'uninst[a-z]*|reb[a-z]*|resta[a-z]*|rese[a-z]*|rem|remo|remov[a-z]*|remed[a-z]*|fix[a-z]*|mitigate|del|dele|delet[a-z]*|clear[a-z]*',
    'clean[a-z]*|purge[a-z]*|kill[a-z]*|upl[a-z]*|downl[a-z]*|apply[a-z]*|save[a-z]*|expo|expor|export(?!able)[a-z]*|upda|updat|update(?!d|id|type)[a-z]*',
    'register|unreg[a-z]*|send|send(?!er)[a-z]+|writ[a-z]*|create|createn[a-z]*|overwr[a-z]*|publish|commit|enable|disable|set|add|copy|copyto',
    'outd[a-z]*|targetfile|tocsv|tohtml|toexcel|asexcel|excel(p|f)[a-z]*|json(p|f)[a-z]*|xml(p|f)[a-z]*|dump(p|f)[a-z]*|generater[a-z]*|smtps[a-z]*|scriptp[a-z]*|append',
    'enforce|exec|execute|run|invoke|trigger|sync|rotate|revoke|rename|unlock|assign|stop|shutdown|backup|release|onboard|offboard|transcript',
    'move|moveto|autoreb[a-z]*|autofix|autorep[a-z]*|schedulej[a-z]*|schedulereb[a-z]*|log(p|f(?!ilter)|d|loc)[a-z]*|csv|csv(p|f)[a-z]*|html|html(p|f)[a-z]*|tofile',
  ].join('|')})(:.*)?$`,
  'i',
);

/** -ErrorVariable and its kind, as they may be shortened. */
const FILLS = /^-(ev|wv|iv|pv|cv|countv[a-z]*|(error|warning|information)v[a-z]*|pi[a-z]*)$/i;
/** What they fill may be a setting, a function or a file: `-ErrorVariable env:PATH`. */
const ORDINARY_NAME = /^\+?(?!ps|profile|executioncontext|host|ofs|outputencoding|null$|true$|false$|_$)[a-z_]\w*$/i;

function fillsMore(name: string, args: PsArgs): boolean {
  return args.some((arg, i) => {
    const [, parameter, joined] = /^(-[a-z]+)(?::(.*))?$/i.exec(arg ?? '') ?? [];
    if (parameter === undefined) return false;
    const next = args[i + 1] === ':' ? args[i + 2] : args[i + 1];
    const value = joined === undefined || joined === '' ? next : joined;
    // The shortest form may mean -Path.
    if (/^-p$/i.test(parameter)) return /^(env|function|alias|variable):/i.test(value ?? '');
    // Graph's readers have no -Count, which is short for -CountVariable then.
    const fills = FILLS.test(parameter) || (/^-cou/i.test(parameter) && /^get-(mg|entra)/.test(name));
    return fills && !ORDINARY_NAME.test(value ?? '');
  });
}

/** Whether a command with these arguments only reads. Script blocks among them are judged on their own. */
export function psReads(name: string, args: PsArgs): boolean {
  const program = programReads(name, args);
  if (program !== undefined) return program;
  if (name === 'new-object') {
    const [type, ...rest] = /^-typename$/i.test(args[0] ?? '') ? args.slice(1) : args;
    return (
      // It looks for updates; what would fetch or install them is made by a method that is not known to read.
      (args.length === 2 &&
        /^-com(o(b(j(e(c(t)?)?)?)?)?)?$/i.test(args[0] ?? '') &&
        /^microsoft\.update\.(session|autoupdate|systeminfo)$/i.test(args[1] ?? '')) ||
      // A second -TypeName would make an object of that type.
      (/^(psobject|pscustomobject|system\.object)$/i.test(type ?? '') &&
        (rest.length === 0 || (rest.length === 2 && /^-prop(erty)?$/i.test(rest[0] ?? '') && rest[1] === null))) ||
      (isCollectionType(type ?? '') && rest.length <= 1 && !/^-/.test(rest[0] ?? ''))
    );
  }
  // `% Delete` calls the method of that name on everything piped in.
  if (name === 'foreach-object')
    return args.length > 0 && args.every((arg) => arg === BLOCK || /^-(process|begin|end)$/i.test(arg ?? ''));
  // The block of a function may be passed where a variable stands.
  if (name === 'measure-command')
    return args.length > 0 && args.every((arg) => arg === BLOCK || /^-expression$/i.test(arg ?? ''));
  if (/^(invoke-webrequest|invoke-restmethod)$/.test(name)) return fetchReads(args);
  if (Object.hasOwn(EXACT, name)) return EXACT[name]!(args);
  if (!READING_CMDLET.test(name) || NOT_READING.has(name)) return false;
  if (Object.hasOwn(WRITES_WITH, name) && args.some((arg) => arg === null || WRITES_WITH[name]!.test(arg)))
    return false;
  // A block in a variable may be anything.
  if (name === 'where-object' && (args[0] === null || (/^-f/i.test(args[0] ?? '') && args[1] === null))) return false;
  if (
    name === 'select-object' &&
    args.some(
      (arg, i) => /^scriptblock$/i.test(arg ?? '') || (/^-exp/i.test(args[i - 1] ?? '') && /[*?[]/.test(arg ?? '')),
    )
  )
    return false;
  // The body of a function, which a cmdlet would run.
  if (args.some((arg) => /\bfunction:/i.test(arg ?? ''))) return false;
  return !fillsMore(name, args) && args.every((arg) => !CHANGING_PARAMETER.test(arg ?? ''));
}

/** Commands that read with these parameters alone, written out, each with its value behind it. */
const EXACT: Readonly<Record<string, (args: PsArgs) => boolean>> = {
  // With -Path, which has a position too, it writes a file.
  'get-gporeport': (args) =>
    named(args, {
      all: null,
      name: /^/,
      guid: /^[\w{}-]+$/,
      domain: /^[\w.-]+$/,
      server: /^[\w.-]+$/,
      reporttype: /^(xml|html)$/i,
    }),
  'invoke-mggraphrequest': (args) =>
    args.some((arg) => /^-uri$/i.test(arg ?? '')) &&
    named(args, {
      method: /^get$/i,
      uri: /^(https:\/\/graph\.microsoft\.com\/|\/)?(v1\.0|beta)\//i,
      outputtype: /^(psobject|hashtable|json)$/i,
    }),
  'repair-windowsimage': (args) =>
    args.some((arg) => /^-(check|scan)health$/i.test(arg ?? '')) &&
    named(args, { online: null, checkhealth: null, scanhealth: null }),
  // PowerShell loads these by itself as soon as one of their commands is called.
  'import-module': (args) => {
    const [module, ...rest] = args.filter((arg) => !/^-name$/i.test(arg ?? ''));
    return MODULES.test(module ?? '') && named(rest, { erroraction: /^(stop|silentlycontinue|ignore|continue)$/i });
  },
};

const MODULES =
  /^(activedirectory|webadministration|iisadministration|dnsserver|dhcpserver|grouppolicy|hyper-v|failoverclusters|exchangeonlinemanagement|bitlocker|defender|printmanagement|scheduledtasks|servermanager|smbshare|storage|netadapter|nettcpip|netsecurity|dnsclient|pswindowsupdate|sqlserver|remotedesktop|adsync|microsoft\.graph(\.[a-z]+)*)$/i;

/** Whether there is nothing but parameters of these names; null: one without a value. */
function named(args: PsArgs, known: Readonly<Record<string, RegExp | null>>): boolean {
  for (let i = 0; i < args.length; i += 1) {
    const name = /^-(\w+)$/.exec(args[i] ?? '')?.[1]?.toLowerCase();
    if (name === undefined || !Object.hasOwn(known, name)) return false;
    const value = known[name];
    if (value != null && !value.test(args[(i += 1)] ?? '-')) return false;
    if (args[i]?.startsWith('-') === true && value != null) return false;
  }
  return true;
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
  'get-windowsupdate': /^-(d|i|ac|au|h|f|sc|sen|un)/i,
  'get-wulist': /^-(d|i|ac|au|h|f|sc|sen|un)/i,
  'get-wurebootstatus': /^-(a|sc|se|ca)/i,
  // With a parameter it may register the computer, and restart it.
  'get-windowsautopilotinfo': /^/,
  'get-windowsautopilotinfocommunity': /^/,
  'get-autopilotdiagnostics': /^-o/i,
  'get-calendardiagnosticlog': /^-l/i,
  'get-exchangediagnosticinfo': /^-a/i,
  'get-dbabuild': /^-u/i,
  'get-clusterlog': /^/,
  'get-help': /^-on/i,
};
