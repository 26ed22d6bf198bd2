import { describe, expect, it } from 'vitest';
import { ansiHtml, ansiPlain } from './ansi.ts';
import { collapseCarriageReturns, decodeOutput, strayStart } from './bytes.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('output on its way to the screen', () => {
  it('F027 shows NUL and bytes that are no UTF-8 as marks and does not fail', () => {
    const text = ansiPlain(decodeOutput(new Uint8Array([0x61, 0x00, 0x62, 0xff])));
    expect(text).toBe('a␀b\ufffd');
  });
  it('U05 makes colours into classes and escapes markup', () => {
    expect(ansiHtml('\u001b[31m<b>red</b>\u001b[0m')).toBe('<span class="ansi-red-fg">&lt;b&gt;red&lt;/b&gt;</span>');
  });
  it.each([
    ['a title', '\u001b]0;owned\u0007x'],
    ['a link', '\u001b]8;;https://evil.example\u0007x\u001b]8;;\u0007'],
    ['clearing the screen', '\u001b[2J\u001b[Hx'],
    ['the clipboard', '\u001b]52;c;aGk=\u0007x'],
    ['a terminal reset', '\u001bcx'],
  ])('U05 lets %s do nothing', (_what, text) => {
    expect(ansiHtml(text)).toBe('x');
  });
  it('U05 ignores colours that could hide text from the theme', () => {
    expect(ansiHtml('\u001b[38;2;255;255;255mx\u001b[0m')).toBe('x');
    expect(ansiHtml('\u001b[38;5;15;1mx\u001b[0m')).not.toContain('rgb');
  });
  it('U08 shows what a terminal would leave of a progress bar', () => {
    expect(collapseCarriageReturns('10%\r50%\r100%\ndone\r\n')).toBe('100%\ndone\n');
    expect(collapseCarriageReturns('50%\r')).toBe('50%');
  });
  it('F120 finds whole characters at the edges of a page', () => {
    const all = bytes('äöü€');
    expect(strayStart(all.subarray(1))).toBe(1);
    expect(strayStart(all)).toBe(0);
  });
});
