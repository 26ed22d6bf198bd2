// The sessions at this computer: what was asked, answered and run, the way out, and words to the technician.
import { announce, el, firstName, icon, spelled, text } from './dom.js';
import { clock, say } from './language.js';
import { post } from './send.js';

// Sessions in which something was stopped on this page: the sentence that says so stays, and has the cursor where the button was.
const stopped = new Set();

export function sessionBoxes(s, index, sessions, redraw) {
  const alone = sessions.filter((other) => other.active).length <= 1 && index === 0;
  const heading = say(s.active || alone ? 'side.this' : 'side.earlier');
  const whose = { number: s.number, name: s.technician, time: clock(s.startedAt) };
  const boxes = [
    el('section', { class: 'box' }, [
      text('h2', heading),
      ...(s.unattended === null ? [] : [text('p', s.unattended, 'policy')]),
      text('p', say(s.number === null ? 'side.who_unnumbered' : 'side.who', whose), 'who'),
      el('ol', { class: 'log' }, s.timeline.map(line)),
    ]),
  ];
  if (s.standing.length > 0 || (s.active && stopped.has(s.sessionId))) boxes.push(allowedBox(s, redraw));
  if (s.active) boxes.push(endBox(s), writeBox(s, redraw));
  return boxes;
}

const TONES = {
  consent: 'ok',
  tick: 'ok',
  denied: 'bad',
  pending: 'wait',
  cancelled: 'idle',
  failed: 'bad',
  unknown: 'wait',
  message: 'idle',
  running: 'run',
};

export function line(item) {
  const time = item.glyph === 'pending' ? say('side.since', { time: clock(item.at) }) : clock(item.at);
  return el('li', {}, [
    icon(`g-${item.glyph}`, `g ${TONES[item.glyph]}`),
    el('div', {}, [
      el('span', { class: item.glyph === 'message' ? 'words' : '' }, spelled(item)),
      item.text && item.strong ? ' ' : '',
      item.strong ? text('b', item.strong) : '',
      text('small', item.detail ? `${time}, ${item.detail}` : time),
    ]),
  ]);
}

// What a yes covers beyond its own command. Ending it takes nothing from anybody but the right not to ask, so it asks no more itself.
function allowedBox(s, redraw) {
  const fault = el('p', { class: 'fault', role: 'alert' });
  fault.hidden = true;
  const items = s.standing.map(({ approvalId, what, until }) => {
    const stop = el(
      'button',
      {
        class: 'big plainly',
        type: 'button',
        'data-focus': `scope-${approvalId}`,
        'aria-label': `${say('allowed.stop')}: ${what}`,
      },
      [icon('g-cancelled', 'g'), say('allowed.stop')],
    );
    stop.addEventListener('click', async () => {
      stop.disabled = true;
      const problem = await post('end_scope', { approvalId });
      if (!problem) {
        stopped.add(s.sessionId);
        redraw();
        return document.querySelector(`[data-focus="${CSS.escape(`stopped-${s.sessionId}`)}"]`)?.focus();
      }
      [fault.textContent, fault.hidden, stop.disabled] = [problem.words, false, false];
    });
    return el('li', {}, [
      el('p', {}, [text('b', what), text('small', say('allowed.until', { time: clock(until) }))]),
      stop,
    ]);
  });
  return el('section', { class: 'box allowed' }, [
    text('h2', say('allowed.title')),
    stopped.has(s.sessionId)
      ? el('p', { class: 'done', tabindex: '-1', 'data-focus': `stopped-${s.sessionId}` }, [
          icon('g-cancelled', 'g'),
          text('span', say('allowed.stopped')),
        ])
      : '',
    ...(items.length === 0 ? [] : [el('ul', {}, items), text('p', say('allowed.more'), 'who')]),
    fault,
  ]);
}

// Ending cannot be taken back, so it asks once more, in place.
function endBox(s) {
  const box = el('section', { class: 'box end' }, [text('h2', say('end.title')), text('p', say('end.text'))]);
  const stop = el('button', { class: 'big stop', type: 'button', 'data-focus': `end-${s.sessionId}` }, [
    icon('g-cancelled', 'g'),
    say('end.button'),
  ]);
  stop.addEventListener('click', () => {
    const sure = el('button', { class: 'big stop', type: 'button' }, [say('end.sure')]);
    const keep = el('button', { class: 'big plainly', type: 'button' }, [say('end.keep')]);
    sure.addEventListener('click', async () => {
      sure.disabled = true;
      const problem = await post('end', { sessionId: s.sessionId, reason: '' });
      if (problem) announce(problem.words);
    });
    keep.addEventListener('click', () => pair.replaceWith(stop));
    const pair = el('div', {}, [text('p', say('end.warning')), el('div', { class: 'pairline' }, [keep, sure])]);
    stop.replaceWith(pair);
    sure.focus();
  });
  box.append(stop);
  return box;
}

function writeBox(s, redraw) {
  const first = firstName(s.technician) || say('write.nobody');
  const area = el('textarea', {
    class: 'own',
    rows: '3',
    maxlength: '4000',
    'aria-label': say('write.aria', { first }),
    required: '',
  });
  const form = el('form', {}, [area, el('button', { class: 'big plainly', type: 'submit' }, [say('write.send')])]);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (area.value.trim() === '') return;
    const problem = await post('message', { sessionId: s.sessionId, text: area.value.trim() });
    if (problem) return announce(problem.words);
    area.value = '';
    area.blur();
    announce(say('write.sent'));
    redraw();
  });
  return el('details', { class: 'write' }, [
    el('summary', { 'data-focus': `write-${s.sessionId}` }, [
      icon('i-thread', 'i'),
      text('span', say('write.to', { first })),
    ]),
    form,
  ]);
}
