import type { MarkKind } from '../mark-kind.ts';
import { isAuthority, isWellKnownAccount, isWellKnownHost } from '../well-known.ts';

/** Heads of columns, in small letters and without spaces. */
const COLUMNS = new Map<string, MarkKind>(
  Object.entries({
    account:
      'username user samaccountname owner logonname lastloggedonuser targetusername subjectusername runasuser author',
    email: 'userprincipalname mail',
    host: 'pscomputername computername dnshostname machinename hostname node logonserver server computer servername',
    person: 'registeredowner givenname surname fullname',
    client: 'registeredorganization company',
    id: 'productid serialnumber uuid partuuid serial ssid',
  } satisfies Partial<Record<MarkKind, string>>).flatMap(([kind, names]) =>
    names.split(' ').map((name) => [name, kind as MarkKind] as const),
  ),
);

/** Heads of columns that only tables of people have. */
const PEOPLE = new Set([
  'userprincipalname',
  'samaccountname',
  'alias',
  'mail',
  'mailnickname',
  'givenname',
  'surname',
  'primarysmtpaddress',
]);

/** What stands in the columns of a table, by their heads; undefined where it is nothing to hide. */
export function kindsOfColumns(heads: readonly string[]): (MarkKind | undefined)[] {
  const names = heads.map((head) => head.toLowerCase().replace(/[\s"]/g, ''));
  const people = names.some((name) => PEOPLE.has(name));
  return names.map((name, index) => {
    // Get-LocalUser
    if (index === 0 && names.join(' ') === 'name enabled description') return 'account';
    // A table of people: what they are called stands in it too.
    if (people && (name === 'displayname' || name === 'name')) return 'person';
    if (people && name === 'alias') return 'account';
    return COLUMNS.get(name);
  });
}

/** Says of a cell that it must stay. */
export function staysInCell(kind: MarkKind, value: string): boolean {
  if (/^[-.…*]+$|^\d{1,4}$|\ue000/.test(value)) return true;
  if (kind === 'host') return isWellKnownHost(value);
  if (kind === 'account') return isWellKnownAccount(value) || isAuthority(value.split(/[\\ ]/)[0]!);
  return false;
}
