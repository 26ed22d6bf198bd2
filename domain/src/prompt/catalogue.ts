import { z } from 'zod';
import { type PromptKey, en } from './en.ts';
import { es } from './es.ts';

export type { PromptKey } from './en.ts';

/** Languages that the prompt page can be read in. */
export const LANGUAGES = ['en', 'es'] as const;
export const zLanguage = z.enum(LANGUAGES);
export type Language = z.infer<typeof zLanguage>;

/** The one catalogue of the prompt page's words. */
export const CATALOGUE: Readonly<Record<Language, Readonly<Record<PromptKey, string>>>> = { en, es };

/** The language of a browser's locale (`es-MX`); English where we have none. */
export const languageOf = (locale: string): Language =>
  LANGUAGES.find((language) => locale.toLowerCase().split('-')[0] === language) ?? 'en';

export type Say = (key: PromptKey, values?: Readonly<Record<string, string | number>>) => string;

/**
 * Says a phrase of the catalogue with its gaps filled. What is filled in is never read for gaps again; one that ends in a full stop
 * (`12:24 p.m.`) brings the sentence's own, and one o'clock has its own Spanish article (`la 1:05`, `las 2:05`).
 */
export const sayIn =
  (language: Language): Say =>
  (key, values = {}) =>
    CATALOGUE[language][key].replace(/(\blas )?\{(\w+)\}(\.?)/g, (_, las: string = '', name: string, stop: string) => {
      const value = String(values[name] ?? '');
      const article = las !== '' && /^0?1\D/.test(value) ? 'la ' : las;
      return `${article}${value}${value.endsWith('.') ? '' : stop}`;
    });
