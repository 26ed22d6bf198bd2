import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from './base64.ts';
import { type Canonical, canonicalJson } from './canonical.ts';

const shuffled = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(shuffled)
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, member]) => [key, shuffled(member)]),
        )
      : value;
const anyValue = fc
  .letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'binary' }),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.dictionary(fc.string(), tie('value')),
    ),
  }))
  .value.map((value) => value as Canonical);

describe('canonical JSON', () => {
  it('is one text, in whatever order the members were written, and reads back as the same value', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffled(value) as Canonical)).toBe(text);
        expect(canonicalJson(JSON.parse(text) as Canonical)).toBe(text);
      }),
    );
  });

  it('sorts, leaves out white space and what is undefined', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true, gone: undefined })).toBe(
      '{"a":true,"b":[1,{"c":"x","d":null}]}',
    );
  });

  it.each([0.5, Number.NaN, Infinity, 2 ** 53])('refuses %s, which has no single spelling', (number) => {
    expect(() => canonicalJson({ number })).toThrow(RangeError);
  });
});

describe('strict base64', () => {
  it('reads back every bytes, and agrees with the runtime’s own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(Buffer.from(fromBase64(toBase64(bytes))).equals(bytes)).toBe(true);
      }),
    );
  });

  it.each(['A', 'AA', 'AAA', 'AA=A', '====', 'A===', 'AAA\n', 'AA-_', 'YR==', 'YWJ=', 'é===', ' AAA'])(
    'refuses %j',
    (text) => {
      expect(() => fromBase64(text)).toThrow(RangeError);
    },
  );
});
