/** What the kinds of marks are called in the list of them; in its order. Kinds that the server adds later go by their own name. */
const KINDS: Record<string, string> = {
  client: 'Client names',
  person: 'People',
  email: 'E-mail addresses',
  path: 'File paths',
  host: 'Device names',
  ip: 'Network addresses',
  mac: 'Hardware addresses',
  phone: 'Phone numbers',
  account: 'Accounts',
  domain: 'Domains',
  url: 'Web addresses',
  id: 'Identifiers',
  secret: 'Secrets',
  redacted: 'Added by hand',
};
const ORDER = Object.keys(KINDS);

export const kindText = (kind: string): string => KINDS[kind] ?? kind;

/** By the mark itself, as a reader of the copy knows nothing else of it: `client-1` is of kind `client`. */
export const kindOf = (mark: string): string => mark.replace(/-\d+$/, '');

/** Secrets and what a person hid look different from the rest. */
export const kindClass = (kind: string): string => (kind === 'secret' ? 'sec' : kind === 'redacted' ? 'man' : '');

export interface KindCount {
  kind: string;
  places: number;
}

export function countKinds(marks: readonly { kind: string; places: number }[]): KindCount[] {
  const counts = new Map<string, number>();
  for (const { kind, places } of marks) counts.set(kind, (counts.get(kind) ?? 0) + places);
  const rank = (kind: string) => (ORDER.includes(kind) ? ORDER.indexOf(kind) : ORDER.length);
  return [...counts].map(([kind, places]) => ({ kind, places })).sort((a, b) => rank(a.kind) - rank(b.kind));
}
