import { describe, expect, it } from 'vitest';
import { sampleCopy } from '../../testing/sample-snapshot.ts';
import { listEdits, shownAgain } from './edits.ts';
import { countInCopy } from './find-in-copy.ts';
import { countKinds } from './mark-words.ts';
import { placesOf, textsOf } from './places.ts';
import { plainText } from './plain-text.ts';
import { splitAt } from './split-at.ts';
import { utcSpan } from './utc.ts';
import { splitVerbatim } from './verbatim.ts';

const edit = (action: string, value: string) => ({ action, value, by: 'Sam', at: '2026-05-18T15:04:10.000Z' });

describe('a copy in review', () => {
  it('F111 knows every place of a mark, in the order in which the copy is read', () => {
    const copy = sampleCopy();
    const { places, first } = placesOf(copy);
    expect(places.map(({ mark, nth }) => `${mark}/${nth}`)).toEqual([
      ...['client-1/0', 'host-1/0', 'person-1/0', 'client-1/1', 'person-1/1'],
      ...['account-1/0', 'path-1/0', 'secret-1/0', 'person-1/2'],
    ]);
    for (const text of textsOf(copy)) {
      const mark = text.find((piece) => typeof piece !== 'string');
      if (mark) expect(places[first.get(text) ?? -1]?.mark).toBe(mark.mark);
    }
  });

  it('F111 finds what can be read in it, whatever the case, and nothing that a mark hides', () => {
    const copy = sampleCopy();
    expect(countInCopy(copy, 'front DESK hp')).toBe(1);
    expect(countInCopy(copy, 'r')).toBeGreaterThan(1);
    expect(countInCopy(copy, 'Brightline')).toBe(0);
    expect(countInCopy(copy, 'client-1')).toBe(0);
    expect(countInCopy(copy, '')).toBe(0);
  });

  it('F111 finds what is read in it over colours, ends of lines and blanks of any kind', () => {
    const copy = sampleCopy();
    copy.title = ['\u001b[1mbrit\u001b[0m-north wrote\r\nline  two of Karl\u00a0Bauer'];
    expect(countInCopy(copy, 'brit-north')).toBe(1);
    expect(countInCopy(copy, 'wrote line two')).toBe(1);
    expect(countInCopy(copy, 'wrote\nline two')).toBe(1);
    expect(countInCopy(copy, 'karl bauer')).toBe(1);
    expect(countInCopy(copy, '[1m')).toBe(0);
  });

  it('F111 undoes only the last word on a value', () => {
    const edits = [edit('hide', 'Front desk'), edit('show', 'oem42.inf'), edit('show', 'front desk')];
    expect(listEdits(edits).map(({ stands }) => stands)).toEqual([false, true, true]);
    expect(shownAgain(edits)).toEqual(['oem42.inf', 'front desk']);
    // Taken back: the one before it is the last word again, and at last there is none.
    const undone = [...edits, edit('undo', 'FRONT desk')];
    expect(listEdits(undone).map(({ stands }) => stands)).toEqual([true, true, false, false]);
    expect(shownAgain(undone)).toEqual(['oem42.inf']);
    expect(listEdits([...undone, edit('undo', 'Front desk')]).filter(({ stands }) => stands)).toEqual(
      [edits[1]].map((e) => ({ ...e, stands: true })),
    );
  });

  it('F110 counts places by kind, in the order of the list, unknown kinds last', () => {
    const marks = [
      { kind: 'serial', places: 1 },
      { kind: 'secret', places: 1 },
      { kind: 'client', places: 2 },
      { kind: 'client', places: 3 },
    ];
    expect(countKinds(marks)).toEqual([
      { kind: 'client', places: 5 },
      { kind: 'secret', places: 1 },
      { kind: 'serial', places: 1 },
    ]);
  });

  it('marks what was shown again, the longest first and with nothing lost', () => {
    expect(splitAt('a oem42.inf (oem42)', ['oem42', 'OEM42.inf'])).toEqual([
      { text: 'a ' },
      { text: 'oem42.inf', undone: true },
      { text: ' (' },
      { text: 'oem42', undone: true },
      { text: ')' },
    ]);
    expect(splitAt('(', ['('])).toEqual([{ text: '(', undone: true }]);
    expect(splitAt('whole', [''])).toEqual([{ text: 'whole' }]);
  });

  it('F115 sets apart what somebody read before they answered, with every mark in its order', () => {
    const text = ['Yes by ', { mark: 'person-1' }, ', here.\nThey read:\nMay ', { mark: 'person-2' }, ' work?\n'];
    expect(splitVerbatim(text)).toEqual([
      ['Yes by ', { mark: 'person-1' }, ', here.\nThey read:'],
      ['May ', { mark: 'person-2' }, ' work?\n'],
    ]);
    expect(splitVerbatim(['They read:\n', { mark: 'person-2' }])).toEqual([['They read:'], [{ mark: 'person-2' }]]);
    expect(splitVerbatim(text.slice(0, 2))).toEqual([text.slice(0, 2)]);
  });

  it('says times in UTC, with both days where there are two', () => {
    expect(utcSpan('2026-05-18T14:21:00Z', '2026-05-18T14:49:00Z')).toBe('18 May 2026, 14:21 to 14:49 UTC');
    expect(utcSpan('2026-05-18T23:50:00Z', '2026-05-19T00:10:00Z')).toBe(
      '18 May 2026, 23:50 to 19 May 2026, 00:10 UTC',
    );
  });

  it('prints output without what only a terminal would do', () => {
    expect(plainText('\u001b[31mred\u001b[0m\r\nnext\u001b]0;title\u0007\u0008')).toBe('red\nnext␈');
  });
});
