import { expect, it } from 'vitest';
import { CATALOGUE, LANGUAGES, languageOf, sayIn } from './catalogue.ts';
import { type PromptKey, en } from './en.ts';

const keys = Object.keys(en) as PromptKey[];
const gaps = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

it.each(LANGUAGES)('U20 %s says every phrase of the prompt page, with the same gaps', (language) => {
  expect(Object.keys(CATALOGUE[language])).toEqual(keys);
  for (const key of keys) {
    expect(CATALOGUE[language][key].trim(), key).not.toBe('');
    expect(gaps(CATALOGUE[language][key]), key).toEqual(gaps(en[key]));
  }
});

it('U20 takes the language of the browser’s locale, and English where there is none', () => {
  expect(['es', 'es-MX', 'ES-419', 'en-GB', 'de-DE', ''].map(languageOf)).toEqual(['es', 'es', 'es', 'en', 'en', 'en']);
});

it('never reads what somebody else wrote for gaps of its own', () => {
  expect(sayIn('en')('why.said', { first: '{reason}', reason: 'because of {first} $& {x}' })).toBe(
    '{reason} wrote: “because of {first} $& {x}”',
  );
});

it('ends a sentence with one full stop where what is filled in ends in one', () => {
  expect(sayIn('es')('side.since', { time: '12:24 p.m.' })).toBe('desde las 12:24 p.m.');
  expect(sayIn('en')('line.code', { code: '1' })).toBe('ended with code 1');
  const names = { name: 'Jun', role: 'x', msp: 'Northgate', endpoint: 'PC' };
  expect(sayIn('en')('from.consented', { ...names, time: '12:24 p.m.' })).toMatch(/since 12:24 p\.m\.$/);
  expect(sayIn('en')('from.consented', { ...names, time: '12:24' })).toMatch(/since 12:24\.$/);
});
