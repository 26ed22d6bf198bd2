import type { Found, Named } from '../found.ts';
import type { MarkKind } from '../mark-kind.ts';
import { isAuthority, isCommonWord, isVendorDomain, isWellKnownAccount, isWellKnownHost } from '../well-known.ts';
import type { Rule } from './shape.ts';

/** What a field's value looks like: one word, or the rest of its line. */
type Extent = 'word' | 'line';

interface Field {
  kind: MarkKind;
  extent: Extent;
  /** Only where fields of people stand around it: services have a `DisplayName` too. */
  ofPeople?: boolean;
}

/** Names of fields, letters and figures only, in small letters: `Host Name . . :` is `hostname`. A line each: kind, extent, names. */
const FIELDS = new Map<string, Field>();
const name = (kind: MarkKind, extent: Extent, names: string): void =>
  names
    .trim()
    .split(/\s+/)
    .forEach((of) => FIELDS.set(of, { kind, extent }));

name(
  'host',
  'word',
  `
  hostname computername computer machinename machine logonserver pscomputername servername dnshostname nodename hostsystemname csname devicename
  fqdn dnsservername netbiosname netbioscomputername systemname workstationname workstation callercomputername sourceworkstation clientname
  remotecomputer remotehost statichostname dc dcname domaincontroller printserver computernamedns dnsroot homeserver loggedonserver
  anmeldeserver rechnername nombredehost nombredeequipo nombredelequipo`,
);
name(
  'domain',
  'word',
  `
  primarydnssuffix dnssuffixsearchlist connectionspecificdnssuffix dnsdomain forest forestname userdomain userdnsdomain domname
  domainname accountdomain logondomain primarydomain treename dcsitename oursitename sitename ip4domain`,
);
name('domain', 'word', 'domain');
name(
  'account',
  'word',
  `
  username user accountname logonaccount runasuser runas loggedonuser loggedinuser owner login logname samaccountname userid loginname
  currentuser lastuser lastloggedonuser targetusername subjectusername securityid userprincipalname upn execuser executingaccountname
  useremail account createdby modifiedby mailnickname profileuser startname
  benutzername kontoname benutzer besitzer nombredeusuario usuario utilisateur`,
);
name(
  'person',
  'line',
  'registrierterbenutzer registrierterbesitzer propietarioregistrado registeredowner givenname surname sn fullname displayuser contactname firstname lastname manager author authorname requester realname managedby',
);
name(
  'client',
  'line',
  'registeredorganization companyname tenantname tenantdisplayname organization organisation company customer client mandant',
);
name(
  'phone',
  'line',
  'officephone telephonenumber mobilephone mobile homephone businessphones facsimiletelephonenumber',
);
name(
  'id',
  'line',
  'streetaddress postaladdress ssidname ssid essid bssidname alluserprofile currentuserprofile networkname',
);
name(
  'id',
  'word',
  `
  serialnumber systemserialnumber chassisserialnumber baseboardserialnumber productserialnumber serviceta servicetag assettag productid
  volumeserialnumber serial idserial idserialshort chassisassettag unitserialno diskserial machineid bootid hardwareid imei imsi iccid meid
  partialproductkey productkey thumbprint certhash certhashsha1 fingerprint sha1fingerprint uuid partuuid ptuuid fsuuid deviceuuid diskidentifier
  dhcpv6iaid installationid systemid subscriptionid objectguid objectid customerid orgid organizationid azureaddeviceid objectsid idtoken`,
);

for (const of of ['displayname', 'name', 'cn']) FIELDS.set(of, { kind: 'person', extent: 'line', ofPeople: true });
const PEOPLE =
  /UserPrincipalName|SamAccountName|GivenName|Surname|OfficePhone|MailNickname|^Mail[ \t]*:|ObjectClass[ \t]*: user/im;

/** Names that other words make something else of: only at the start of a line or of a part of it. */
const ALONE = new Set(
  'client user benutzer besitzer usuario utilisateur customer company organization organisation owner computer machine workstation serial mobile manager author account runas login sn fqdn dc forest domain'.split(
    ' ',
  ),
);

/** Words, not names of people or places, that such fields hold. */
const KEPT =
  /^(?:n\/?a|none|null|unknown|\(?none\)?|-+|\*+|yes|no|true|false|to be filled.*|default string|system serial number|not specified|not available|windows user|user|authorized user|<.*>|\{\}|\[\]|\.+|0+)$/i;

/**
 * Fields with a name, in all the ways that programs write them: `Host Name . . . : X`, `ComputerName=X`, `"hostname": "X"`. Goes from one
 * `:` or `=` to the next and reads the words before it.
 */
export const fields: Rule = function* (text) {
  let done = 0;
  for (const match of text.matchAll(/[:=]/g)) {
    const at = match.index;
    if (at < done) continue;
    const field = fieldBefore(text, at);
    if (field === undefined) continue;
    const found = valueAt(text, at + 1, field);
    // What stands within a long one needs no look of its own.
    if (found !== undefined && found.value.length > NEAR) done = found.end;
    if (
      found === undefined ||
      stays(field, found.value) ||
      (field.ofPeople === true && !PEOPLE.test(text.slice(Math.max(0, at - 500), at + 500)))
    )
      continue;
    yield { ...found, also: alsoOf(field.kind, found.value) };
    // `DNS Suffix Search List` goes on below, with nothing before it.
    if (field.kind === 'domain') yield* continued(text, found.end);
  }
};

