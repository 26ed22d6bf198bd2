import { lookup } from 'node:dns';
import { BlockList, type LookupFunction, isIP } from 'node:net';

/* Where a server may be sent by an address that a person typed: the public internet, and private networks only where the operator
   named them. Without this an admin of one organisation could make the worker talk to the installation's own database or cloud. */

const special4 = blockList(
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 ' +
    '198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
);
/** Only global unicast is public; what is mapped or tunnelled to IPv4 is not, whatever it leads to. */
const global6 = blockList('2000::/3');
const special6 = blockList('2001::/23 2001:db8::/32 2002::/16 3fff::/20');

/** Networks from a text such as `10.1.0.0/16 fd00::/8`. Throws on anything that is none. */
export function blockList(text: string): BlockList {
  const list = new BlockList();
  for (const part of text.split(/[\s,]+/).filter((each) => each !== '')) {
    const [, network = '', bits = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(part) ?? [];
    const family = isIP(network);
    if (family === 0 || Number(bits) > (family === 4 ? 32 : 128))
      throw new Error(`${part} is not a network such as 10.1.0.0/16`);
    list.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** Whether an address (digits, not a name) may be connected to. `allowed`: private networks that the operator named. */
export function mayConnect(address: string, allowed: BlockList): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (family === 4) return !special4.check(address, 'ipv4') || allowed.check(address, 'ipv4');
  const isPublic = global6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
  return isPublic || allowed.check(address, 'ipv6');
}

/** What is wrong with an address before its name is looked up; null when nothing is. https everywhere, http on this very computer only. */
export function outboundUrlFault(text: string, allowed: BlockList): string | null {
  const url = text.length <= 2000 ? URL.parse(text) : null;
  if (url === null) return 'This is not a web address. It looks like https://hooks.example/services/…';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isHere = host === 'localhost' || /^127\./.test(host) || host === '::1';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere))
    return 'The address must start with https://.';
  if (url.username !== '' || url.password !== '')
    return 'The address must not hold a name and password. Every message is signed instead.';
  if (isIP(host) !== 0 && !mayConnect(host, allowed)) return PRIVATE;
  return null;
}

const PRIVATE =
  'The address is in a private network, where nothing is sent. The operator can allow a network in WEBHOOK_NETWORKS.';

/** Looks a name up and refuses it when any of its addresses may not be connected to. Used for the connection itself, so that a second answer cannot differ. */
export function guardedLookup(allowed: BlockList): LookupFunction {
  return (host, options, callback) =>
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const first = addresses[0];
      if (first === undefined || addresses.some(({ address }) => !mayConnect(address, allowed)))
        return callback(Object.assign(new Error(PRIVATE), { code: 'PRIVATE_ADDRESS' }), []);
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
}
