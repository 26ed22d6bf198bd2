// The page where the person at this computer decides. It shows what the runtime on this computer says and nothing else.
// Every text is set as text: names, reasons and commands are written by others and may hold anything.
const base = document.body.dataset.base;
const $ = (id) => document.getElementById(id);

let view = null;
let reachable = true;
let askKey = '';
let sideKey = '';
const told = new Set();

const events = new EventSource(`${base}/events`);
events.onmessage = (event) => {
  reachable = true;
  view = JSON.parse(event.data);
  draw();
};
events.onerror = () => {
  reachable = false;
  draw();
};
document.addEventListener('visibilitychange', draw);
setInterval(draw, 15_000);

function draw() {
  strip();
  if (!view) return;
  const firstWord = view.msp.split(' ')[0];
  $('mark').textContent = (view.msp[0] ?? '?').toUpperCase();
  $('msp').textContent = view.msp;
  $('client').textContent = `IT support for ${view.client}`;
  $('foot').textContent =
    `Nobody at ${firstWord} can press Approve for you. Your answer is recorded with your name and the time.`;
  $('line').replaceChildren(
    icon(view.online && reachable ? 'g-running' : 'i-offline', view.online && reachable ? 'g ok' : 'i'),
    text('span', view.endpoint, 'mono'),
    text('span', view.online && reachable ? ', connected' : ', not connected', 'sr'),
  );
  drawAsk();
  drawSide();
  tellShown();
}

function strip() {
  const words = !reachable
    ? 'The program on this computer does not answer. Nothing can be approved or run through it; this page tries again by itself.'
    : view && !view.online
      ? `This computer has had no connection to ${view.msp} since ${clock(view.since)}. Your answers are kept and sent later. End session works now.`
      : '';
  $('strip').hidden = words === '';
  $('strip').textContent = words;
}

// The question is rebuilt only when it changes, so that words somebody is typing stay.
function drawAsk() {
  const question = view.questions[0];
  const key = question
    ? JSON.stringify([question, view.questions.length])
    : JSON.stringify([view.last, view.online, view.sessions.some((s) => s.active)]);
  if (key === askKey) return;
  askKey = key;
  $('ask').replaceChildren(question ? questionCard(question) : view.last ? outcomeCard(view.last) : emptyCard());
  document.title = question ? `Question from ${question.mspName}` : `IT support on this computer`;
  if (question) say(`${question.technician.name} asks: ${question.title}`);
}

function questionCard(q) {
  const first = q.technician.name.split(' ')[0];
  const session = q.kind === 'session';
  const since = q.consentAt ? ` with your consent since ${clock(q.consentAt)}` : '';
  const asks = session ? ', asks to start working on ' : ', is working on ';
  const card = el('section', { class: 'ask', 'aria-labelledby': 'q' });
  card.append(
    el('p', { class: 'from' }, [
      text('span', initials(q.technician.name), 'av', true),
      el('span', {}, [
        text('b', q.technician.name),
        `, ${q.technician.role}${asks}`,
        text('b', q.endpointName, 'mono'),
        since,
      ]),
    ]),
    el('h1', { id: 'q' }, [q.title]),
    el('dl', { class: 'plain' }, [
      row('Why', q.reason ? `${first} wrote: “${q.reason}”` : 'No reason was given.'),
      row('What changes', q.changes),
      row('What does not', q.unchanged),
      row('Can it be undone?', q.undo),
    ]),
  );
  if (q.command !== null) {
    const place = q.cwd ? `, in the folder ${q.cwd}` : '';
    const who = q.runAs ?? 'the runtime’s own account';
    const how = q.file
      ? `Moves this one file, once, with the rights of ${who}. No program is run.`
      : `Runs once, as ${who}${place}${q.shell ? `, by ${q.shell}` : ''}.`;
    // Said by this page itself, whatever the words above say: the order is bound to it.
    const typed = q.input ? ` ${q.technician.name} may type into it while it runs.` : '';
    card.append(
      el('div', { class: 'exact' }, [
        el('p', {}, [icon('i-terminal', 'i'), 'The exact command, nothing else']),
        el('pre', { tabindex: '0', 'aria-label': 'Exact command' }, [text('code', q.command)]),
        text('p', `${how}${typed}`, 'as'),
      ]),
    );
  }
  card.append(
    el('div', { class: 'code' }, [
      el('div', {}, [text('b', spaced(q.code))]),
      el('p', {}, [
        text('b', `Speaking with ${first}?`),
        ' Ask for this code. If it differs, or you do not know who this is, choose Deny.',
      ]),
    ]),
  );
  card.append(answerForm(q, first, session));
  card.append(
    el('p', { class: 'late' }, [
      icon('i-clock', 'i'),
      el('span', {}, [
        'No answer by ',
        text('b', clock(q.expiresAt)),
        ' counts as no. Nothing runs until you approve.',
        view.questions.length > 1
          ? ` ${view.questions.length - 1} more ${view.questions.length === 2 ? 'question waits' : 'questions wait'} after this one.`
          : '',
      ]),
    ]),
  );
  return card;
}