/** Fields as elements: `<Data Name="TargetUserName">X</Data>`, `<Computer>X</Computer>`. */
export const elements: Rule = function* (text) {
  for (const match of text.matchAll(
    /<(?:\w{1,20} Name=["'])?([A-Za-z]\w{0,40})["']?(?: [^<>\n]{0,80})?>([^<>\n]{2,200})<\//g,
  )) {
    const field = FIELDS.get(match[1]!.toLowerCase());
    if (field === undefined || field.ofPeople === true) continue;
    const value = match[2]!.trim();
    if (value === '' || stays(field, value)) continue;
    const start = match.index + match[0].lastIndexOf('>') + 1 + match[2]!.indexOf(value);
    yield { kind: field.kind, value, start, end: start + value.length, also: alsoOf(field.kind, value) };
  }
};

/** The field whose name stands right before a place: its last word, or its last two to four taken together; the longest counts. */
function fieldBefore(text: string, at: number): Field | undefined {
  const near = text.slice(Math.max(0, at - 64), at);
  const line = near.slice(near.lastIndexOf('\n') + 1).replace(/[\s."'\])]+$/, '');
  let name = '';
  let end = line.length;
  let longest: Field | undefined;
  for (let words = 0; words < 4; words++) {
    let start = end;
    while (start > 0 && isAlphanumeric(line.charCodeAt(start - 1))) start--;
    if (start === end) break;
    const word = line.slice(start, end);
    name = word.toLowerCase() + name;
    const field = FIELDS.get(name);
    end -= word.length;
    const before = line.slice(0, end);
    if (
      field !== undefined &&
      !/[\\/$@.-]$/.test(before) &&
      (!ALONE.has(name) || /(?:^|[,;{([|>])[\s"'*-]*$/.test(before))
    )
      longest = field;
    end = before.replace(/[ \t_-]+$/, '').length;
    if (end === before.length) break;
  }
  return longest;
}

const isAlphanumeric = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);

/** How far behind its name a value is looked for before it is known to be longer. */
const NEAR = 200;

function valueAt(text: string, from: number, { kind, extent }: Field): Found | undefined {
  const near = text.slice(from, from + NEAR);
  const lead = /^[ \t]*(?:\\{2})?["'({[]?/.exec(near)![0];
  const quote = /["']$/.exec(lead)?.[0];
  const rest = near.slice(lead.length);
  const pattern =
    quote !== undefined
      ? new RegExp(`^[^${quote}\\r\\n\\ue000]+`)
      : extent === 'line'
        ? /^[^\r\n\ue000"]*[^\s"\ue000]/
        : /^[^\s"',;|<>()[\]{}\ue000]+/;
  // A drive, a URL's `//` and a second colon are no value of this sort.
  let match = pattern.exec(rest)?.[0];
  if (match !== undefined && near.length === NEAR && rest.slice(match.length).trim() === '') {
    const stop = text.indexOf('\n', from + lead.length);
    match = pattern.exec(text.slice(from + lead.length, stop < 0 ? text.length : stop))![0];
  }
  const value = match?.replace(/[\s.,;:]+$/, '');
  if (value === undefined || value.length < 2 || /^[\\/:=]/.test(value)) return undefined;
  const start = from + lead.length;
  return { kind, value, start, end: start + value.length };
}

function stays({ kind, extent, ofPeople }: Field, value: string): boolean {
  if (KEPT.test(value) || /^(?:%\w+%|\$[\w:{(].*)$/.test(value)) return true;
  if (kind === 'host')
    return (
      value.length < 3 ||
      isWellKnownHost(value) ||
      isVendorDomain(value) ||
      !/^[\w][\w.$-]*$/.test(value) ||
      !/[a-z]{2}|[a-z]\d/i.test(value)
    );
  if (kind === 'domain')
    return isWellKnownHost(value) || isAuthority(value) || !/^[\w][\w.-]*$/.test(value) || /^\d+$/.test(value);
  if (kind === 'account') {
    const [domain = '', account] = value.split('\\');
    if (account !== undefined) return isAuthority(domain);
    return isWellKnownAccount(value) || !/^[\w.@$+-]+$/.test(value) || /^\d+$/.test(value) || /^S-1-/.test(value);
  }
  if (kind === 'person' || kind === 'client') {
    const some = value.split(/[\s,]+/);
    if (some.every((word) => isCommonWord(word)) || value.includes('\\') || !/\p{L}{2}/u.test(value)) return true;
    if (kind === 'client') return /microsoft/i.test(value);
    return (
      some.length > 5 ||
      (ofPeople === true && some.length < 2) ||
      !/^\p{L}[\p{L}'’., -]*$/u.test(value) ||
      /\b(?:team|maintainers|developers|contributors|project|foundation|corporation)\b/i.test(value)
    );
  }
  if (kind === 'phone') return value.replace(/\D/g, '').length < 5;
  return value.length < 3 || isCommonWord(value) || (extent === 'word' && !/\d/.test(value));
}

function alsoOf(kind: MarkKind, value: string): Named[] {
  if (kind === 'host' && value.includes('.')) return [{ kind, value: value.split('.')[0]! }];
  return [];
}

function* continued(text: string, from: number): Iterable<Found> {
  const pattern = /[^\S\n]*\r?\n[ \t]{20,60}(?=([a-z][\w-]*(?:\.[\w-]+)+)[ \t]*\r?(?:\n|$))/iy;
  for (let at = from; ;) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return;
    const start = pattern.lastIndex;
    at = start + match[1]!.length;
    yield { kind: 'domain', value: match[1]!, start, end: at };
  }
}
