import { type Rule, shape } from './shape.ts';

/** IPv4 that says nothing about a network: unspecified, loopback, masks and their reverse. */
const KEPT_IPV4 = /^(?:0|127|255)\./;
const VERSION_BEFORE = /(?:\bversion|\bbuild|\brelease|\bver\.?|\brev\.?|\bfirmware)[ \t]*[:=]?[ \t]*"?$/i;

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

/** `::`, `::1` and `::ffff:127.0.0.1` are the same on every computer. */
const KEPT_IPV6 = /^::(?:1|ffff:(?:0|127)\..*)?$/i;

export const NETWORK_RULES: readonly Rule[] = [
  // Hardware addresses as pairs of digits; ten pairs and more are the identifier of a DHCP client.
  shape('id', { pattern: /(?<![\w:-])[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){8,18}(?!\w|[:-]\w)/dgi }),
  shape('mac', { pattern: /(?<![\w:-])[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4,6}(?!\w|[:-]\w)/dgi }),
  // BSD and macOS leave zeros out: `d0:3:4b:3b:28:d5`.
  shape('mac', {
    pattern: /(?<![\w:.])[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}(?!\w|:\w)/dgi,
    stays: (value) => /^[\d:]*$/.test(value) && !/\d{2}/.test(value),
  }),
  shape('mac', { pattern: /(?<![\w.])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![\w.])/dgi }),
  // `route print`
  shape('mac', { pattern: /(?<![0-9a-z])[0-9a-f]{2}(?: [0-9a-f]{2}){5}(?= ?\.{2,})/dgi }),
  // Bare: 12 digits with letters and figures among them.
  shape('mac', { pattern: /(?<![\w-])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12}(?![\w-])/dg }),
  shape('mac', { pattern: /(?<![\w-])(?=[0-9]*[A-F])(?=[A-F]*[0-9])[0-9A-F]{12}(?![\w-])/dg }),
  shape('ip', {
    pattern:
      /(?<![\w:.])(?<v>(?:[0-9a-f]{1,4}:{1,2}|::)(?:[0-9a-f]{1,4}:{1,2}){0,7}(?:[0-9a-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?:%[\w.-]{1,16})?)(?!\w|:\w)/dgi,
    stays: (value) => {
      const [address = ''] = value.replace(/(?<=[^:]):$/, '').split('%');
      return !isIpv6(address) || KEPT_IPV6.test(address) || !/\d|[a-f]{4}:/i.test(address);
    },
  }),
  // BSD's `netstat` writes the port as a fifth number.
  shape('ip', { pattern: /^(?:tcp|udp)\w{1,2}[ \t]+\d+[ \t]+\d+[ \t]+(?<v>(?:\d{1,3}\.){3}\d{1,3})(?=\.\d)/dgm }),
  // With a port of BSD's `netstat` behind it too: `192.168.71.1.56321`.
  shape('ip', {
    pattern: /(?<![\w.])(?<v>(?:\d{1,3}\.){3}\d{1,3})(?!\w|\.\d{1,3}(?!\d)|\.\d[\d]*\.\d)/dg,
    stays: (value, before) => !isIpv4(value) || KEPT_IPV4.test(value) || VERSION_BEFORE.test(before()),
  }),
];
