import {
  type Language,
  type PromptKey,
  type Say,
  CATALOGUE,
  LANGUAGES,
  sayIn,
} from '@throughline/domain/prompt/catalogue';
import { computed, ref, watchEffect } from 'vue';
import type { Failure } from '../../lib/failure.ts';
import { readStored, writeStored } from '../../lib/stored.ts';

/* In which language an approver reads: the browser's, or the one that was chosen here. An approver is a client's person, like the one at the computer. */
const KEY = 'language';
const wishes = [readStored(KEY) ?? '', ...navigator.languages].filter((wish) => wish !== '');
const spokenIn = (wish: string) => LANGUAGES.find((each) => wish.toLowerCase().split('-')[0] === each);
export const language = ref<Language>(wishes.map(spokenIn).find((each) => each !== undefined) ?? 'en');

/** The locale of times: the browser's own of that language (`es-MX`), else the language alone. */
export const locale = computed(
  () => navigator.languages.find((each) => spokenIn(each) === language.value) ?? language.value,
);

export const say: Say = (key, values) => sayIn(language.value)(key, values);

export function speak(wanted: Language): void {
  language.value = wanted;
  writeStored(KEY, wanted);
}

/** The page's own language, for as long as the component lives. */
export const useReader = () => watchEffect(() => (document.documentElement.lang = language.value));

/** A refusal in the reader's language, where the catalogue has one for its code; the server writes English. */
export function told(failure: Failure | null): Failure | null {
  const key = `refused.${failure?.code ?? ''}`;
  return failure === null || language.value === 'en' || !(key in CATALOGUE.en)
    ? failure
    : { ...failure, message: say(key as PromptKey) };
}
