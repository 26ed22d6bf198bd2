// The page where the person at this computer decides. It shows what the runtime on this computer says and nothing else.
import { $, announce, base, el, icon, text } from './dom.js';
import { clock, languages, locale, language, remember, say, speak, wantedLanguage } from './language.js';
import { emptyCard, outcomeCard } from './outcome.js';
import { drawPast } from './past.js';
import { keepDenial, nudgedWords, questionCard } from './question.js';
import { post } from './send.js';
import { sessionBoxes } from './sessions.js';

let view = null;
let reachable = true;
let askKey = '';
let askedId = null;
let nudgedAt = null;
let sideKey = '';
let events = null;
let heard = null;
const told = new Set();
// Why an answer that was given on an older reading was not taken, by question.
const notes = new Map();

// The runtime makes the lines in the language of the page that asks for them.
function listen() {
  events?.close();
  events = new EventSource(`${base}/events?locale=${encodeURIComponent(locale)}`);
  events.onmessage = (event) => {
    reachable = true;
    view = JSON.parse(event.data);
    draw();
  };
  events.onerror = () => {
    reachable = false;
    draw();
  };
}

async function use(wanted) {
  await speak(wanted);
  view = null;
  askKey = sideKey = '';
  $('aside').setAttribute('aria-label', say('page.sessions'));
  $('language').setAttribute('aria-label', say('language.switch'));
  $('language').value = language;
  await drawPast();
  listen();
}

for (const [code, name] of languages) $('language').append(el('option', { value: code, lang: code }, [name]));
$('language').addEventListener('change', () => {
  remember($('language').value);
  void use($('language').value);
});
$('past').addEventListener('toggle', () => void drawPast());
document.addEventListener('visibilitychange', draw);
setInterval(draw, 15_000);
void use(wantedLanguage());

function draw() {
  strip();
  if (!view) return;
  const connected = view.online && reachable;
  $('mark').textContent = (view.msp[0] ?? '?').toUpperCase();
  $('msp').textContent = view.msp;
  $('client').textContent = say('page.client', { client: view.client });
  $('foot').textContent = [say('page.foot', { msp: view.msp }), ...pinned()].join(' ');
  $('line').replaceChildren(
    icon(connected ? 'g-running' : 'i-offline', connected ? 'g ok' : 'i'),
    text('span', view.endpoint, 'mono'),
    text('span', say(connected ? 'page.connected' : 'page.not_connected'), 'sr'),
  );
  drawAsk();
  drawSide();
  sayNews();
  tellShown();
}

// So that people can compare what this computer holds with what the approver sees.
function pinned() {
  if (view.approvers === null) return [];
  const names = view.approvers.map(({ name, fingerprint }) => `${name} (${fingerprint})`).join(', ');
  if (!view.strong) return [say('approver.some', { names })];
  return [names === '' ? say('approver.nobody') : say('approver.pinned', { names })];
}

function strip() {
  const words = !reachable
    ? say('strip.gone')
    : view && !view.online
      ? say('strip.offline', { msp: view.msp, time: clock(view.since) })
      : '';
  $('strip').hidden = words === '';
  $('strip').textContent = words;
}

// The question is rebuilt only when it changes, and then with the words that somebody is typing.
function drawAsk() {
  const question = view.questions[0];
  const waiting = view.questions.length - 1;
  const key = question
    ? JSON.stringify([question, waiting, view.approvers])
    : JSON.stringify([view.last, view.online, view.sessions.some((s) => s.active)]);
  if (key === askKey) return;
  askKey = key;
  const card = question
    ? questionCard(question, waiting, {
        note: notes.get(question.approvalId),
        stale: (words) => readAgain(question.approvalId, words),
      })
    : view.last
      ? outcomeCard(view.last, view.online)
      : emptyCard(view);
  const refocus = question && question.approvalId === askedId ? keepDenial($('ask'), card) : () => {};
  const nudged = question?.approvalId === askedId && question.nudgedAt !== nudgedAt;
  askedId = question?.approvalId ?? null;
  nudgedAt = question?.nudgedAt ?? null;
  $('ask').replaceChildren(card);
  refocus();
  document.title = question ? say('page.question', { msp: question.mspName }) : say('page.title');
  if (!question) return;
  announce(
    nudged ? nudgedWords(question) : say('page.asks', { name: question.technician.name, title: question.title }),
  );
}

// What is read here is not what the runtime would show now: it is asked for anew, and drawn also where it is the same.
function readAgain(approvalId, words) {
  notes.set(approvalId, words);
  askKey = '';
  announce(words);
  listen();
}

function drawSide() {
  const key = JSON.stringify([view.sessions, Math.floor(Date.now() / 60_000)]);
  if (key === sideKey || ($('side').contains(document.activeElement) && document.activeElement?.tagName === 'TEXTAREA'))
    return;
  sideKey = key;
  const focused = document.activeElement?.dataset?.focus;
  const again = () => {
    sideKey = '';
    draw();
  };
  $('side').replaceChildren(...view.sessions.flatMap((s, index, all) => sessionBoxes(s, index, all, again)));
  if (focused)
    $('side')
      .querySelector(`[data-focus="${CSS.escape(focused)}"]`)
      ?.focus();
}

// Words from the desk that came while the page was open are read out.
function sayNews() {
  const said = view.sessions.flatMap((s) => s.timeline).filter((item) => item.said);
  const newest = said.map(({ at }) => at).reduce((a, b) => Math.max(a, b), 0);
  if (heard !== null && newest > heard) announce(said.findLast(({ at }) => at === newest).text);
  heard = newest;
}

function tellShown() {
  const question = view.questions[0];
  if (!question || document.visibilityState !== 'visible' || told.has(question.approvalId)) return;
  told.add(question.approvalId);
  void post('shown', { approvalId: question.approvalId });
}
