import { ANYTHING, NOTHING, type ReadingRule, type Rules } from './rule.ts';
import { all, exactly, getopt, onlyOptions, operandsOf, some, verbs, without } from './rule.ts';

const date: ReadingRule = (args) =>
  all(args, (arg) => !/^-[^-]*s|^--s/.test(arg)) &&
  args.every(
    (arg, i) =>
      arg!.startsWith('-') || arg!.startsWith('+') || /^(-[udrR]*[dr]|--date|--reference)$/.test(args[i - 1] ?? ''),
  );

const top: ReadingRule = (args) =>
  getopt({ flags: 'bcHi1ESew', valued: { n: /^\d+$/, d: /^[\d.]+$/, p: /^[\d,]+$/, u: /^\w+$/, o: /^[\w%+-]+$/ } })(
    args,
  ) && args.some((arg) => /^-[a-zA-Z]*b/.test(arg ?? ''));

const parted: ReadingRule = (args) => {
  const words = operandsOf(args, /$^/);
  if (words === null || !onlyOptions(/^-(l|s|m|sm|ms|-list|-script|-machine)$/)(args)) return false;
  if (args.some((arg) => /^(-l|--list)$/.test(arg ?? ''))) return words.length === 0;
  return /^\/dev\/[\w/-]+( unit \w+)* (print|p)( free| all)?$/.test(words.join(' '));
};
/** `fdisk -l`: with it, nothing else is done. */
const listsDisks: ReadingRule = (args) =>
  exactly(/^(-[lux]+|--list|-o|[\w/,][\w/,-]*)$/)(args) &&
  args.some((arg) => /^(-[a-z]*l[a-z]*|--list)$/.test(arg ?? ''));
const lvm = without(/^--(conf|pro|commandp|driverl|act|cache|mk|test)/);
const checksOnly: ReadingRule = (args) =>
  exactly(/^(-[nfv]+|\/.*)$/)(args) && args.some((a) => /^-[fv]*n/.test(a ?? ''));
const shows = (...flags: string[]) => exactly(new RegExp(`^(${flags.join('|')})$`));

/** Logs that are only shown: `scterc,70,70`, `scttempint,5` and `sataphy,reset` set. */
const SMART_LOG =
  /^(x?error|x?selftest|selective|scttemp|scttempsts|scttemphist|scterc|sataphy|sasphy|ssd|background|defects|genstats|envrep|farm)$|^(x?error|x?selftest|directory|devstat|gplog|smartlog|nvmelog)(,[\da-fx+-]+)*$/;
const hdparm = some(/^(-[IigCtT]+|\/dev\/.*)$/);
const mount: ReadingRule = (args) => /^((-[lv] ?)*(-t [\w,.]+)?)$/.test(args.join(' ')) && !args.includes(null);

