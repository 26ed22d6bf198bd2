import type { Found, Named } from '../found.ts';
import { isAuthority, isWellKnownAccount } from '../well-known.ts';
import { type Rule, shape } from './shape.ts';

const halves = (value: string): Named[] => {
  const [domain = '', name = ''] = value.split('\\');
  return [
    ...(isWellKnownAccount(name) || name.length < 3
      ? []
      : [{ kind: 'account' as const, value: name.replace(/\$$/, '') }]),
    ...(domain.length < 3 || /^(?:azuread|microsoftaccount|workgroup)$/i.test(domain)
      ? []
      : [{ kind: 'domain' as const, value: domain }]),
  ];
};

const notAnAccount = (value: string): boolean => {
  const [domain = '', name = ''] = value.split('\\');
  return (
    isAuthority(domain) ||
    /^x[0-9a-f]{2}/i.test(name) ||
    /\.(?:exe|dll|sys|inf|txt|log|ps1|bat|cmd|msi|ini|xml|json|cat|mui|dat|evtx)$/i.test(name)
  );
};

/** Columns of unix tables by the words of their head; what stands there until an empty line are accounts. */
const HEAD = /^[ \t]*(?:USER|UID|PID|COMMAND|USERNAME)(?:[ \t]+[\w%()/:+-]+){2,60}[ \t]*\r?$/gm;

function* columns(text: string): Iterable<Found> {
  for (const head of text.matchAll(HEAD)) {
    const names = head[0].trim().split(/[ \t]+/);
    const column = names.findIndex((name) => /^(?:USER|UID|USERNAME)$/.test(name));
    // The cells before the account may not be empty: of the columns that may, none stands there.
    if (column < 0 || column > 3) continue;
    // lsof leaves the number of a thread out where there is none.
    const row = names.includes('TID')
      ? /^[ \t]*\S+[ \t]+\d+[ \t]+(?:\d+[ \t]+)?(\S+)/
      : new RegExp(`^[ \\t]*(?:\\S+[ \\t]+){${column}}(\\S+)`);
    let at = head.index + head[0].length + 1;
    while (at < text.length) {
      const stop = text.indexOf('\n', at);
      const end = stop < 0 ? text.length : stop;
      const line = text.slice(at, Math.min(end, at + 400));
      if (line.trim() === '' || /^[ \t]*(?:USER|UID|PID|COMMAND|USERNAME)[ \t]/.test(line)) break;
      const cell = row.exec(line);
      if (cell !== null) {
        const name = cell[1]!;
        const start = at + cell[0].length - name.length;
        if (/^[a-z][\w.-]{1,31}\+?$/i.test(name) && !isWellKnownAccount(name)) {
          const value = name.replace(/\+$/, '');
          yield { kind: 'account', value, start, end: start + value.length };
        }
      }
      at = end + 1;
    }
  }
}

