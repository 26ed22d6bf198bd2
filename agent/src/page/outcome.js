// What stands where a question would, when none is open.
import { el, firstName, spelled, text } from './dom.js';
import { clock, language, say } from './language.js';

export function outcomeCard(last, online) {
  const first = firstName(last.technician);
  const time = clock(last.at);
  const answer = last.decision === 'approve' ? 'yes' : 'no';
  // The desk's own words are English.
  const told = language === 'en' ? last.message : '';
  const [tone, head, more] = {
    yes: ['yes', say('last.yes'), say('last.yes_more', { time })],
    no: ['no', say('last.no'), say('last.no_more', { time, first })],
    sending: online
      ? ['quiet', say(`last.sending_${answer}`), say('last.sending_more')]
      : ['quiet', say(`last.kept_${answer}`), say('last.kept_more', { time })],
    not_counted: ['quiet', say('last.not_counted'), told || say('last.not_counted_more')],
    expired: ['no', say('last.expired'), say('last.expired_more', { time, first })],
    withdrawn: ['quiet', say('last.withdrawn'), told || say('last.nothing_to_do')],
    ended: ['no', say('last.ended'), say(online ? 'last.ended_more' : 'last.ended_offline')],
    elsewhere: ['quiet', say('last.elsewhere'), told || say('last.nothing_to_do')],
  }[last.kind];
  return el('section', { class: `ask ${tone}` }, [
    last.title ? el('p', { class: 'from' }, [el('span', {}, [last.title])]) : '',
    text('h1', head),
    text('p', more, 'more'),
    text('p', say('last.keep_open'), 'late'),
  ]);
}

export function emptyCard({ msp, endpoint }) {
  return el('section', { class: 'ask quiet' }, [
    text('h1', say('empty.title')),
    el('p', { class: 'more' }, spelled({ text: say('empty.more', { msp, endpoint }) }, { whole: [endpoint] })),
    text('p', say('empty.close'), 'late'),
  ]);
}
