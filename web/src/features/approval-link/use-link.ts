import { type ComputedRef, computed, onBeforeUnmount, onMounted, ref, watch } from 'vue';
import { type Failure, failure as failureNow } from '../../lib/failure.ts';
import { language, locale, say } from '../approver/reader.ts';
import { type AuthAnswer, askAuth } from '../signin/auth-http.ts';
import type { Dead, Decision, LinkedQuestion, Outcome } from './linked-question.ts';

const LOOK_EVERY_MS = 3_000;
/** An answer waits up to 10 s for the computer; what says nothing this long was lost on the way. */
const PATIENCE_MS = 30_000;

export interface Reader {
  locale: string;
  timeZone: string;
}

/**
 * A mailed link as long as its page is open: what it asks, its one answer, and what became of that. Only what was asked last may change the
 * page: the link is used up before the reply to the answer comes, so a look under way meanwhile would call it dead.
 */
export function useLink() {
  const question = ref<LinkedQuestion | null>(null);
  const outcome = ref<Outcome | null>(null);
  const dead = ref<Dead | null>(null);
  /** Of looking; of answering. */
  const failure = ref<Failure | null>(null);
  const refused = ref<Failure | null>(null);
  const sending = ref(false);
  /** An answer was sent, and whether it arrived is not known. */
  const unsure = ref(false);
  /** The server does not know this browser's locale or time zone. */
  const plain = ref(false);
  let token = '';
  let answered = false;
  let turn = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const reader: ComputedRef<Reader> = computed(() => {
    if (plain.value) return { locale: language.value, timeZone: 'UTC' };
    const { language: tongue, region } = new Intl.Locale(locale.value);
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    return { locale: region === undefined ? tongue : `${tongue}-${region}`, timeZone };
  });

  /** Asks; null: meanwhile something else was asked, and this is no longer news. */
  async function ask<T>(what: 'look' | 'answer' | 'outcome', body: object): Promise<AuthAnswer<T> | null> {
    const mine = ++turn;
    clearTimeout(timer);
    const given = await askAuth<T>(`/api/approval-link/${what}`, { token, ...body }, PATIENCE_MS);
    return mine === turn ? given : null;
  }
  const soon = (next: () => Promise<void>) => (timer = setTimeout(() => void next(), LOOK_EVERY_MS));
  function end(why: Dead): void {
    question.value = null;
    unsure.value = false;
    dead.value = why;
  }

  async function look(): Promise<void> {
    const seen = await ask<LinkedQuestion>('look', reader.value);
    if (seen === null) return;
    failure.value = null;
    if (seen.ok) {
      question.value = seen.value;
      if (unsure.value) refused.value = failureNow('NOT_ARRIVED', say('link.not_arrived'));
      unsure.value = false;
      return void soon(look);
    }
    if (isDead(seen.status)) return answered ? trace() : end(seen.status === 404 ? 'dead' : 'wait');
    failure.value = seen.failure;
    if (seen.status === 400 && !plain.value) {
      plain.value = true;
      return look();
    }
    // What the server understood and will not do, it will not do the next time either.
    if (isFinal(seen.status)) return end('bad');
    soon(look);
  }

  async function answer(decision: Decision, reason: string): Promise<void> {
    if (sending.value || question.value === null) return;
    sending.value = true;
    refused.value = null;
    const { textHash } = question.value;
    const given = await ask<Omit<Outcome, 'decision'>>('answer', { ...reader.value, decision, reason, textHash });
    if (given === null) return;
    sending.value = false;
    if (given.ok) return settle({ decision, ...given.value });
    if (isFinal(given.status) && !isDead(given.status)) {
      refused.value =
        given.failure.code === 'CONFLICT' ? { ...given.failure, message: say('error.CONFLICT') } : given.failure;
      return look();
    }
    // Perhaps it was taken, and the reply was lost.
    answered = true;
    unsure.value = !isDead(given.status);
    return look();
  }

  /** What became of the answer: asked while the computer has not said, or the reply was lost. */
  async function trace(): Promise<void> {
    const told = await ask<Outcome>('outcome', {});
    if (told === null) return;
    failure.value = null;
    if (told.ok) return settle(told.value);
    if (isDead(told.status)) {
      // Over for good; an answer that is on its way stays so.
      if (outcome.value === null) end(told.status === 404 ? 'dead' : 'wait');
      return;
    }
    if (outcome.value === null) unsure.value = true;
    failure.value = told.failure;
    soon(trace);
  }
  function settle(became: Outcome): void {
    answered = true;
    unsure.value = false;
    outcome.value = became;
    if (became.counted === null) soon(trace);
  }

  /** Begins with the link in the address, and takes its secret out of there: nobody finds it in this browser later. */
  function begin(): void {
    const secret = location.hash.slice(1);
    if (secret === '' && token !== '') return;
    history.replaceState(history.state, '', location.pathname + location.search);
    token = secret;
    answered = false;
    for (const each of [question, outcome, dead, failure, refused]) each.value = null;
    for (const each of [sending, unsure]) each.value = false;
    if (/^[\w-]{1,200}$/.test(secret)) void look();
    else {
      turn++;
      clearTimeout(timer);
      end(secret === '' ? 'none' : 'dead');
    }
  }
  onMounted(begin);
  // A newer link that is opened in the same tab changes nothing else.
  addEventListener('hashchange', begin);
  watch(locale, () => dead.value === null && outcome.value === null && !sending.value && !unsure.value && look());
  onBeforeUnmount(() => {
    removeEventListener('hashchange', begin);
    turn++;
    clearTimeout(timer);
  });
  return { question, outcome, dead, failure, refused, sending, unsure, reader, look, answer };
}

/** 429: dead as well, and many were before it. */
const isDead = (status: number) => status === 404 || status === 429;
const isFinal = (status: number) => status >= 400 && status < 500 && status !== 408 && status !== 425;
