import type { Found } from '../found.ts';
import { isAuthority, isWellKnownAccount } from '../well-known.ts';
import { kindsOfColumns, staysInCell } from './columns.ts';
import { type Rule, shape } from './shape.ts';

/** A table of PowerShell or `tasklist`: a head, dashes under each column, rows until an empty line. */
function* powershellTables(text: string): Iterable<Found> {
  for (const match of text.matchAll(/(?<=\n)[ \t]*[-=]{2,}(?: +[-=]+)*[ \t]*\r?$/gm)) {
    const [dashes] = match;
    const head = text.slice(
      Math.max(0, match.index - 1000, text.lastIndexOf('\n', match.index - 2) + 1),
      match.index - 1,
    );
    if (!/[A-Za-z]/.test(head)) continue;
    const columns = [...dashes.matchAll(/[-=]+/g)].map(({ index, 0: run }) => ({
      start: index,
      name: head.slice(index, index + run.length).trim(),
    }));
    const kinds = kindsOfColumns(columns.map(({ name }) => name));
    if (kinds.every((kind) => kind === undefined)) continue;
    let at = match.index + match[0].length + 1;
    while (at < text.length) {
      const stop = text.indexOf('\n', at);
      const end = stop < 0 ? text.length : stop;
      const line = text.slice(at, Math.min(end, at + 2000)).replace(/\r$/, '');
      if (line.trim() === '' || /^[ \t]*[-=]{2,}(?: +[-=]+)*[ \t]*$/.test(line)) break;
      for (const [index, kind] of kinds.entries()) {
        if (kind === undefined) continue;
        const from = columns[index]!.start;
        const cell = line.slice(from, columns[index + 1]?.start ?? line.length);
        const value = cell.trim();
        if (value.length < 2 || staysInCell(kind, value)) continue;
        const start = at + from + cell.indexOf(value);
        yield { kind, value, start, end: start + value.length };
      }
      at = end + 1;
    }
  }
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

/**
 * Comma-separated rows below a head that names a column of ours: `Export-Csv`, `/fo csv`, `wmic /format:csv`. Also those behind a gap that
 * was left out of a long one.
 */
function* commaSeparated(text: string): Iterable<Found> {
  for (const head of text.matchAll(/^"?[A-Za-z][\w .()/-]{0,40}"?(?:,"?[A-Za-z][\w .()/-]{0,40}"?){1,80}\r?$/gm)) {
    const kinds = kindsOfColumns(head[0].split(','));
    if (kinds.every((kind) => kind === undefined)) continue;
    const row =
      /(?:\r*\n){1,2}(?:\[\d{1,12} bytes left out\]\n)?((?:"[^"\n]{0,400}"|[^",\r\n]{0,400})(?:,(?:"[^"\n]{0,400}"|[^",\r\n]{0,400})){1,80})(?=\r*\n|$)/y;
    row.lastIndex = head.index + head[0].trimEnd().length;
    for (let match = row.exec(text); match !== null; match = row.exec(text)) {
      let at = row.lastIndex - match[1]!.length;
      for (const [index, cell] of (match[1]!.match(/(?:"[^"]*"|[^,"]+)+|(?<=,|^)(?=,|$)/g) ?? []).entries()) {
        const kind = kinds[index];
        const value = cell.trim().replace(/^"|"$/g, '');
        if (kind !== undefined && value.length > 1 && !staysInCell(kind, value))
          yield { kind, value, start: at + cell.indexOf(value), end: at + cell.indexOf(value) + value.length };
        at += cell.length + 1;
      }
      // A row that is a head itself begins its own table.
      if (
        /^"?[A-Za-z][\w ]*"?(?:,"?[A-Za-z][\w ]*"?)+$/.test(match[1]!) &&
        kindsOfColumns(match[1]!.split(',')).some((kind) => kind !== undefined)
      )
        break;
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
  commaSeparated,
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
