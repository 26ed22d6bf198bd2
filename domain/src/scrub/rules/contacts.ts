import type { Found, Named } from '../found.ts';
import { isCommonWord, isVendorDomain } from '../well-known.ts';
import { type Rule, shape } from './shape.ts';

/** In front of an `@`, the names of tasks, not of people. */
const TASKS =
  /^(?:info|support|admin|administrator|sales|office|help|helpdesk|contact|noreply|no-reply|donotreply|mail|postmaster|webmaster|hostmaster|root|service|team|abuse|security|billing|user|test|git)$/i;
const BEFORE = /[\w.!#$%&'*+/=?^{|}~-]{1,64}$/;
const BEHIND =
  /@((?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,8}[a-z]{2,24})(?![\w-])|@([a-z0-9][\w.-]{0,200}?)(?=\.{2,3}(?!\w)|…)/iy;
/** `getty@tty1.service` is a unit of systemd. */
const UNIT = /\.(?:service|socket|timer|target|mount|automount|device|slice|scope|path|swap)$/i;

/** Around each `@`: a pattern that starts with the name would try every word of a text. */
function* emails(text: string): Iterable<Found> {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const before = BEFORE.exec(text.slice(Math.max(0, at - 64), at))?.[0].replace(/^[^\w]+/, '') ?? '';
    BEHIND.lastIndex = at;
    const match = BEHIND.exec(text);
    const domain = match?.[1] ?? match?.[2];
    if (before === '' || domain === undefined || UNIT.test(domain)) continue;
    // `aes128-gcm@openssh.com` is an algorithm, `git@github.com` everybody's.
    if (/^(?:openssh\.com|libssh\.org)$/i.test(domain) || (before === 'git' && isVendorDomain(domain))) continue;
    const start = at - before.length;
    // In a URL it is an account and a host.
    if (/:\/\/[^\s/]*$/.test(text.slice(Math.max(0, start - 100), start))) continue;
    const end = at + 1 + domain.length;
    yield { kind: 'email', value: text.slice(start, end), start, end, also: partsOf(before, domain) };
  }
}

const partsOf = (local: string, domain: string): Named[] => [
  ...(TASKS.test(local) || local.length < 3 ? [] : [{ kind: 'account' as const, value: local }]),
  ...(isVendorDomain(domain) ? [] : [{ kind: 'domain' as const, value: domain }]),
];

const notAName = (value: string): boolean =>
  value.split(' ').some((word) => isCommonWord(word)) ||
  /^(?:Team|Everyone|There|World|Again|Thanks|Best|Kind|Regards)\b/.test(value);

const NAME = String.raw`\p{Lu}[\p{Ll}'’]{1,24}(?:[ -]\p{Lu}[\p{L}'’.]{0,24}){0,3}`;

export const CONTACT_RULES: readonly Rule[] = [
  emails,
  // `Ken Abe <ken.abe@…>`, a greeting, the end of a message.
  shape('person', { pattern: new RegExp(String.raw`(?<v>${NAME}(?: ${NAME})?)"? <(?=[^>@\s]{1,64}@)`, 'gdu') }),
  shape('person', {
    pattern: new RegExp(
      String.raw`\b(?:Hi|Hello|Hey|Dear)(?: Mr\.?| Mrs\.?| Ms\.?| Dr\.?)? (?<v>${NAME})(?=[,.!:\r\n])`,
      'gdu',
    ),
    stays: notAName,
  }),
  shape('person', {
    pattern: new RegExp(
      String.raw`(?:[Rr]egards|[Tt]hanks|[Tt]hank you|Cheers|Sincerely|Best|BR)(?:[,.!]?[ \t]*(?:\r?\n[ \t]*){1,3}|[,.!]? ?[-–—] ?)(?<v>${NAME})(?=\s|$)`,
      'gdu',
    ),
    stays: notAName,
  }),
  shape('person', {
    pattern: new RegExp(String.raw`(?:[Tt]hanks|Cheers|[Rr]egards),? (?<v>${NAME})(?=[.!]?\s*$)`, 'gdu'),
    stays: notAName,
  }),
  shape('person', {
    pattern: new RegExp(String.raw`\b(?:Mr|Mrs|Ms|Herr|Frau|Mme|Dr)\.? (?<v>${NAME})`, 'gdu'),
    stays: notAName,
  }),
  // A number with its country, one of ten digits in groups, the short one of films, and whatever goes with words of a call.
  shape('phone', {
    pattern: /(?<![\w+.-])\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,5}(?:[ .-]?\d{1,7}){1,5}(?![\w-])/dg,
    stays: tooFewDigits,
  }),
  shape('phone', {
    pattern:
      /(?<![\w.:/-])(?:[01][ .-]?)?(?:\(\d{2,4}\)[ .-]?|\d{3}([ .-]))\d{3}(?:\1|[ .-])\d{2}[ .-]?\d{2}(?![\w-]|\.\d)/dg,
    stays: (value) => /^\d+(?:\.\d+)+$/.test(value) && !/^\d{3}\.\d{3}\.\d{4}$/.test(value),
  }),
  shape('phone', { pattern: /(?<![\w.:/-])0\d{3}[ .-]\d{3}[ .-]\d{2}[ .-]\d{2}(?![\w-])/dg }),
  shape('phone', { pattern: /(?<![\w.-])555-\d{4}(?![\w-])/dg }),
  shape('phone', {
    pattern:
      /(?<![a-z])(?:(?:tele|office|mobile|home|work)?phone(?: ?number)?|tel|mobile|cell|fax|call(?: back)?|call me|dial|extension|telepono)[.:]?[ \t]{0,20}[:=]?[ \t]{0,20}(?:at |on |is |number |under )?(?<v>\+?\(?\d[\d ().-]{5,18}\d)(?![\w-])/dgi,
    stays: tooFewDigits,
  }),
];

function tooFewDigits(value: string): boolean {
  return value.replace(/\D/g, '').length < 7 || /^\+?\d{1,3}(?:\.\d{1,3}){3}/.test(value);
}
