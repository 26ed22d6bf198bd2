import type { Named } from '../found.ts';
import { isVendorDomain, isWellKnownHost } from '../well-known.ts';
import { type Rule, field, shape } from './shape.ts';

const PUBLIC =
  'com|net|org|edu|gov|mil|int|info|biz|example|co|us|uk|ca|de|fr|ch|at|nl|be|lu|it|es|pt|se|no|dk|fi|ie|cz|hu|ro|gr|eu|pl|mx|br|ar|cl|au|nz|jp|cn|kr|sg|hk|tw|za|il|tr|ua|ru|in|io|cloud|tech|online|site|shop|dev';
const PRIVATE = 'local|corp|lan|internal|intern|intra|intranet|localdomain|home|priv|private|ad|domain|test|invalid';

const labels = (value: string): Named[] => {
  const [first = '', ...rest] = value.split('.');
  return [
    ...(first.length >= 4 && /[-\d]/.test(first) ? [{ kind: 'host' as const, value: first }] : []),
    ...(rest.length >= 2 && !isVendorDomain(value) ? [{ kind: 'domain' as const, value: rest.join('.') }] : []),
  ];
};

export const HOST_RULES: readonly Rule[] = [
  shape('host', { pattern: /(?<![\w-])(?:DESKTOP-[A-Z0-9]{7}|LAPTOP-[A-Z0-9]{8}|WIN-[A-Z0-9]{11})(?![\w-])/dgi }),
  ...[PUBLIC, PUBLIC.toUpperCase()].map((ends) =>
    shape('host', {
      pattern: new RegExp(String.raw`(?<![\w.@/\\-])(?:[\w][\w-]{0,62}\.){1,8}(?:${ends})(?![\w-]|\.\w)`, 'gd'),
      keep: (value) => isVendorDomain(value) || isWellKnownHost(value),
      also: labels,
    }),
  ),
  shape('host', {
    pattern: new RegExp(String.raw`(?<![\w.@\\-])(?:[\w][\w-]{0,62}\.){1,8}(?:${PRIVATE})(?![\w-]|\.\w)`, 'gid'),
    keep: isWellKnownHost,
    also: labels,
  }),
  field(
    'host',
    'host ?name|computer ?name|computer|machine ?name|logon server|pscomputername|server ?name|dnshostname|nodename',
    String.raw`\\{0,2}[\w][\w.-]{1,80}`,
    {
      keep: (value) => isWellKnownHost(value) || isVendorDomain(value),
    },
  ),
  field(
    'domain',
    'primary dns suffix|dns suffix search list|connection-specific dns suffix|domain|dns domain|forest|userdomain|userdnsdomain',
    String.raw`[\w][\w.-]{1,80}`,
    { keep: isWellKnownHost },
  ),
];
