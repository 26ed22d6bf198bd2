import { z } from 'zod';
import { utf8 } from './bytes.ts';
import { canonicalJson } from './canonical.ts';

/** Longest answer, in bytes of UTF-8. Bigger input belongs in a file. */
export const MAX_INPUT_BYTES = 4096;
/** An answer is for what the command asks now: after this long it is not given any more. */
export const INPUT_LIFETIME_MS = 2 * 60_000;
export const MAX_SECRETS = 8;
export const MAX_SECRET_CHARS = 512;

const SECRET = /\{\{secret:([A-Za-z][A-Za-z0-9_-]{0,39})\}\}/g;
export const zSecretName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/);
/** One line: what is typed at a prompt. Lives in memory only, at both ends; see docs/PROTOCOL.md §8. */
export const zSecretValue = z
  .string()
  .min(1, 'A secret is empty. Type it.')
  .max(MAX_SECRET_CHARS)
  .refine((text) => !/[\0\r\n]/.test(text), 'A secret is one line without control characters.');

export const zInputText = z
  .string()
  .refine((text) => !text.includes('\0'), 'The input holds a NUL character. Remove it.')
  .refine(
    (text) => new TextEncoder().encode(text).length <= MAX_INPUT_BYTES,
    `The input is over ${MAX_INPUT_BYTES} bytes. Put it into a file and read that.`,
  );

/** What a technician typed into a running command, signed over all its fields by the organisation's command key. Unknown fields are refused. */
export const zInputOrder = z.strictObject({
  v: z.literal(1),
  mspId: z.string(),
  runtimeId: z.string(),
  endpointId: z.string(),
  sessionId: z.string(),
  commandId: z.string(),
  /** 1, 2, 3 … within the command: given in this order, each at most once. */
  seq: z.number().int().positive(),
  /** As recorded: a secret stands in it by its name, `{{secret:name}}`. */
  text: zInputText,
  /** Nothing follows: the command then reads the end of its input. */
  end: z.boolean(),
  /** Given until then, in ms since the epoch. */
  notAfter: z.number().int(),
  technician: z.string(),
});
export type InputOrder = z.infer<typeof zInputOrder>;

const PREFIX = 'throughline/input/v1\n';

/** The bytes that are signed and sent. */
export const inputOrderBytes = (order: InputOrder): Uint8Array => utf8(PREFIX + canonicalJson(order));

/** Parses the bytes back, strictly: what is not exactly our own spelling is refused. */
export function parseInputOrder(bytes: Uint8Array): InputOrder {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (!text.startsWith(PREFIX)) throw new RangeError('not an input order of a known version');
  const order = zInputOrder.parse(JSON.parse(text.slice(PREFIX.length)));
  if (PREFIX + canonicalJson(order) !== text) throw new RangeError('the input order is not in canonical form');
  return order;
}

/** The secrets that a text names, each once. */
export const secretNames = (text: string): string[] => [
  ...new Set([...text.matchAll(SECRET)].map((match) => match[1] as string)),
];

/** Puts the values in. A name without a value stays as it is. */
export const withSecrets = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replace(SECRET, (whole, name: string) => values.get(name) ?? whole);
