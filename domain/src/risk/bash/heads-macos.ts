import { NOTHING, type Rules, exactly, some, verbs } from './rule.ts';

const NAME = String.raw`[\w.][\w. :/@-]*`;

/** What macOS brings along. */
export const MACOS_RULES: Rules = {
  sw_vers: exactly(/^--?(productName|productVersion|buildVersion|productVersionExtra)$/),
  vm_stat: NOTHING,
  system_profiler: exactly(/^(-listDataTypes|-json|-xml|-detailLevel|mini|basic|full|SP\w+DataType)$/),
  diskutil: verbs({
    reads:
      /^(list( (internal|external|physical|virtual|\/?[\w/]+))*|info( [\w/. -]+)?|activity|(apfs|ap) list\w*( \w+)?|(coreStorage|cs) (list|info)( \S+)?|listFilesystems|appleRAID list)$/i,
    options: /^-(plist|all)$/,
  }),
  softwareupdate: some(/^(-l|--list|--history|--list-full-installers)$/),
  launchctl: verbs({
    reads:
      /^(list( [\w.-]+)?|print (system|gui\/\d+|user\/\d+)(\/[\w.-]+)?|print-disabled (system|gui\/\d+|user\/\d+)|print-cache|blame (system|gui\/\d+)\/[\w.-]+|managername|manageruid|version)$/,
  }),
  networksetup: (args) =>
    /^-(get\w+|list\w+|show\w+|is\w+|version)$/.test(args[0] ?? '') && exactly(new RegExp(`^${NAME}$`))(args.slice(1)),
  scutil: (args) =>
    args.length === 1
      ? /^--(dns|proxy|nwi)$/.test(args[0] ?? '')
      : args.length === 2 &&
        (args[0] === '--get'
          ? /^(ComputerName|LocalHostName|HostName)$/.test(args[1] ?? '')
          : args[0] === '-r' && /^\w[\w.-]*$/.test(args[1] ?? '')),
  dscl: (args) =>
    args.length >= 2 &&
    /^(\.|\/Search|\/Local\/Default|localhost)$/.test(args[0] ?? '') &&
    /^-?(list|read|readall|search)$/.test(args[1] ?? '') &&
    exactly(/^[\w./][\w./ -]*$/)(args.slice(2)),
  dscacheutil: (args) => args[0] === '-q' && exactly(/^(-a|\w[\w.@-]*)$/)(args.slice(1)),
  fdesetup: exactly(/^(status|list|isactive|version)$/),
  spctl: exactly(/^--status$/),
  csrutil: (args) => args.length === 1 && args[0] === 'status',
  pmset: (args) => args[0] === '-g' && exactly(/^[a-z]+$/)(args.slice(1)),
  defaults: verbs({ reads: /^(read( \S+){0,2}|read-type \S+ \S+|domains|find \S+)$/, options: /^-(currentHost|g)$/ }),
  log: (args) =>
    /^(show|stats)$/.test(args[0] ?? '') &&
    exactly(
      /^(--(last|start|end|predicate|style|info|debug|process|no-pager|overview|signpost|backtrace|loss|source|timezone)(=.*)?|[^-].*)$/,
    )(args.slice(1)),
  profiles: verbs({ reads: /^(list|status|show|version)$/, options: /^-(all|type|user)$/, valued: /^-(type|user)$/ }),
  tmutil: verbs({
    reads:
      /^(listbackups|status|latestbackup|destinationinfo|machinedirectory|version|listlocalsnapshots(dates)? ?\S*)$/,
    options: /^-[mtX]$/,
  }),
  ioreg: exactly(/^(-[lbfirtaxSw]+|-w ?\d+|-[cknpd]|\d+|\w[\w.,@-]*)$/),
  mdfind: exactly(/^(-(count|name|onlyin|literal)|[^-].*)$/),
  mdls: exactly(/^(-(name|raw)|[^-].*)$/),
  // Not `--extract-certificates` and `--entitlements`, which write files.
  codesign: (args) =>
    /^(-dv*|--display|-v+|--verify)$/.test(args[0] ?? '') &&
    exactly(/^(-dv*|-v+|--(display|verify|verbose(=\d)?|deep|strict)|[^-].*)$/)(args),
  security: verbs({
    reads:
      /^(find-certificate|find-identity|verify-cert|list-keychains|default-keychain|login-keychain)( \/[\w./ -]+\.keychain(-db)?)?$/,
    options: /^-[apvZm]$/,
    valued: /^-c$/,
  }),
  pkgutil: (args) =>
    /^--(pkgs(=.*)?|pkg-info|files|file-info|check-signature|packages)$/.test(args[0] ?? '') &&
    args.length <= 2 &&
    exactly(/^[^-]/)(args.slice(1)),
  nvram: (args) => args.length === 1 && /^(-p|-xp|[A-Za-z][\w-]*)$/.test(args[0] ?? ''),
  plutil: (args) => /^-(p|lint)$/.test(args[0] ?? '') && args.length >= 2 && exactly(/^[^-]/)(args.slice(1)),
  ipconfig: (args) =>
    /^(getifaddr|getpacket|getv6packet|getsummary|ifcount|waitall|getoption)$/.test(args[0] ?? '') &&
    args.length <= 3 &&
    exactly(/^(?!set)\w+$/)(args.slice(1)),
  kextstat: exactly(/^-[lkab]$/),
  kmutil: verbs({ reads: /^showloaded$/, options: /^--(show|sort|list-only|variant-suffix)(=\w+)?$/ }),
  systemsetup: (args) => args.length === 1 && /^-(get\w+|list\w+)$/.test(args[0] ?? ''),
  dsconfigad: (args) => args.length === 1 && args[0] === '-show',
  otool: (args) => /^-[Lhlv]+$/.test(args[0] ?? '') && exactly(/^[^-]/)(args.slice(1)),
  hdiutil: (args) => args[0] === 'info' && args.length === 1,
  mdutil: (args) => args[0] === '-s' && exactly(/^(-a|\/[\w./ -]*)$/)(args.slice(1)),
  jamf: exactly(/^(version|checkJSSConnection)$/),
};
