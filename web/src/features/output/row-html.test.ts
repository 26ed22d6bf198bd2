import { describe, expect, it } from 'vitest';
import { printed, type RowsLook, rowsHtml, sgrAfter } from './row-html.ts';
import { cutRows, MAX_ROW } from './rows.ts';

const bytesOf = (text: string | Uint8Array) => (typeof text === 'string' ? new TextEncoder().encode(text) : text);
function html(text: string | Uint8Array, look: Partial<RowsLook> = {}): { html: string; overwrote: boolean } {
  const bytes = bytesOf(text);
  const whole: RowsLook = { encoding: 'utf-8', collapse: true, sgr: '', line: 1, ...look };
  return rowsHtml(bytes, 0, cutRows(bytes, 0, whole.encoding, { complete: true }), whole);
}
function shown(text: string | Uint8Array, look: Partial<RowsLook> = {}): string[] {
  const root = document.createElement('div');
  root.innerHTML = html(text, look).html;
  return [...root.querySelectorAll('.r:not(.gone)')].map((row) => row.textContent ?? '');
}

describe('rows as they are shown', () => {
  it('F027 shows NUL and bytes that are no UTF-8 as marks, each with its value', () => {
    expect(shown(new Uint8Array([0x61, 0, 0x62, 0xff]))).toEqual(['a␀b\ufffd']);
    expect(html(new Uint8Array([0xff])).html).toContain('title="byte FF, no UTF-8"');
  });
  it('U05 makes colours into classes and escapes markup', () => {
    expect(html('\u001b[31m<b>red</b>\u001b[0m').html).toContain(
      '<span class="ansi-red-fg">&lt;b&gt;red&lt;/b&gt;</span>',
    );
    expect(shown('<img src=x onerror=alert(1)>')).toEqual(['<img src=x onerror=alert(1)>']);
  });
  it('U05 carries a colour over the line’s end, and into the next stretch', () => {
    expect(html('\u001b[31mone\ntwo\n').html.match(/ansi-red-fg/g)).toHaveLength(2);
    const open = sgrAfter('', bytesOf('\u001b[1m\u001b[31mone'), 'utf-8');
    expect(html('two', { sgr: open }).html).toContain('ansi-red-fg');
    expect(sgrAfter(open, bytesOf('\u001b[0m'), 'utf-8')).toBe('');
    expect(sgrAfter('', bytesOf('\u001b[31m'.repeat(10_000)), 'utf-8').length).toBeLessThan(300);
  });
  it.each([
    ['colours that could hide text', '\u001b[38;2;255;255;255mx\u001b[0m'],
    ['an odd colour', '\u001b[4:3mx'],
  ])('U05 ignores %s', (_what, text) => {
    expect(shown(text)).toEqual(['x']);
    expect(html(text).html).not.toMatch(/rgb|style=/);
  });
  it('U05 shows an escape that is cut off and does not let it take the next row', () =>
    expect(shown('a\u001b[3\nb\n')).toEqual(['a␛[3', 'b']));
  it('U05 shows characters that would turn the text around', () =>
    expect(shown('rm \u202Etxt.exe')).toEqual(['rm U+202Etxt.exe']));
  it('U08 shows what a terminal would leave of a progress bar, and every state when asked', () => {
    expect(shown('10%\r50%\r100%\ndone\r\n')).toEqual(['100%', 'done']);
    expect(shown('10%\r50%\r100%\n', { collapse: false })).toEqual(['10%␍\n50%␍\n100%']);
    expect(html('10%\r50%\n').overwrote).toBe(true);
    expect(html('a\r\nb\r\n').overwrote).toBe(false);
  });
  it('U08 keeps the last state while the cursor waits at the line’s start', () => {
    expect(printed('50%\r', true)).toBe('50%');
    expect(printed('\r', true)).toBe('');
    expect(printed('a\r\r\rb', true)).toBe('b');
  });
  it('U08 leaves one row of a progress bar of many kilobytes', () => {
    const bar = Array.from({ length: 5000 }, (_, i) => `${i} of 5000`).join('\r');
    expect(bar.length).toBeGreaterThan(MAX_ROW * 5);
    expect(shown(`${bar}\nend`)).toEqual(['4999 of 5000', 'end']);
  });
  it('U07 numbers lines, not rows; where nobody counted, it says the byte', () => {
    const numbers = (line: number | null) =>
      [...html(`${'x'.repeat(MAX_ROW + 1)}\ny\n`, { line }).html.matchAll(/data-n="([^"]*)"/g)].map((m) => m[1]);
    expect(numbers(41)).toEqual(['41', '', '42']);
    expect(numbers(null)).toEqual(['@0', '', '@8,194']);
  });
  it('U09 reads the same bytes as another encoding', () =>
    expect(shown(new Uint8Array([0x66, 0x81, 0x72]), { encoding: 'cp850' })).toEqual(['für']));
});
