// Sessions that are over, as this computer itself remembers them: asked of the runtime when somebody opens the list.
import { $, base, el, text } from './dom.js';
import { clock, locale, say } from './language.js';
import { line } from './sessions.js';

export async function drawPast() {
  $('past-title').textContent = say('past.title');
  if (!$('past').open) return;
  try {
    const sessions = await (await fetch(`${base}/past?locale=${encodeURIComponent(locale)}`)).json();
    $('past-list').replaceChildren(
      text('p', say(sessions.length === 0 ? 'past.none' : 'past.kept'), 'who'),
      ...sessions.map(item),
    );
  } catch {
    $('past-list').replaceChildren(text('p', say('past.unreadable'), 'who'));
  }
}

function item(s) {
  const name = s.number === null ? s.technician : say('past.item', { number: s.number, name: s.technician });
  const when = say('past.when', { from: clock(s.startedAt), to: clock(s.endedAt) });
  return el('details', {}, [
    el('summary', {}, [
      el('span', {}, [text('b', name), text('small', s.allowed ? when : `${when}, ${say('past.not_allowed')}`)]),
    ]),
    el('ol', { class: 'log' }, s.timeline.map(line)),
  ]);
}
