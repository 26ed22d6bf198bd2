import type { EndpointFacts } from './agent-protocol.ts';
import type { TranscriptEntry } from './entry.ts';
import { isAlsoWord, type KnownName } from './scrub/scrub.ts';

/** Who did it, as a copy says it before the scrubber. */
export function nameOf({ actor }: Pick<TranscriptEntry, 'actor'>): string {
  switch (actor.kind) {
    case 'user':
      return `${actor.name}, ${actor.role}`;
    case 'psa':
      return 'a ticket';
    case 'end_user':
      return actor.account;
    case 'endpoint':
      return 'the computer';
    case 'system':
      return 'Throughline';
  }
}

/** Everything a record itself knows by name: the client, people and their logins, the computer. In the order in which it comes up. */
export const namesIn = (entries: readonly TranscriptEntry[]): KnownName[] =>
  entries.flatMap((entry) => [...ofPayload(entry), ...ofActor(entry)]);

function ofActor({ actor }: TranscriptEntry): KnownName[] {
  if (actor.kind === 'user') return personNames(actor.name, actor.email);
  return actor.kind === 'end_user' ? accountNames(actor.account) : [];
}

function ofPayload(entry: TranscriptEntry): KnownName[] {
  switch (entry.kind) {
    case 'opened': {
      const { clientName, endpointName, requester } = entry.payload;
      return [...clientNames(clientName), ...named('host', endpointName), ...requesterNames(requester)];
    }
    case 'endpoint_facts':
      return namesOfFacts(entry.payload.facts);
    case 'assigned':
    case 'command_rights':
      return [...personNames(entry.payload.from), ...personNames(entry.payload.to)];
    case 'unassigned':
      return personNames(entry.payload.from);
    case 'escalated':
      return personNames(entry.payload.to);
    case 'approval_link_sent':
      return personNames(entry.payload.name, entry.payload.email);
    case 'person_contacted':
      return personNames(entry.payload.approver);
    case 'approval_nudged':
      return (entry.payload.approvers ?? []).flatMap((name) => personNames(name));
    case 'approval_decided': {
      const { account, link, passkey } = entry.payload;
      // A named approver answers under their own name.
      if (passkey !== undefined) return personNames(account);
      return [...accountNames(account), ...(link === undefined ? [] : personNames(link.name, link.email))];
    }
    case 'approval_scope_ended':
    case 'approval_ignored':
      return accountNames(entry.payload.account);
    case 'command_started':
      return accountNames(entry.payload.start.effectiveUser);
    default:
      return [];
  }
}

/** What an endpoint says of itself that names it or its people. */
export const namesOfFacts = ({ hostname, users, runtimeUser, consoleUser, addresses }: EndpointFacts): KnownName[] => [
  ...named('host', hostname),
  ...[...users, runtimeUser, consoleUser ?? ''].flatMap(accountNames),
  ...addresses.filter((address) => !LOOPBACK.test(address)).flatMap((address) => named('ip', address)),
];

/** First words that say nothing of whose name it is. */
const COMMON =
  /^(The|First|North|South|East|West|Northern|Southern|Eastern|Western|Central|City|County|State|United|National|International|American|General|Global|Royal|Saint|Santa|Great|Grand|Green|White|Black|Blue|Silver|Golden|Print|Media|Dental|Medical|Health|Legal|Finance|Financial|Insurance|Office|Service|Services|Systems|System|Network|Networks|Windows|Microsoft|Support|Client|Company|Group|School|Church|Police|Public|Digital|Data|Cloud|Tech|Technology)$/i;
const LEAST_LETTERS = 5;

/** A client goes by its whole name, and people write the first word of it alone. */
export function clientNames(name: string): KnownName[] {
  const [first = '', ...more] = name.trim().split(/\s+/);
  const alone = more.length > 0 && first.length >= LEAST_LETTERS && !COMMON.test(first);
  return [...named('client', name), ...(alone ? named('client', first) : [])];
}

/** A name, or the address that stands in its place; and the address beside it. */
export const personNames = (name: string | null | undefined, address: string | null = null): KnownName[] => [
  ...named(name?.includes('@') === true ? 'email' : 'person', name ?? ''),
  ...named('email', address ?? ''),
];

/** A requester is free text: one word that is also another word is a name only where the copy says for whom a session was opened. */
const requesterNames = (requester: string): KnownName[] =>
  personNames(requester).map((name) =>
    name.kind === 'person' && !/\s/.test(name.value) && isAlsoWord(name.value) ? { ...name, after: ', for ' } : name,
  );

/** Logins that every computer has tell nobody's name. */
const EVERYWHERE =
  /^(root|nobody|daemon|system|local system|localsystem|local service|network service|administrator|admin|guest|user|throughline|www-data|unknown|everyone|users|administrators)$/i;
const AUTHORITY = /^(nt authority|nt service|builtin|font driver host|window manager|workgroup|\.)$/i;
const LOOPBACK = /^(127\.|::1$|0\.0\.0\.0$)/;

/** A login, with and without the domain before it. */
export function accountNames(login: string): KnownName[] {
  const [, domain = '', name = login] = /^([^\\]+)\\(.+)$/.exec(login.trim()) ?? [];
  if (AUTHORITY.test(domain) || EVERYWHERE.test(name.trim())) return [];
  return [
    ...named('account', login),
    ...(domain === '' ? [] : [...named('account', name), ...named('domain', domain)]),
  ];
}

export const named = (kind: KnownName['kind'], value: string): KnownName[] =>
  value.trim() === '' ? [] : [{ kind, value: value.trim() }];
