// The open question: the lines that the runtime made, signed as they stand here, and the answer.
import { el, firstName, icon, initials, spelled, text } from './dom.js';
import { clock, language, locale, say } from './language.js';
import { post } from './send.js';

// `q.elsewhere`: a named approver allows it, and there is no Approve on this page. `note`: why the answer that was
// given on an older reading was not taken. `stale`: told that this reading is older than the runtime's.
export function questionCard(q, waiting, { note, stale }) {
  const first = firstName(q.technician.name);
  const of = (part) => q.lines.filter((line) => line.part === part);
  const only = (part, how) => of(part).flatMap((line) => spelled(line, how));
  const names = { strong: [q.technician.name], mono: [q.endpointName] };
  const card = el('section', { class: 'ask', 'aria-labelledby': 'q' });
  card.append(
    el('p', { class: 'from' }, [
      text('span', initials(q.technician.name), 'av', true),
      el('span', {}, only('from', names)),
    ]),
    el('h1', { id: 'q' }, only('title')),
    ...(q.nudgedAt === null
      ? []
      : [el('p', { class: 'nudged' }, [icon('i-clock', 'i'), text('span', nudgedWords(q))])]),
    el('dl', { class: 'plain' }, [
      ...['why', 'changes'].flatMap(of).map((line) => row(line, q.endpointName)),
      reasons(of('does')),
      ...['unchanged', 'undo'].flatMap(of).map((line) => row(line, q.endpointName)),
    ]),
    ...of('command').map((line) => exact(line, of('odd'), of('how'))),
    ...of('code').map((line) =>
      el('div', { class: 'code' }, [
        el('div', {}, [text('b', line.label)]),
        el('p', {}, spelled(line, { strong: [asking(line.text)] })),
      ]),
    ),
    ...notCounted(q, note),
    answerForm(q, first, of('cover'), stale),
    el('p', { class: 'late' }, [icon('i-clock', 'i'), el('span', {}, [el('span', {}, only('late')), more(waiting)])]),
  );
  return card;
}

// The same question drawn anew, after a reminder say, takes nothing from somebody who has begun to say no: words, choice
// and place. What Approve covers begins afresh: the lines to choose from may be others. Returns what puts the cursor back.
export function keepDenial(from, to) {
  const [was, now] = [from, to].map((card) => [...card.querySelectorAll('.f1 input')]);
  if (was.length !== now.length) return () => {};
  was.forEach((input, i) => {
    if (input.type === 'radio') now[i].checked = input.checked;
    else now[i].value = input.value;
  });
  const at = was.indexOf(document.activeElement);
  return () => now[at]?.focus({ preventScroll: true });
}

// That the desk reminds of it: no part of what is signed.
export const nudgedWords = ({ nudges, nudgedAt }) =>
  nudges === 1
    ? say('again.nudged_one', { time: clock(nudgedAt) })
    : say('again.nudged_many', { time: clock(nudgedAt), count: nudges });

// Why it is asked once more. The desk's own words are English.
function notCounted(q, note) {
  const words = q.refused
    ? [say('again.refused', { time: clock(q.refused.at) }), language === 'en' ? q.refused.message : ''].join(' ')
    : note;
  return words ? [text('p', words.trim(), 'fault')] : [];
}

// The first sentence, which is a question.
const asking = (words) => words.slice(0, words.indexOf('?') + 1);

const row = (line, endpoint) =>
  el('div', {}, [text('dt', line.label), el('dd', {}, spelled(line, { whole: [endpoint] }))]);

function reasons(lines) {
  if (lines.length === 0) return '';
  return el('div', { class: 'does' }, [
    text('dt', lines[0].label),
    el('dd', {}, [
      el(
        'ul',
        {},
        lines.map((line) => el('li', { class: line.risk }, [el('span', {}, spelled(line))])),
      ),
    ]),
  ]);
}