function answerForm(q, first, session) {
  const own = el('input', {
    class: 'own',
    type: 'text',
    maxlength: '500',
    'aria-label': 'Your own words',
    placeholder: 'Or in your own words',
  });
  const radios = ['Not now, I am busy', 'I do not recognise this'].map((words) =>
    el('input', { type: 'radio', name: 'reason', value: words }),
  );
  const fault = el('p', { class: 'fault', role: 'alert' });
  fault.hidden = true;
  const deny = el('button', { class: 'big deny', type: 'button' }, [icon('i-x', 'i'), 'Deny']);
  const yes = el('button', { class: 'big yes', type: 'button' }, [icon('i-check', 'i'), 'Approve']);
  const decide = async (decision) => {
    const reason = decision === 'deny' ? own.value.trim() || (radios.find((radio) => radio.checked)?.value ?? '') : '';
    deny.disabled = yes.disabled = true;
    const cover = decision === 'approve' ? covered.chosen() : undefined;
    const problem = await post('decide', { approvalId: q.approvalId, decision, reason, ...(cover && { cover }) });
    if (!problem) return;
    fault.textContent = problem;
    fault.hidden = false;
    deny.disabled = yes.disabled = false;
  };
  deny.addEventListener('click', () => decide('deny'));
  yes.addEventListener('click', () => decide('approve'));
  const covered = coverChoice(q, first, session);
  return el('div', {}, [
    el('div', { class: 'pair' }, [
      el('fieldset', { class: 'f1' }, [
        text('legend', `If you deny, tell ${first} why (optional)`),
        ...radios.map((radio) => el('label', {}, [radio, text('span', radio.value)])),
        own,
      ]),
      covered.box,
      deny,
      yes,
    ]),
    fault,
  ]);
}

const KINDS = {
  printers: 'Further commands for printers',
  services: 'Further commands that start or stop services',
  packages: 'Further commands that install or remove packages',
  certificates: 'Further commands that update certificates',
  network: 'Further commands that reconnect the network',
  files: 'Further commands on files',
};

