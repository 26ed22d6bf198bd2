import { describe, expect, it } from 'vitest';
import { harmless } from './ansi.ts';
import { fromBase64 } from './bytes.ts';

describe('hostile text', () => {
  it.each([
    ['a title', '\u001b]0;owned\u0007x'],
    ['a link', '\u001b]8;;https://evil.example\u0007x\u001b]8;;\u0007'],
    ['clearing the screen', '\u001b[2J\u001b[Hx'],
    ['the clipboard', '\u001b]52;c;aGk=\u0007x'],
    ['a terminal reset', '\u001bcx'],
  ])('U05 lets %s do nothing', (_what, text) => expect(harmless(text)).toBe('x'));
  it('F027 shows control characters by their pictures', () => expect(harmless('a\0b\u0008')).toBe('a␀b␈'));
  it('F025 reads live pieces byte for byte', () =>
    expect([...fromBase64(btoa('\0\u00ff\u0080a'))]).toEqual([0, 255, 128, 97]));
});
