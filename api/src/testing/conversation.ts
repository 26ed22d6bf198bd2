import { readFileSync } from 'node:fs';
import { z } from 'zod';

/*
 * A conversation between one runtime and the gateway, as it was on the wire, one JSON object a line. What the desk did in between stands
 * there too, so that it can be done again. Recordings of older runtimes are kept beside the test that plays them to today's gateway.
 */
const zLine = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('desk'), does: z.string(), input: z.record(z.string(), z.unknown()) }),
  z.strictObject({
    from: z.literal('runtime'),
    /** Its HTTP request to enrol, a text frame, a binary frame in base64, or the socket's opening and end. */
    kind: z.enum(['enrol', 'message', 'output', 'connect', 'cut']),
    body: z.unknown(),
  }),
  z.strictObject({ from: z.literal('gateway'), kind: z.enum(['enrolled', 'message']), body: z.unknown() }),
]);
export type Line = z.infer<typeof zLine>;

export const readConversation = (file: URL): Line[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => zLine.parse(JSON.parse(line)));

/** The members an object has, and those of the objects in it: what a strict reader of that time would have taken. */
export function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shapeOf))].sort().join('|')}]`;
  if (value === null || typeof value !== 'object') return '_';
  const members = Object.entries(value).map(([name, inner]) => `${name}:${shapeOf(inner)}`);
  return `{${members.sort().join(',')}}`;
}