// What Approve covers. Only this once, unless the person chooses more; what more there is to choose, the runtime says by its own reading.
function coverChoice(q, first, session) {
  const legend = 'If you approve, it covers';
  if (session || !q.offer) {
    const words = session
      ? `This session. Before anything is changed, ${first} has to ask you again.`
      : 'Only this command, once.';
    return {
      box: el('div', { class: 'covers' }, [text('b', legend), text('p', words)]),
      chosen: () => undefined,
    };
  }
  const { place } = q.offer;
  const worse = q.risk === 'destructive' ? '' : ', none that can destroy data';
  const choices = [
    ['once', 'Only this command, once'],
    ['exact', 'This very command, as often as needed'],
    ...(place ? [['category', `${KINDS[place.category]}${place.folder ? ` under ${place.folder}` : ''}${worse}`]] : []),
  ].map(([value, words]) => {
    const radio = el('input', { type: 'radio', name: 'cover', value });
    radio.checked = value === 'once';
    return { radio, label: el('label', {}, [radio, text('span', words)]) };
  });
  const minutes = el('select', { class: 'own', 'aria-label': 'For how long' });
  for (const [value, words] of [
    ['15', 'for 15 minutes'],
    ['60', 'for 1 hour'],
    ['240', 'for 4 hours'],
  ])
    minutes.append(el('option', { value }, [words]));
  minutes.value = '60';
  const time = el('p', { class: 'for' }, [minutes, text('span', 'in this session. End session ends it at once.')]);
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

function outcomeCard(last) {
  const first = last.technician.split(' ')[0];
  const at = clock(last.at);
  const yes = last.decision === 'approve';
  const [tone, head, more] = {
    yes: [
      'yes',
      'You said yes.',
      `Your answer counted at ${at}. You can follow what happens under “This session so far”, and end the session at any time.`,
    ],
    no: ['no', 'You said no.', `Your answer counted at ${at}. ${first} was told, and it does not run.`],
    sending: view.online
      ? [
          'quiet',
          yes ? 'You said yes. Telling the desk…' : 'You said no. Telling the desk…',
          'Nothing runs before the desk has confirmed your answer.',
        ]
      : [
          'quiet',
          yes ? 'You said yes. It has not reached the desk yet.' : 'You said no. It has not reached the desk yet.',
          `There is no connection. Your answer of ${at} is kept on this computer and sent as soon as there is one. Nothing runs until then.`,
        ],
    not_counted: [
      'quiet',
      'This was already decided.',
      last.message || 'Another answer came first; yours is on the record, and does not change it.',
    ],
    expired: [
      'no',
      'Time to answer is over.',
      `There was no answer by ${at}, so it counts as no. Nothing ran. ${first} can ask again.`,
    ],
    withdrawn: ['quiet', 'The question was taken back.', last.message || 'You need not do anything.'],
    ended: [
      'no',
      'You ended the session.',
      view.online
        ? 'What was running is being stopped, and nothing more can run in it. The desk was told.'
        : 'What was running is being stopped, and nothing more can run in it. The desk is told as soon as there is a connection.',
    ],
    elsewhere: ['quiet', 'This was decided elsewhere.', last.message || 'You need not do anything.'],
  }[last.kind];
  return el('section', { class: `ask ${tone}` }, [
    last.title ? el('p', { class: 'from' }, [el('span', {}, [last.title])]) : '',
    text('h1', head),
    text('p', more, 'more'),
    text('p', 'Keep this page open: the next question appears here by itself.', 'late'),
  ]);
}

function emptyCard() {
  return el('section', { class: 'ask quiet' }, [
    text('h1', 'Nobody is asking for anything.'),
    text(
      'p',
      `When a technician of ${view.msp} wants to work on ${view.endpoint}, the question appears here, with who, why and the exact command. Nothing runs without your yes.`,
      'more',
    ),
    text('p', 'You can close this page. It opens again when there is a question.', 'late'),
  ]);
}

function drawSide() {
  const key = JSON.stringify([view.sessions, Math.floor(Date.now() / 60_000)]);
  if (key === sideKey || ($('side').contains(document.activeElement) && document.activeElement?.tagName === 'TEXTAREA'))
    return;
  sideKey = key;
  const focused = document.activeElement?.dataset?.focus;
  $('side').replaceChildren(...view.sessions.flatMap(sessionBoxes));
  if (focused)
    $('side')
      .querySelector(`[data-focus="${CSS.escape(focused)}"]`)
      ?.focus();
}

function sessionBoxes(s, index) {
  const alone = view.sessions.filter((other) => other.active).length <= 1 && index === 0;
  const heading = s.active || alone ? 'This session so far' : 'An earlier session';
  const number = s.number === null ? '' : `Session ${s.number}, `;
  const boxes = [
    el('section', { class: 'box' }, [
      text('h2', heading),
      text('p', `${number}${s.technician}, since ${clock(s.startedAt)}`, 'who'),
      el('ol', { class: 'log' }, s.timeline.map(line)),
    ]),
  ];
  if (s.active) boxes.push(endBox(s), writeBox(s));
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

function line(item) {
  const time = item.glyph === 'pending' ? `since ${clock(item.at)}` : clock(item.at);
  return el('li', {}, [
    icon(`g-${item.glyph}`, `g ${TONES[item.glyph]}`),
    el('div', {}, [
      item.text,
      item.text && item.strong ? ' ' : '',
      item.strong ? text('b', item.strong) : '',
      text('small', item.detail ? `${time}, ${item.detail}` : time),
    ]),
  ]);
}

// Ending cannot be taken back, so it asks once more, in place.
function endBox(s) {
  const box = el('section', { class: 'box end' }, [
    text('h2', 'You are in charge'),
    text('p', 'You can stop at any time. It works even without internet.'),
  ]);
  const stop = el('button', { class: 'big stop', type: 'button', 'data-focus': `end-${s.sessionId}` }, [
    icon('g-cancelled', 'g'),
    'End session',
  ]);
  stop.addEventListener('click', () => {
    const sure = el('button', { class: 'big stop', type: 'button' }, ['End it now']);
    const keep = el('button', { class: 'big plainly', type: 'button' }, ['Go on']);
    sure.addEventListener('click', async () => {
      sure.disabled = true;
      const problem = await post('end', { sessionId: s.sessionId, reason: '' });
      if (problem) say(problem);
    });
    keep.addEventListener('click', () => pair.replaceWith(stop));
    const pair = el('div', {}, [
      text('p', 'What runs now is stopped, and nothing more can run.'),
      el('div', { class: 'pairline' }, [keep, sure]),
    ]);
    stop.replaceWith(pair);
    sure.focus();
  });
  box.append(stop);
  return box;
}

function writeBox(s) {
  const first = s.technician.split(' ')[0] || 'the technician';
  const area = el('textarea', {
    class: 'own',
    rows: '3',
    maxlength: '4000',
    'aria-label': `Message to ${first}`,
    required: '',
  });
  const form = el('form', {}, [area, el('button', { class: 'big plainly', type: 'submit' }, ['Send'])]);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (area.value.trim() === '') return;
    const problem = await post('message', { sessionId: s.sessionId, text: area.value.trim() });
    if (problem) return say(problem);
    area.value = '';
    area.blur();
    sideKey = '';
    say('Sent.');
    draw();
  });
  return el('details', { class: 'write' }, [
    el('summary', { 'data-focus': `write-${s.sessionId}` }, [icon('i-thread', 'i'), text('span', `Write to ${first}`)]),
    form,
  ]);
}

