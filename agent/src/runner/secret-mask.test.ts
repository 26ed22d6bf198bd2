import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecretMask } from './secret-mask.ts';

const masked = (pieces: readonly string[], secrets: Record<string, string>) => {
  const mask = new SecretMask(new Map());
  mask.know(secrets);
  const out = pieces.map((piece) => mask.push(Buffer.from(piece)));
  return { text: Buffer.concat([...out, mask.rest()]).toString(), counts: mask.counts };
};

describe('U10 secrets in output', () => {
  it('stand there by their names, wherever the output was cut', () => {
    const whole = 'user hunter2! said hunter2! twice';
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((end, i) => whole.slice(at[i], end));
        const { text, counts } = masked(pieces, { pw: 'hunter2!' });
        expect(text).toBe('user {{secret:pw}} said {{secret:pw}} twice');
        expect(counts.get('pw')).toBe(2);
      }),
    );
  });

  it('hides a secret that holds another as a whole, and keeps what only looks like one', () => {
    expect(masked(['a=longpass b=longpassword c=longpas'], { a: 'longpass', b: 'longpassword' }).text).toBe(
      'a={{secret:a}} b={{secret:b}} c=longpas',
    );
  });

  it('leaves every other byte as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (pieces) => {
        const mask = new SecretMask(new Map());
        mask.know({ pw: 'correct horse' });
        const out = Buffer.concat([...pieces.map((piece) => mask.push(Buffer.from(piece))), mask.rest()]);
        expect(out.equals(Buffer.concat(pieces))).toBe(true);
      }),
    );
  });

  it('does not mask values that are everyday text', () => {
    expect(masked(['yes, y'], { answer: 'y' }).text).toBe('yes, y');
  });
});
