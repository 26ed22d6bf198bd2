// What stands where a question would, when none is open.
import { el, firstName, spelled, text } from './dom.js';
import { clock, language, say } from './language.js';

export function outcomeCard(last, online) {
  const first = firstName(last.technician);
  const time = clock(last.at);
  const answer = last.decision === 'approve' ? 'yes' : 'no';
  // The desk's own words are English.
  const told = language === 'en' ? last.message : '';
  // An answer by a named approver, or by a link on a phone, is not said to have been given here.
  const way = last.link !== null ? 'link' : last.approver !== null ? 'approver' : null;
  const name = last.link ?? last.approver;
  const said = (key) => (way === null ? say(`last.${key}`) : say(`last.${way}_${answer}`, { name }));
  const counted = (key) => say(way === null ? `last.${key}_more` : `last.${way}_${key}_more`, { time, first });
  const [tone, head, more] = {
    yes: ['yes', said('yes'), counted('yes')],
    no: ['no', said('no'), counted('no')],
    sending: online
      ? ['quiet', said(`sending_${answer}`), say('last.sending_more')]
      : ['quiet', said(`kept_${answer}`), say(way === null ? 'last.kept_more' : 'last.approver_kept_more', { time })],
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
