// The page's words: one catalogue, held by the runtime. The browser's language chooses, and the person may choose another.
import { base } from './dom.js';

const KEY = 'throughline-language';
const NAMES = { en: 'English', es: 'Español' };
let words = {};
export let language = '';
export let locale = '';

// A language's locale as the browser has it (es-MX), for dates; else the language alone.
const localeOf = (wanted) => navigator.languages.find((each) => each.split('-')[0] === wanted) ?? wanted;

function remembered() {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    // A browser that keeps nothing: its own language then.
    return '';
  }
}

export function wantedLanguage() {
  const wishes = [remembered(), ...navigator.languages.map((each) => each.split('-')[0])];
  return wishes.find((wish) => wish in NAMES) ?? 'en';
}

export async function speak(wanted) {
  const wantedLocale = localeOf(wanted);
  const answer = await fetch(`${base}/words?locale=${encodeURIComponent(wantedLocale)}`);
  words = await answer.json();
  [language, locale] = [wanted, wantedLocale];
  document.documentElement.lang = wanted;
}

export function remember(wanted) {
  try {
    localStorage.setItem(KEY, wanted);
  } catch {
    // It holds for this page then.
  }
}

export const languages = Object.entries(NAMES);

// As the catalogue's own `sayIn` does it.
export const say = (key, values = {}) =>
  (words[key] ?? '').replace(/(\blas )?\{(\w+)\}(\.?)/g, (_, las = '', name, stop) => {
    const value = String(values[name] ?? '');
    const article = las !== '' && /^0?1\D/.test(value) ? 'la ' : las;
    return `${article}${value}${value.endsWith('.') ? '' : stop}`;
  });

export function clock(at) {
  const date = new Date(at);
  const time = date.toLocaleTimeString(locale, { hour: 'numeric', minute: '2-digit' }).replace(/\s/g, '\u00a0');
  const today = date.toDateString() === new Date().toDateString();
  return today ? time : `${date.toLocaleDateString(locale, { day: 'numeric', month: 'short' })}, ${time}`;
}