function tellShown() {
  const question = view.questions[0];
  if (!question || document.visibilityState !== 'visible' || told.has(question.approvalId)) return;
  told.add(question.approvalId);
  void post('shown', { approvalId: question.approvalId });
}

// Resolves to the reason it failed, or null.
async function post(action, body) {
  try {
    const response = await fetch(`${base}/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-throughline': '1' },
      body: JSON.stringify(body),
    });
    if (response.ok) return null;
    const answer = await response.json().catch(() => null);
    return answer?.error?.message ?? 'This computer did not take the answer. Reload the page and try again.';
  } catch {
    return 'The program on this computer does not answer. Your answer was not recorded. Try again in a moment.';
  }
}

function el(name, attributes = {}, children = []) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== ''));
  return node;
}

function text(name, words, className = '', hidden = false) {
  const node = el(name, className ? { class: className } : {}, [words]);
  if (hidden) node.setAttribute('aria-hidden', 'true');
  return node;
}

function icon(name, className) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `${base}/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

const row = (term, words) => el('div', {}, [text('dt', term), text('dd', words)]);
const initials = (name) =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word[0] ?? '')
    .join('')
    .toUpperCase();
const spaced = (code) => code.replace(/(..)(?=.)/g, '$1 ');
const say = (words) => ($('say').textContent = words);

function clock(at) {
  const date = new Date(at);
  const time = date.toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' }).replace(/\s/g, '\u00a0');
  const today = date.toDateString() === new Date().toDateString();
  return today ? time : `${date.toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${time}`;
}
