import type { Named } from '../found.ts';
import { isVendorDomain } from '../well-known.ts';
import { type Rule, shape } from './shape.ts';

const GENERIC =
  /^(info|support|admin|administrator|sales|office|help|helpdesk|contact|noreply|no-reply|donotreply|mail|postmaster|webmaster|hostmaster|root|service|team|abuse|security|billing|user|test|git)$/i;

const partsOf = (value: string): Named[] => {
  const [local = '', domain = ''] = value.split('@');
  return [
    ...(GENERIC.test(local) || local.length < 3 ? [] : [{ kind: 'account' as const, value: local }]),
    ...(isVendorDomain(domain) ? [] : [{ kind: 'domain' as const, value: domain }]),
  ];
};

export const CONTACT_RULES: readonly Rule[] = [
  shape('email', {
    pattern: /(?<![\w.+-])[\w.!#$%&'*+/=?^{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,8}[a-z]{2,24}(?![\w-])/dgi,
    also: partsOf,
  }),
  // A number of a country, of ten digits in groups, and the short form that goes with words of a call.
  shape('phone', {
    pattern: /(?<![\w+.-])\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,5}(?:[ .-]?\d{1,5}){1,5}(?![\w-])/dg,
  }),
  shape('phone', {
    pattern: /(?<![\w.-])(?:(?:1|0)[ .-]?)?(?:\(\d{2,4}\)[ .-]?|\d{3}[ .-])\d{3}[ .-]\d{2}[ .-]?\d{2}(?![\w.-]\d|\w)/dg,
  }),
  shape('phone', { pattern: /(?<![\w.-])555-\d{4}(?![\w-])/dg }),
  shape('phone', {
    pattern:
      /(?:phone|tel|mobile|cell|fax|call(?: back)?|extension|ext|telepono)\b[.:]?[ \t]{0,4}(?:at |on |is |number )?(?<v>\+?\(?\d[\d ().-]{5,18}\d)(?![\w-])/dgi,
  }),
];
