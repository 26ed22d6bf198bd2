/** What a mark can stand for; `redacted` is what a reviewer hid by hand. */
export const MARK_KINDS = [
  'client',
  'person',
  'email',
  'path',
  'host',
  'ip',
  'mac',
  'phone',
  'account',
  'domain',
  'url',
  'id',
  'secret',
  'redacted',
] as const;
export type MarkKind = (typeof MARK_KINDS)[number];