function exact(command, odd, how) {
  return el('div', { class: 'exact' }, [
    el('p', {}, [icon('i-terminal', 'i'), text('span', command.label)]),
    el('pre', { tabindex: '0', dir: 'ltr', role: 'group', 'aria-label': say('exact.aria') }, [
      el('code', {}, spelled(command)),
    ]),
    ...odd.map((line) =>
      el('p', { class: 'beware', role: 'note' }, [icon('i-warn', 'i'), el('span', {}, spelled(line))]),
    ),
    ...how.map((line) => el('p', { class: 'as' }, spelled(line))),
  ]);
}

function more(waiting) {
  if (waiting === 0) return '';
  return ` ${waiting === 1 ? say('page.more_one') : say('page.more_many', { count: waiting })}`;
}

function answerForm(q, first, covers, stale) {
  const own = el('input', {
    class: 'own',
    type: 'text',
    maxlength: '500',
    'aria-label': say('deny.own'),
    placeholder: say('deny.placeholder'),
  });
  const radios = [say('deny.busy'), say('deny.unknown')].map((words) =>
    el('input', { type: 'radio', name: 'reason', value: words }),
  );
  const fault = el('p', { class: 'fault', role: 'alert' });
  fault.hidden = true;
  const deny = el('button', { class: 'big deny', type: 'button' }, [icon('i-x', 'i'), say('button.deny')]);
  const yes = el('button', { class: 'big yes', type: 'button' }, [icon('i-check', 'i'), say('button.approve')]);
  const covered = q.elsewhere ? approverNote(q) : coverChoice(covers);
  const decide = async (decision) => {
    const reason = decision === 'deny' ? own.value.trim() || (radios.find((radio) => radio.checked)?.value ?? '') : '';
    deny.disabled = yes.disabled = true;
    const cover = decision === 'approve' ? covered.chosen() : undefined;
    const page = { locale, textHash: q.textHash };
    const problem = await post('decide', { approvalId: q.approvalId, decision, reason, page, ...(cover && { cover }) });
    if (!problem) return;
    if (problem.code === 'CONFLICT') return stale(problem.words);
    fault.textContent = problem.words;
    fault.hidden = false;
    deny.disabled = yes.disabled = false;
  };
  deny.addEventListener('click', () => decide('deny'));
  yes.addEventListener('click', () => decide('approve'));
  return el('div', {}, [
    el('div', { class: 'pair' }, [
      el('fieldset', { class: 'f1' }, [
        text('legend', say('deny.label', { first })),
        ...radios.map((radio) => el('label', {}, [radio, text('span', radio.value)])),
        own,
      ]),
      covered.box,
      deny,
      q.elsewhere ? '' : yes,
    ]),
    fault,
  ]);
}

const approverNote = (q) => ({
  box: el('div', { class: 'covers' }, [
    text('b', say('approver.label')),
    text('p', say('approver.text', { client: q.clientName })),
  ]),
  chosen: () => undefined,
});

// What Approve covers. Only this once, unless the person chooses more; what more there is to choose, the runtime says by its own reading.
function coverChoice(lines) {
  const legend = lines[0].label;
  if (lines.length === 1)
    return {
      box: el('div', { class: 'covers' }, [text('b', legend), el('p', {}, spelled(lines[0]))]),
      chosen: () => undefined,
    };
  const choices = lines.map((line) => {
    const radio = el('input', { type: 'radio', name: 'cover', value: line.choice });
    radio.checked = line.choice === 'once';
    return { radio, label: el('label', {}, [radio, el('span', {}, spelled(line))]) };
  });
  const minutes = el('select', { class: 'own', 'aria-label': say('cover.how_long') });
  for (const value of ['15', '60', '240']) minutes.append(el('option', { value }, [say(`cover.${value}`)]));
  minutes.value = '60';
  const time = el('p', { class: 'for' }, [minutes, text('span', say('cover.ends'))]);
  const look = () => (time.hidden = choices[0].radio.checked);
  for (const { radio } of choices) radio.addEventListener('change', look);
  look();
  return {
    box: el('fieldset', { class: 'covers' }, [text('legend', legend), ...choices.map(({ label }) => label), time]),
    chosen: () => {
      const what = choices.find(({ radio }) => radio.checked)?.radio.value;
      return what === 'once' ? undefined : { what, minutes: Number(minutes.value) };
    },
  };
}
