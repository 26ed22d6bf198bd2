import type { Found } from '../found.ts';
import type { MarkKind } from '../mark-kind.ts';
import { isAuthority, isWellKnownAccount, isWellKnownHost } from '../well-known.ts';
import { type Rule, shape } from './shape.ts';

/** Heads of columns, in small letters. */
const COLUMNS: Record<string, MarkKind> = {
  username: 'account',
  user: 'account',
  samaccountname: 'account',
  userprincipalname: 'email',
  mail: 'email',
  owner: 'account',
  logonname: 'account',
  lastloggedonuser: 'account',
  pscomputername: 'host',
  computername: 'host',
  dnshostname: 'host',
  machinename: 'host',
  hostname: 'host',
  server: 'host',
  computer: 'host',
  servername: 'host',
  serialnumber: 'id',
  uuid: 'id',
  partuuid: 'id',
  serial: 'id',
  ssid: 'id',
  givenname: 'person',
  surname: 'person',
  fullname: 'person',
  company: 'client',
};

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

/** A table of PowerShell: a head, dashes under each column, rows until an empty line. */
function* powershellTables(text: string): Iterable<Found> {
  for (const match of text.matchAll(/(?<=\n)[ \t]*-{2,}(?: +-+)*[ \t]*\r?$/gm)) {
    const [dashes] = match;
    const head = text.slice(
      Math.max(0, match.index - 1000, text.lastIndexOf('\n', match.index - 2) + 1),
      match.index - 1,
    );
    if (!/[A-Za-z]/.test(head)) continue;
    const columns = [...dashes.matchAll(/-+/g)].map(({ index, 0: run }) => ({
      start: index,
      name: head.slice(index, index + run.length).trim(),
    }));
    const kinds = columns.map(({ name }) => COLUMNS[name.toLowerCase()]);
    // Get-LocalUser
    const names = columns.map(({ name }) => name.toLowerCase());
    if (names.join(' ') === 'name enabled description') kinds[0] = 'account';
    // A table of people: what they are called stands in it too.
    if (names.some((name) => PEOPLE.has(name)))
      for (const [index, name] of names.entries()) {
        if (name === 'displayname' || name === 'name') kinds[index] = 'person';
        if (name === 'alias') kinds[index] = 'account';
      }
    if (kinds.every((kind) => kind === undefined)) continue;
    let at = match.index + match[0].length + 1;
    while (at < text.length) {
      const stop = text.indexOf('\n', at);
      const end = stop < 0 ? text.length : stop;
      const line = text.slice(at, Math.min(end, at + 2000)).replace(/\r$/, '');
      if (line.trim() === '' || /^[ \t]*-{2,}(?: +-+)*[ \t]*$/.test(line)) break;
      for (const [index, kind] of kinds.entries()) {
        if (kind === undefined) continue;
        const from = columns[index]!.start;
        const cell = line.slice(from, columns[index + 1]?.start ?? line.length);
        const value = cell.trim();
        if (value.length < 2 || stays(kind, value)) continue;
        const start = at + from + cell.indexOf(value);
        yield { kind, value, start, end: start + value.length };
      }
      at = end + 1;
    }
  }
}

function stays(kind: MarkKind, value: string): boolean {
  if (/^[-.…*]+$|^\d{1,4}$|\ue000/.test(value)) return true;
  if (kind === 'host') return isWellKnownHost(value);
  if (kind === 'account') return isWellKnownAccount(value) || isAuthority(value.split(/[\\ ]/)[0]!);
  return false;
}

/** The lists of `net user` and `net localgroup`: names in columns of 25, or one a line, between dashes and the last line. */
function* netLists(text: string): Iterable<Found> {
  for (const match of text.matchAll(
    /^(?:User accounts for|Members|Group Accounts for|Benutzerkonten für|Mitglieder)[^\n]*\n(?:[ \t]*\r?\n)*-{20,}[ \t]*\r?\n((?:[^\n]+\n){1,400}?)(?=The command|Der Befehl|\r?\n|$)/gm,
  )) {
    const from = match.index + match[0].length - match[1]!.length;
    for (const name of match[1]!.matchAll(/(?<![^\s])[^\s]+(?: [^\s]+){0,3}(?=\s{2,}|\s*$)/gm)) {
      const value = name[0];
      if (
        isWellKnownAccount(value) ||
        isAuthority(value.split(/[\\ ]/)[0]!) ||
        /^(?:Domain|Enterprise|Schema) /.test(value)
      )
        continue;
      yield { kind: 'account', value, start: from + name.index, end: from + name.index + value.length };
    }
  }
}

/** macOS `airport -s`: the name stands before the address and the strength. */
function* wirelessNames(text: string): Iterable<Found> {
  for (const match of text.matchAll(/[ \t][0-9a-f]{2}(?::[0-9a-f]{2}){5}[ \t]+-\d{1,3}[ \t]/gi)) {
    const name = /(?:^|\n)[ \t]*([^\s][^\n]{0,40}?)[ \t]*$/.exec(
      text.slice(Math.max(0, match.index - 80), match.index),
    )?.[1];
    if (name !== undefined)
      yield {
        kind: 'id',
        value: name,
        start: text.lastIndexOf(name, match.index),
        end: text.lastIndexOf(name, match.index) + name.length,
      };
  }
}

export const TABLE_RULES: readonly Rule[] = [
  powershellTables,
  netLists,
  // `net user NAME`: two columns without a colon.
  shape('account', { pattern: /^User name {6,}(?<v>\S[^\r\n]{0,60}\S)/dgm, stays: isWellKnownAccount }),
  shape('person', { pattern: /^Full Name {6,}(?<v>\S[^\r\n]{0,80}\S)/dgm }),
  // Wireless networks: their name beside the hardware address of their transmitter.
  wirelessNames,
  shape('id', { pattern: /^[ *]*[0-9A-F]{2}(?::[0-9A-F]{2}){5}[ \t]+(?<v>\S[^\n]{0,31}?)[ \t]+Infra[ \t]/dgm }),
  shape('id', { pattern: /^SSID \d+ : (?<v>\S[^\r\n]{0,31})/dgm }),
  // One value below its head, as wmic prints.
  shape('id', {
    pattern:
      /^(?:SerialNumber|IdentifyingNumber|UUID|ServiceTag)[ \t]*(?:\r?\r?\n){1,2}(?<v>[A-Z0-9-]{5,40})(?=\s|$)/dgim,
  }),
  shape('host', {
    pattern:
      /^(?:Name|DNSHostName|PSComputerName)[ \t]*(?:\r?\r?\n){1,2}(?<v>[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+)[ \t]*(?=[\r\n]|$)/dgm,
  }),
  shape('account', { pattern: /^UserName[ \t]*(?:\r?\r?\n){1,2}(?<v>[\w-]+\\[\w.$-]{1,64})/dgim }),
];
