import type { Named } from '../found.ts';
import { isAuthority, isWellKnownAccount } from '../well-known.ts';
import { type Rule, field, shape } from './shape.ts';

const halves = (value: string): Named[] => {
  const [domain = '', name = ''] = value.split('\\');
  return [
    ...(isWellKnownAccount(name) || name.length < 3
      ? []
      : [{ kind: 'account' as const, value: name.replace(/\$$/, '') }]),
    ...(domain.length < 3 || domain.toLowerCase() === 'azuread' ? [] : [{ kind: 'domain' as const, value: domain }]),
  ];
};

export const ACCOUNT_RULES: readonly Rule[] = [
  shape('account', {
    pattern:
      /(?<![\w\\/:.%$-])(?<v>[A-Z][A-Z0-9-]{1,14}\\[\w.$-]{1,64}(?:(?<=\\[A-Z]\w{0,30}) [A-Z]\w{1,30}(?=\r?$))?)(?![\\\w])/dgm,
    keep: (value) => isAuthority(value.split('\\')[0]!) || /\.(exe|dll|sys|inf|txt|log|ps1|bat|cmd|msi)$/i.test(value),
    also: halves,
  }),
  shape('account', {
    pattern:
      /(?:^|user(?:name)?[ \t]{0,20}[:=]?[ \t]{0,20}|-u[ \t]+|account(?: name)?[ \t]{0,20}[:=][ \t]{0,20}|owner[ \t]{0,20}[:=][ \t]{0,20})(?<v>[a-z][a-z0-9-]{1,14}\\[\w.$-]{1,64})(?=["'\s]|$)/dgim,
    keep: (value) => isAuthority(value.split('\\')[0]!),
    also: halves,
  }),
  field(
    'account',
    'user ?name|user|account name|logon account|run as user|runasuser|logged on user|owner|registered owner|login|logname',
    '[\\w.@-]{2,64}(?![\\w\\\\:/=])',
    {
      keep: isWellKnownAccount,
    },
  ),
  // /etc/passwd: from 1000 on people; login, comment and home.
  shape('account', {
    pattern: /^(?<v>[a-z_][\w.-]{0,31}\$?):[^:\n]{0,200}:(?:[1-9]\d{3,6}):\d{1,7}:[^:\n]{0,200}:\/[^:\n]{0,200}:/dgm,
    keep: isWellKnownAccount,
  }),
  // last, lastb, who, w.
  shape('account', {
    pattern: /^(?<v>[a-z_][\w.-]{0,31})[ \t]+(?:tty\w*|pts\/\d+|ssh:notty|console|:\d+)(?![\w/])/dgim,
    keep: isWellKnownAccount,
  }),
  shape('account', { pattern: /\b(?:uid|euid|gid|groups)=\d+\((?<v>[\w.-]{1,64})\)/dg, keep: isWellKnownAccount }),
];
