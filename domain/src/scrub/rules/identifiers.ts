import type { Found } from '../found.ts';
import { lineBefore, type Rule, shape } from './shape.ts';

/** Before a GUID that names a program or an interface, the same on every computer. */
const CLASS_BEFORE =
  /(?:clsid|appid|interface|typelib|provider(?:guid| ?id| guid)?|uninstall|classes|product ?code|scheme guid|subgroup guid|setting guid|class ?guid|, guid|progid|catalog|component)\W{0,24}$/i;
/** Nothing, everything, and the base of Bluetooth's services. */
const KEPT_GUID = /^(?:0{8}-0{4}-0{4}-0{4}-0{12}|f{8}-f{4}-f{4}-f{4}-f{12}|[0-9a-f]{8}-0000-1000-8000-00805f9b34fb)$/i;

function* guids(text: string): Iterable<Found> {
  for (const match of text.matchAll(/(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])/gi)) {
    if (KEPT_GUID.test(match[0]) || CLASS_BEFORE.test(lineBefore(text, match.index))) continue;
    yield { kind: 'id', value: match[0], start: match.index, end: match.index + match[0].length };
  }
}

/** ISO 13616: the four first characters moved behind, letters as numbers from 10 on, 1 modulo 97. */
function isIban(value: string): boolean {
  const plain = value.replace(/ /g, '').toUpperCase();
  if (plain.length < 15 || plain.length > 34) return false;
  let rest = 0;
  for (const character of plain.slice(4) + plain.slice(0, 4))
    for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

/** ISO/IEC 7812: every second digit from the right doubled. */
function isCard(value: string): boolean {
  const digits = [...value.replace(/\D/g, '')].reverse().map(Number);
  const sum = digits.reduce((all, digit, at) => all + (at % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)), 0);
  return digits.length >= 13 && digits.length <= 19 && sum % 10 === 0 && new Set(digits).size > 1;
}

/** Makers of software and issuers of certificates: their names say what was found, not where. */
const VENDOR_DN =
  /\bO="?(?:Microsoft|DigiCert|VeriSign|GlobalSign|Sectigo|Comodo|Let's Encrypt|Entrust|GoDaddy|Symantec|Thawte|Google|Apple|Adobe|Intel|Oracle|Internet Security Research Group)/i;

export const IDENTIFIER_RULES: readonly Rule[] = [
  shape('id', { pattern: /(?<![\w-])S-1-(?:5-21|12-1)(?:-\d{1,10}){3,5}(?![\w-])/dgi }),
  guids,
  shape('id', { pattern: /(?:PART|PT)?UUID(?:_SUB)?="(?<v>[^"\n]{4,80})"/dg }),
  // LVM
  shape('id', { pattern: /(?<![\w-])[A-Za-z0-9]{6}(?:-[A-Za-z0-9]{4}){5}-[A-Za-z0-9]{6}(?![\w-])/dg }),
  shape('id', { pattern: /serial ?number[ \t]*->[ \t]*(?<v>[A-Z0-9-]{5,30})(?!\w)/dgi }),
  shape('id', { pattern: /volume serial number is (?<v>[0-9A-F]{4}-[0-9A-F]{4})/dgi }),
  // Keys and numbers of products.
  shape('id', { pattern: /(?<![\w-])(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}(?![\w-])/dg }),
  shape('id', { pattern: /(?<![\w-])\d{5}-(?:\d{5}-\d{5}|\d{3}-\d{7})-[A-Z0-9]{5}(?![\w-])/dg }),
  // Distinguished names of a directory and of certificates.
  shape('id', {
    pattern:
      /(?<![\w=])(?:CN|OU|DC|E|O)=[^,\r\n"=;<>]{1,64}(?:, ?(?:CN|OU|DC|O|L|S|ST|C|E|STREET|SERIALNUMBER)=(?:"[^"\r\n]{1,64}"|[^,\r\n"=;<>]{1,64})){1,16}/dg,
    stays: (value) => VENDOR_DN.test(value),
  }),
  shape('id', {
    pattern: /(?<![\w=,])(?:CN|DC)=(?<v>[^,\r\n"=;<>]{2,64}?)(?=\s*(?:\r?$|"))/dgm,
    stays: (value) => /microsoft|digicert|verisign|globalsign|\broot\b|\bCA\b/i.test(value),
  }),
  // Thumbprints of certificates, as Windows writes them; a commit of git is in small letters.
  shape('id', { pattern: /(?<![\w-])(?=[0-9]*[A-F])[0-9A-F]{40}(?![\w-])/dg }),
  shape('id', { pattern: /(?<![0-9a-f])[0-9a-f]{2}(?: [0-9a-f]{2}){19}(?![0-9a-f]| [0-9a-f]{2}\b)/dgi }),
  shape('id', { pattern: /(?<=SHA256:)[\w+/]{43}(?![\w+/])/dg }),
  shape('id', { pattern: /(?<=(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d{3}) )AAAA[\w+/]{30,1000}={0,2}/dg }),
  // Money and people.
  shape('id', {
    pattern: /(?<![\w-])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![\w-])/dg,
    stays: (value) => !isIban(value),
  }),
  shape('id', {
    pattern:
      /(?<![\w.:-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|3\d{3}([ -])\d{6}\2\d{5}|[2-6]\d{12,18})(?![\w.:-]\d|\w)/dg,
    stays: (value) => !isCard(value),
  }),
  shape('id', { pattern: /\b(?:card|visa|mastercard|amex)\b[^\n\d]{0,20}(?<v>\d{4}(?:[ -]?\d{4}){3})(?!\d)/dgi }),
  shape('id', { pattern: /(?<![\w.-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-]|\.\d)/dg }),
  shape('id', { pattern: /\b(?:ssn|social security(?: number)?)\b[^\n\d]{0,12}(?<v>\d{9})(?!\d)/dgi }),
];
