import { isCollectionType } from './collections.ts';
import { programReads } from './programs.ts';
import { BLOCK, type PsArgs } from './rule.ts';

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

/** Whether a command with these arguments only reads. Script blocks among them are judged on their own. */
export function psReads(name: string, args: PsArgs): boolean {
  const program = programReads(name, args);
  if (program !== undefined) return program;
  if (name === 'new-object') {
    const [type] = args.filter((arg) => !/^-typename$/i.test(arg ?? ''));
    return (
      /^(psobject|pscustomobject|system\.object)$/i.test(type ?? '') ||
      (isCollectionType(type ?? '') && args.length <= 2)
    );
  }
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