export const ACCOUNT_RULES: readonly Rule[] = [
  // DOMAIN\name; in small letters, which a part of a path can be too, only alone on its line or after a word that says so.
  shape('account', {
    pattern: /(?<![\w\\/:.%$-])(?<v>[A-Z][A-Z0-9-]{1,14}\\[\w.$-]{1,64})(?![\\\w])/dg,
    stays: notAnAccount,
    also: halves,
  }),
  shape('account', {
    pattern:
      /(?:^[ \t]*|\b(?:user|username|account|account name|owner|as|by|for|runas|identity)[ \t]{0,20}[:=]?[ \t]{0,20}["']?|-u[ \t]+)(?<v>[a-z][a-z0-9-]{1,14}\\[\w.$-]{1,64})(?=["'\s,;)]|$)/dgim,
    stays: notAnAccount,
    also: halves,
  }),
  shape('account', { pattern: /(?<![\w\\])(?<v>(?:AzureAD|MicrosoftAccount)\\[\w.$@-]{1,64})/dgi, also: halves }),
  // /etc/passwd and shadow: people come from 1000 on. group: who is in it.
  shape('account', {
    pattern: /^(?<v>[a-z_][\w.-]{0,31}\$?):[^:\n]{0,200}:[1-9]\d{3,6}:\d{1,7}:[^:\n]{0,200}:\/[^:\n]{0,200}:/dgm,
    stays: isWellKnownAccount,
  }),
  shape('person', {
    pattern: /^[a-z_][\w.-]{0,31}:[^:\n]{0,200}:[1-9]\d{3,6}:\d{1,7}:(?<v>\p{Lu}[\p{L}'-]+ \p{Lu}[^:,\n]{0,100})/dgmu,
  }),
  shape('account', { pattern: /^(?<v>[a-z_][\w.-]{0,31}):\$\w{1,2}\$[^:\n]+:/dgm, stays: isWellKnownAccount }),
  shape('account', { pattern: /^(?<v>[a-z_][\w.-]{0,31}):[x*!]?:[1-9]\d{3}:/dgm, stays: isWellKnownAccount }),
  shape('account', {
    pattern:
      /^[a-z_][\w.-]{0,31}:[x*!]{0,2}:(?:\d{1,7}|[\w,.-]{0,200}):(?:[\w.-]{1,32},){0,40}(?<v>[\w.-]{1,32})\r?$/dgm,
    stays: isWellKnownAccount,
  }),
  // last, lastb, who, w.
  shape('account', {
    pattern: /^(?<v>[a-z_][\w.-]{0,31})[ \t]+(?:[-+?][ \t]+)?(?:tty\w*|pts\/\d+|ssh:notty|console|:\d+)(?![\w/])/dgim,
    stays: isWellKnownAccount,
  }),
  // ls -l, stat: owner and group.
  shape('account', {
    pattern:
      /(?<![\w-])[bcdlps-][r-][w-][xsS-][r-][w-][xsS-][r-][w-][xtT-][@+.]?[ \t]+\d+[ \t]+(?<v>[a-z][\w.-]{1,31})(?=[ \t])/dgi,
    stays: isWellKnownAccount,
  }),
  shape('account', {
    pattern:
      /(?<![\w-])[bcdlps-][r-][w-][xsS-][r-][w-][xsS-][r-][w-][xtT-][@+.]?[ \t]+\d+[ \t]+\S{1,32}[ \t]+(?<v>[a-z][\w.-]{1,31})(?=[ \t])/dgi,
    stays: isWellKnownAccount,
  }),
  columns,
  shape('account', { pattern: /^(?<v>[a-z_][\w.-]{0,31}):[!*]{0,2}:\d{5}:/dgm, stays: isWellKnownAccount }),
  shape('account', { pattern: /[=,]\d{4,7}\((?<v>[a-z][\w.-]{1,63})\)/dg, stays: isWellKnownAccount }),
  shape('account', {
    pattern: /\/var\/(?:spool\/)?(?:mail|cron(?:\/crontabs)?)\/(?<v>[a-z][\w.-]{1,31})(?![\w/])/dg,
    stays: isWellKnownAccount,
  }),
  // In a URL, before its host.
  shape('account', { pattern: /(?<=:\/\/)(?<v>[\w.%+-]{2,64})(?=(?::[^\s/@]{0,200})?@)/dg, stays: isWellKnownAccount }),
  shape('account', {
    pattern: /\b(?:uid|euid|gid|auid|groups|Uid|Gid)[=:][ (]*\d+(?:\(|\/[ ]*)(?<v>[a-z][\w.-]{1,63})\)/dg,
    stays: isWellKnownAccount,
  }),
  // Logs of sign-ins, and who a prompt or a connection belongs to.
  shape('account', {
    pattern:
      /\b(?:session (?:opened|closed) for user|(?:password|publickey|keyboard-interactive\/pam) for(?: invalid user| illegal user)?|invalid user|user=|logname=|ruser=|USER=|authenticating user|Started Session \S+ of [Uu]ser)[ ]?(?<v>[\w.\\-]{2,64})/dg,
    stays: isWellKnownAccount,
  }),
  shape('account', { pattern: /\bsudo(?:\[\d+\])?:[ \t]+(?<v>[a-z][\w.-]{1,31}) : /dg, stays: isWellKnownAccount }),
  shape('account', {
    pattern: /(?<![\w.@+-])(?<v>[a-z_][\w.-]{1,31})(?=@[a-z][\w-]{0,62}(?:[:\s\]]|$|\/\d))/dgim,
    stays: isWellKnownAccount,
  }),
  // query user
  shape('account', {
    pattern:
      /^[ >](?<v>[\w.-]{1,20})[ \t]+(?:console|rdp-tcp#?\d*|services|\w{0,16})[ \t]+\d{1,5}[ \t]+(?:Active|Disc|Conn|Listen|Aktiv|Getr\.)/dgim,
    stays: isWellKnownAccount,
  }),
  // Who signs in by themselves, in the registry.
  shape('account', {
    pattern:
      /\b(?:(?:Alt)?DefaultUserName|LastUsedUsername|LastLoggedOn(?:SAM)?User)[ \t]+REG_SZ[ \t]+(?:\.\\)?(?<v>[^\s\ue000][^\r\n\ue000]{0,100})/dgi,
    stays: (value) => isWellKnownAccount(value) || isAuthority(value.split('\\')[0]!),
    also: halves,
  }),
  // The commands that name one.
  shape('account', {
    pattern: /\bnet1?[ \t]+(?:user|localgroup \w+|group \w+)[ \t]+(?<v>[a-z][\w.-]{1,63})(?=[ \t\r\n]|$)/dgi,
    stays: isWellKnownAccount,
  }),
  shape('account', {
    pattern:
      /(?<![\w])(?:Get|Set|New|Remove|Unlock|Enable|Disable)-(?:AD|Local|Az|Mg|Mso|AzureAD)?(?:User|Account|ADAccount|Mailbox)[ \t]+(?:-(?:Identity|Name|UserId)[ \t]+)?["']?(?<v>[a-z][\w.-]{1,63})/dgi,
    stays: isWellKnownAccount,
  }),
  shape('account', {
    pattern:
      /\b(?:useradd|usermod|userdel|adduser|deluser|passwd|chage|gpasswd|su|id|finger|crontab -u|sudo -u)[ \t]+(?:-{1,2}[\w-]+[ \t]+){0,4}(?<v>[a-z][\w.-]{1,31})[ \t]*(?:\r?$|[;|&])/dgm,
    stays: isWellKnownAccount,
  }),
];
