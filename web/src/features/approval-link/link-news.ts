import type { PromptKey, Say } from '@throughline/domain/prompt/catalogue';
import type { Dead, Outcome } from './linked-question.ts';

/** What stands in the question's place once there is nothing to answer. */
export interface News {
  tone: 'yes' | 'no' | 'quiet';
  title: string;
  more: string;
  /** The server's or the computer's own words, in English. */
  why: string;
  close: string;
}

const DEAD = {
  dead: ['link.dead', 'link.dead_more'],
  wait: ['link.dead', 'link.wait'],
  none: ['link.none', 'link.none_more'],
  bad: ['link.bad', 'link.bad_more'],
} as const satisfies Record<Dead, [PromptKey, PromptKey]>;

export function newsOfDead(dead: Dead, why: string, say: Say): News {
  const [title, more] = DEAD[dead];
  return { tone: 'quiet', title: say(title), more: say(more), why: dead === 'bad' ? why : '', close: '' };
}

/** Nobody knows whether the answer arrived. `first`: the technician's first name. */
export const newsOfUnsure = (first: string, say: Say): News => ({
  ...{ tone: 'quiet', title: say('link.unsure'), more: say('link.unsure_more', { first }), why: '', close: '' },
});

export function newsOfOutcome({ decision, counted, why }: Outcome, first: string, say: Say): News {
  const key = counted === null ? 'on_its_way' : !counted ? 'not_counted' : decision === 'approve' ? 'yes' : 'no';
  return {
    tone: key === 'yes' || key === 'no' ? key : 'quiet',
    title: say(`link.${key}`),
    more: say(`link.${key}_more`, { first }),
    why: counted === false ? why : '',
    close: say('link.close'),
  };
}