/** Hardware, disks, processes, time and users. */
export const SYSTEM_RULES: Rules = {
  date,
  top,
  parted,
  hdparm,
  ps: ANYTHING,
  fdisk: listsDisks,
  sfdisk: (args) =>
    listsDisks(args) ||
    (args.length === 2 && /^(-d|--dump|-l)$/.test(args[0] ?? '') && /^\/dev\/\w[\w/-]*$/.test(args[1] ?? '')),
  wipefs: exactly(/^(-[npiJ]+|--(no-act|parsable|noheadings|json)|\/dev\/[\w/-]+)$/),
  gdisk: (args) => args.includes('-l') && exactly(/^(-l|\/dev\/.*)$/)(args),
  sgdisk: some(/^(-p|--print|\/dev\/.*)$/),
  mount,
  kill: (args) =>
    exactly(/^(-l|-L|[A-Z]+|\d+)$/)(args)
      ? /^-[lL]$/.test(args[0] ?? '')
      : exactly(/^(-0|\d+)$/)(args) && args[0] === '-0',
  fuser: without(/^-[a-z]*[ki]|^--(k|i)|^-[A-Z0-9]+$/),
  smartctl: getopt({
    flags: 'aHixAcj',
    valued: { l: SMART_LOG, d: /^[\w,+/]+$/, n: /^[a-z,]+$/ },
    long: /^--(all|xall|health|info|attributes|capabilities|scan|scan-open|json|identify)$|^--device=[\w,+/]+$/,
    longValued: { '--log': SMART_LOG },
  }),
  mdadm: (args) =>
    /^(--detail|-D|--examine|-E|-Q|--query|--detail-platform|-Ds|-Es)$/.test(args[0] ?? '') &&
    exactly(/^(--scan|-s|--verbose|-v|--brief|-b|\/dev\/.*)$/)(args.slice(1)),
  lvs: lvm,
  vgs: lvm,
  pvs: lvm,
  lvdisplay: lvm,
  vgdisplay: lvm,
  pvdisplay: lvm,
  lvscan: NOTHING,
  vgscan: NOTHING,
  pvscan: NOTHING,
  dmsetup: verbs({ reads: /^(ls|info|status|table|deps|version)( |$)/, options: /^--(tree|columns)$|^-c$/ }),
  blkid: without(/^-[^-]*[gcw]|^--(g|c|w)/),
  // `-c` runs a script for each disk.
  zpool: verbs({ reads: /^(status|list|history|get|iostat|version)( |$)/, options: /^-[abd-zA-Z]+$/ }),
  zfs: verbs({ reads: /^(list|get|holds|diff|version)( |$)/, options: /^-[a-zA-Z]+$/ }),
  btrfs: verbs({
    reads:
      /^(filesystem|fi|subvolume|sub|device|dev|scrub|balance|property|qgroup) (show|df|usage|du|list|stats|status|get|usage)( |$)/,
    options: /^-[hdtmgsabo]$|^--(human|gbytes|mbytes|summarize|si|iec|raw)[a-z-]*$/,
  }),
  nvme: verbs({
    reads: /^(list|list-subsys|smart-log|id-ctrl|id-ns|error-log|fw-log|version)( |$)/,
    options: /^(-[nHve]|-o|--output-format(=.*)?|--human-readable)$/,
  }),
  multipath: (args) => /^-ll?$/.test(args[0] ?? '') && exactly(/^\w[\w-]*$/)(args.slice(1)),
  iscsiadm: exactly(/^(-m|session|node|iface|-P|[0-3])$/),
  tune2fs: (args) => args.length === 2 && args[0] === '-l',
  dumpe2fs: some(/^(-h|\/.*)$/),
  e2fsck: checksOnly,
  fsck: (args) => checksOnly(args) || (args[0] === '-N' && exactly(/^(-A|\/dev\/[\w/-]+)$/)(args.slice(1))),
  'fsck.ext4': checksOnly,
  xfs_repair: checksOnly,
  xfs_info: some(/^[^-]/),
  swapon: some(/^(-s|--show(=.*)?|--summary|--noheadings|--bytes)$/),
  repquota: without(/^--?[^asugvn]/),
  quota: exactly(/^(-[ugsvq]+|\w[\w.-]*)$/),
  iotop: (args) => exactly(/^(-[boPaqtk]+n?|-n|\d+|-n\d+)$/)(args) && args.some((arg) => /^-[a-z]*b/.test(arg ?? '')),
  dmidecode: without(/^--d/),
  lshw: without(/^-(dump|X)|^--?dump/),
  sensors: exactly(/^(-[ufAj]+|[\w*][\w*-]*)$/),
  ipmitool: verbs({
    reads:
      /^(sdr( (list|elist|type|get|info|entity)( .*)?)?|sel( (list|info|elist|last \d+))?( \d+)?|fru( print.*)?|(chassis )?(status|power status)|lan print.*|(mc|bmc) info|sensor( list| get .*)?|user list.*|channel info.*|dcmi power reading)$/,
    // `-E` takes no word.
    options: /^-E$/,
    valued: /^-[IHUPLpf]$/,
  }),
  upower: some(/^(-[edi]|--(enumerate|dump|show-info)|\/org\/.*)$/),
  'nvidia-smi': exactly(/^(-L|-q|--query-[a-z-]+=[\w.,]+|--format=[\w,]+|-i|\d+)$/),
  numactl: some(/^(-H|--hardware|-s|--show)$/),
  cpupower: exactly(/^(frequency-info|idle-info|info)$/),
  apcaccess: exactly(/^status$/),
  hwclock: shows('-r', '--show', '--verbose', '-u', '--utc', '-l', '--localtime'),
  chronyc: verbs({
    reads: /^(tracking|sources|sourcestats|activity|serverstats|clients|ntpdata( [\w.:]+)?|selectdata)$/,
    options: /^-[anv]+$/,
  }),
  ntpq: some(/^-[pcn4w]+$|^(rv|peers?|associations|as|sysinfo)$|^\w[\w.-]*$/),
  ntpdate: (args) => /^-[qu]*q[u]*$/.test(args[0] ?? '') && exactly(/^(-u|[\w.:-]+)$/)(args.slice(1)),
  timedatectl: exactly(
    /^(status|show|timesync-status|show-timesync|list-timezones|--no-pager|--all|-p|--property=\w+|[A-Z]\w+)$/,
  ),
  hostnamectl: exactly(/^(status|--static|--transient|--pretty|--no-pager|--json=\w+)$/),
  localectl: exactly(/^(status|list-[a-z0-9-]+|--no-pager)$/),
  hostname: exactly(/^(-[fisdAIy]|--(fqdn|short|ip-address|all-ip-addresses|all-fqdns|domain|long|nis))$/),
  dnsdomainname: NOTHING,
  domainname: NOTHING,
  loginctl: (args) =>
    args.length === 0 ||
    (/^(list|show)-[a-z]+$|^(session|user|seat)-status$/.test(args[0] ?? '') && without(/^-[HM]|^--(host|mach)/)(args)),
  dmesg: onlyOptions(
    /^(-[THxkurtwWPeLdfl]+|--(human|ctime|level|facility|kernel|userspace|raw|notime|nopager|decode|color|since|until|follow|reltime|time-format)(=.*)?)$/,
  ),
  lsof: without(/^-[^-]*D/),
  pidstat: without(/^-[^-]*e/),
  slabtop: some(/^(-o|--once|-s|\w)$/),
  sar: without(/^-[^-]*o/),
  perf: exactly(/^(list|--version)$/),
  lastlog: without(/^-[^-]*[CS]|^--(cl|se)/),
  faillog: some(/^(-a|-u|[a-z]\w*)$/),
  chage: (args) => args.length === 2 && args.some((arg) => /^(-l|--list)$/.test(arg ?? '')),
  passwd: (args) => /^(-S|--status)$/.test(args[0] ?? '') && exactly(/^(-a|--all|[a-z_][\w.-]*)$/)(args.slice(1)),
  faillock: (args) => exactly(/^(--user|--user=.*|[a-z_][\w.-]*)$/)(args),
  sudo: some(/^(-l|-ll|-n|--list|-V|--version)$/),
  visudo: (args) => /^(-c|--check)$/.test(args[0] ?? '') && exactly(/^(-f|-q|-s|\/.*)$/)(args.slice(1)),
  pwck: some(/^(-r|-q|--read-only)$/),
  grpck: some(/^(-r|--read-only)$/),
  crontab: (args) => args.includes('-l') && exactly(/^(-l|-u|[a-z_][\w.-]*|\ufffc)$/)(args),
  atq: exactly(/^(-q|[a-z])$/),
  // A number alone is a time, at which what is fed to it is run.
  at: (args) => /^-[lc]$/.test(args[0] ?? '') && exactly(/^\d+$/)(args.slice(1)),
  'run-parts': (args) => /^--(test|list)$/.test(args[0] ?? ''),
  runlevel: NOTHING,
  sysctl: (args) =>
    args.length > 0 && exactly(/^(-[aneNbrA]+|--(all|names|values|pattern|ignore)|[a-z][\w.*/-]*)$/)(args),
  modinfo: onlyOptions(/^-[adlpnF]$|^--(author|description|license|parameters|filename|field)$/),
  dkms: exactly(/^status$/),
  udevadm: (args) => args[0] === 'info' && without(/^-[a-zA-Z]*[cw]|^--[cw]/)(args),
  blockdev: (args) =>
    /^--(report|get\w+)$/.test(args[0] ?? '') && exactly(/^(--get\w+|\/dev\/[\w/-]+)$/)(args.slice(1)),
  cryptsetup: (args) =>
    args.length === 2 &&
    /^(luksDump|status|isLuks|luksUUID)$/.test(args[0] ?? '') &&
    /^\w|^\/dev\//.test(args[1] ?? ''),
  multipathd: verbs({ reads: /^show (paths|maps|topology|status|config|daemon|devices)( (json|raw|stats))?$/ }),
  prlimit: (args) =>
    /^(--pid=\d+|--pid|-p)$/.test(args[0] ?? '') &&
    args.length === (args[0]!.includes('=') ? 1 : 2) &&
    exactly(/^(--pid=\d+|--pid|-p|\d+)$/)(args),
  jps: exactly(/^-[qlmvV]+$/),
  jstat: (args) =>
    /^-(gc|gcutil|gccapacity|gccause|gcnew|gcold|class|compiler)$/.test(args[0] ?? '') &&
    exactly(/^\d+(ms|s)?$/)(args.slice(1)),
  tput: some(/^(cols|lines|colors|longname)$/),
  mmcli: some(/^(-L|--list-modems|-m|\d+)$/),
  fwupdmgr: exactly(/^(get-devices|get-history|get-remotes|get-updates|get-topology)$/),
  authselect: exactly(/^(current|list|check)$/),
  // Alone it scans.
  scanimage: some(/^(-L|--list-devices|-V)$/),
  'usb-devices': NOTHING,
  'kdump-config': exactly(/^(show|status)$/),
  lsinitrd: exactly(/^\/boot\/[\w.-]+$/),
  getsebool: exactly(/^(-a|\w+)$/),
  semanage: (args) =>
    /^[a-z]+$/.test(args[0] ?? '') && args.includes('-l') && exactly(/^(-l|--list|-C|-n)$/)(args.slice(1)),
  auditctl: some(/^-[ls]$/),
  ausearch: without(/^--ch/),
  aureport: ANYTHING,
  alternatives: (args) => /^--(display|list|query)$/.test(args[0] ?? '') && exactly(/^\w[\w.+-]*$/)(args.slice(1)),
  'update-alternatives': (args) =>
    /^--(display|list|query|get-selections)$/.test(args[0] ?? '') && exactly(/^\w[\w.+-]*$/)(args.slice(1)),
  screen: some(/^-(ls|list)$/),
  tmux: some(/^(ls|list-sessions|list-windows|list-panes|-a)$/),
  acpi: onlyOptions(/^-[a-zA-Z]+$/),
  lsinitramfs: ANYTHING,
  // On a hostile file it may run that file's own loader, so only the system's folders.
  ldd: (args) =>
    args.length === 1 && exactly(/^\/(usr|bin|sbin|lib|lib64)\/[\w./+-]+$/)(args) && !args[0]!.includes('..'),
  anacron: exactly(/^-T$/),
  inxi: exactly(/^-[A-TV-Za-gi-z]+$/),
  hwinfo: exactly(/^--(short|cpu|disk|memory|netcard|network|usb|printer|gfxcard|sound|bios|pci)$/),
  xrandr: exactly(/^(-q|--query|--listmonitors|--listproviders|--current|--prop|--verbose)$/),
  xdpyinfo: NOTHING,
  pactl: (args) => /^(list|info|stat)$/.test(args[0] ?? '') && exactly(/^\w+$/)(args),
  aplay: some(/^-[lL]$/),
  arecord: some(/^-[lL]$/),
  'v4l2-ctl': some(/^(--(list-[a-z-]+|all|info)|-d|\/dev\/video\d+)$/),
  // On macOS it runs the command behind its options.
  arch: NOTHING,
  // `-n` and `-N` write a file of settings.
  pmap: exactly(/^(-[xXdqpc]+|\d+|--(extended|device|quiet|show-path))$/),
  // `-O` names a file to keep answers in, `-H` and `-M` reach past the system.
  lspci: exactly(/^(-[vnkxmDbtP]+|-[sd]|(-[sd])?[\da-f:.*]+)$/),
  // Not `-x`, which runs a command.
  jobs: exactly(/^-[lnprs]+$/),
  grubby: some(/^--(info=[\w/]+|default-kernel|default-index|default-title)$/),
};

/** Whatever their arguments, these read and print. */
export const SYSTEM_READERS = `uname id whoami pwd echo sleep true false exit return : free uptime getent groups logname tty nproc lscpu lsmem lsusb lsmod
  lsblk findmnt last lastb w who users which whereis type vmstat iostat mpstat pgrep pidof pstree pwdx printenv locale getconf break continue cd
  pushd popd dirs lslocks lsns lsipc lslogins ipcs ipcalc lsb_release hostid sestatus getenforce aa-status matchpathcon lsscsi numastat tload
  pinky finger lsattr times cpuid upsc lsirq lsfd apropos whatis klist ntpstat systool biosdecode`;
