import { type Rule, shape } from './shape.ts';

/** IPv4 that says nothing about a network: unspecified, loopback, masks and their reverse. */
const KEPT_IPV4 = /^(0\.|127\.|255\.)/;
const VERSION_BEFORE = /(version|build|release|ver\.?|rev\.?|driver|firmware|\bv)[ \t]*[:=]?[ \t]*"?$/i;

const isIpv4 = (text: string): boolean => text.split('.').every((part) => Number(part) <= 255);

/** `fe80::1`, whole: eight groups, or fewer around one `::`, of which the last two may be an IPv4. */
function isIpv6(text: string): boolean {
  const v4 = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text);
  if (v4 !== null && !isIpv4(v4[2]!)) return false;
  const plain = v4 === null ? text : `${v4[1]}0:0`;
  const halves = plain.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  return halves.length === 2 ? groups.length <= 7 : groups.length === 8;
}

export const NETWORK_RULES: readonly Rule[] = [
  // Hardware addresses and identifiers made of them, as `-` and `:` pairs; ten pairs and more are a DHCP identifier.
  shape('id', { pattern: /(?<![\w:-])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){8,18}(?![\w]|[:-]\w)/dgi }),
  shape('mac', { pattern: /(?<![\w:-])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4,7}(?![\w]|[:-]\w)/dgi }),
  shape('mac', { pattern: /(?<![\w.])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![\w.])/dgi }),
  shape('mac', { pattern: /(?<![0-9a-z])[0-9a-f]{2}(?: [0-9a-f]{2}){5}(?= ?\.{2,})/dgi }),
  shape('mac', { pattern: /(?<![\w-])(?=[0-9a-f]{0,11}[a-f])(?=[a-f]{0,11}[0-9])[0-9a-f]{12}(?![\w-])/dgi }),
  shape('ip', {
    pattern:
      /(?<![\w:.])(?<v>(?:[0-9a-f]{1,4}:{1,2}|::)(?:[0-9a-f]{1,4}:{1,2}){0,7}(?:[0-9a-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?:%[\w.-]{1,16})?)(?![\w:])/dgi,
    keep: (value) => {
      const [address = ''] = value.split('%');
      return !isIpv6(address) || address === '::' || address === '::1' || !/\d/.test(address);
    },
  }),
  shape('ip', {
    pattern: /(?<![\w.])(?<![\w-]\/)(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)/dg,
    keep: (value, before) => !isIpv4(value) || KEPT_IPV4.test(value) || VERSION_BEFORE.test(before()),
  }),
];
