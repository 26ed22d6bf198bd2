import { type ReadingRule, type Rules, all, exactly, onlyOptions, some, verbs, without } from './rule.ts';

/** apt takes its long options in any letters. */
const aptPlain = without(/^-(?![-t]).*[oc]|^--(option|config)/i);
const SIMULATES = /^(-[a-z]*s|--(simulate|dry-run|just-print|no-act|recon))$/;
const SIMULATING =
  /^(-[sqyVuft]+|--(simulate|dry-run|just-print|no-act|recon|yes|assume-yes|quiet|only-upgrade|verbose-versions|no-install-recommends|no-install-suggests|fix-broken|purge|auto-remove|autoremove|target-release=[\w-]+))$/;
const apt: ReadingRule = (args) => {
  if (!aptPlain(args)) return false;
  const verb = args.find((arg) => arg !== null && !arg.startsWith('-')) ?? '';
  if (/^(list|show|search|policy|depends|rdepends|showsrc|madison)$/.test(verb)) return true;
  if (args.length === 1 && /^(--version|-v|help)$/.test(args[0] ?? '')) return true;
  if (verb === 'changelog') return args.length === 2 && args[0] === verb && /^\w[\w.+-]*$/.test(args[1] ?? '');
  return (
    /^(install|upgrade|dist-upgrade|full-upgrade|remove|autoremove|purge)$/.test(verb) &&
    args.some((arg) => SIMULATES.test(arg ?? '')) &&
    // Not `--no-simulate`, `-s=no` or `-s no`, which take it back.
    onlyOptions(SIMULATING)(args) &&
    without(/^(0|1|no|yes|false|true|with|without|on|off|enable|disable)$/i)(args)
  );
};
const dnf = verbs({
  reads:
    /^(list|info|search|provides|whatprovides|repoquery|repolist|repoinfo|check-update|check|deplist|needs-restarting|updateinfo|groups? (list|info|summary)|grouplist|groupinfo|module (list|info))( .*)?$|^history( (list|info)( [\w.@-]+)*)?$|^versionlock( list)?$/,
  options:
    /^(-[qyCvr]|--(quiet|assumeyes|cacheonly|installed|available|updates|upgrades|all|security|refresh|showduplicates|enabled|disabled|recent|extras|list|requires|whatrequires|info|version|nvr|reboothint|summary)(=.*)?)$/,
});
const zypper = verbs({
  reads:
    /^(se|search|info|if|lu|list-updates|lp|list-patches|lr|repos|ls|services|pa|packages|patches|pchk|patch-check|ps|wp|what-provides|pd|products|ll|locks|targetos|licenses|pt|patterns|versioncmp)( .*)?$/,
  options:
    /^(-[sintuvqdacPE]|--(details|installed-only|not-installed-only|non-interactive|quiet|provides|requires|match-exact|no-refresh|updates|category=.*|severity=.*|all|orphaned|unneeded))$/,
});
const rpm: ReadingRule = (args) =>
  /^(-(q[a-zA-Z]*|V[a-z]*)|--query|--verify)$/.test(args[0] ?? '') &&
  without(
    /^--(e|pipe|eval|define|D|E|load|predef|undef|root|rcfile|macros|dbpath|restore|set|import|rebuild|initdb|spec)|^-(?!-)[a-zA-Z]*[DEr]/,
  )(args);

const pip = verbs({
  reads: /^(list|show|freeze|check|config list|index versions)( .*)?$/,
  options:
    /^(-[oufvlV]|--(outdated|uptodate|format=\w+|user|local|verbose|files|version|not-required|disable-pip-version-check))$/,
});
const npm = verbs({
  reads: /^(ls|list|ll|la|outdated|view|info|show|root|prefix|ping|whoami|config (list|get)|get|fund)( .*)?$/,
  options: /^(-[glav]|--(global|depth|all|json|long|parseable|version|production|prod|omit)(=.*)?)$/,
});

const snap = verbs({
  reads: /^(list|info|find|version|services|connections|changes|warnings|interfaces|model|tasks|known)( .*)?$/,
  options: /^--(all|revisions|verbose)$/,
});

/** Package managers. Their settings given on the command line can run programs, so they are left out. */
export const PACKAGE_RULES: Rules = {
  apt,
  'apt-get': apt,
  'apt-cache': (args) => args.every((arg) => arg !== 'gencaches') && aptPlain(args),
  aptitude: verbs({ reads: /^(search|show|versions|why|why-not)( .*)?$/, options: /^-[vF]$/ }),
  'apt-mark': verbs({ reads: /^(showhold|showmanual|showauto)( .*)?$/ }),
  'apt-key': verbs({ reads: /^(list|finger)$/ }),
  'apt-config': exactly(/^dump$/),
  dpkg: exactly(
    /^(-[lsSLpVCIc]|--(list|status|search|listfiles|verify|audit|print-avail|print-architecture|get-selections|info|contents|version)|[a-z0-9*][\w.+:*/-]*|\/.*|\.\/.*|\*.*)$/,
  ),
  'dpkg-query': without(/^--(admindir|root|load)/),
  'dpkg-deb': (args) => /^(-[Ic]|--(info|contents|field)|-f)$/.test(args[0] ?? '') && all(args, () => true),
  debsums: exactly(/^(-[csal]+|[a-z0-9][\w.+-]*)$/),
  needrestart: some(/^(-b|-k|-l|-p|-r|l)$/),
  rpm,
  dnf,
  yum: dnf,
  microdnf: dnf,
  repoquery: onlyOptions(/^(-[qali]|--(requires|whatrequires|list|installed|info|all|provides|whatprovides))$/),
  zypper,
  pacman: (args) =>
    /^-(Q[a-z]*|S[sil]+|F[a-z]?)$/.test(args[0] ?? '') && args[0] !== '-Fy' && without(/^-/)(args.slice(1)),
  apk: verbs({
    reads: /^(info|list|search|policy|version|stats)( .*)?$/,
    options: /^(-[Iuvaedw]+|-vv|--(installed|upgradable|available))$/,
  }),
  'needs-restarting': exactly(/^-[rsu]$/),
  'subscription-manager': verbs({
    reads: /^(status|identity|version|list|facts)$/,
    options: /^--(installed|consumed|list)$/,
  }),
  snap: (args) => (args.length === 2 && args[0] === 'refresh' && args[1] === '--list') || snap(args),
  pro: exactly(/^(status|version|security-status)$/),
  'debconf-show': exactly(/^\w[\w.+-]*$/),
  'dpkg-divert': exactly(/^--list$/),
  flatpak: verbs({
    reads: /^(list|info|search|remotes|remote-ls|remote-info|history|ps)( .*)?$/,
    options: /^(-d|--(app|runtime|updates|columns=.*|user|system|show-details))$/,
  }),
  brew: verbs({
    reads: /^(list|ls|info|outdated|search|deps|config|services list)( .*)?$/,
    options: /^--(versions|cask|formula)$/,
  }),
  pip,
  pip3: pip,
  pipx: verbs({ reads: /^list$/, options: /^--\w+$/ }),
  npm,
  yarn: verbs({ reads: /^(list|why .*|outdated|info .*)$/, options: /^--(depth=\d+|pattern=.*)$/ }),
  gem: verbs({
    reads: /^(list|search|info|environment|env|outdated|specification)( .*)?$/,
    options: /^(-l|--(local|remote))$/,
  }),
};
