// Small means of the prompt page. Every text is set as text: names, reasons and commands are written by others and may hold anything.
export const base = document.body.dataset.base;
export const $ = (id) => document.getElementById(id);

export function el(name, attributes = {}, children = []) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== ''));
  return node;
}

export function text(name, words, className = '', hidden = false) {
  const node = el(name, className ? { class: className } : {}, [words]);
  if (hidden) node.setAttribute('aria-hidden', 'true');
  return node;
}

export function icon(name, className) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `${base}/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

// A line's own characters, no more and no fewer. A marked one stands alone in a box, so that it turns nothing around it, and its number is
// drawn by the style sheet: what is copied is what would run. `strong`: parts shown in bold, `mono`: parts shown as a name of a machine,
// `whole`: such a name in plain text. A name is broken at its hyphens only where it is longer than a line.
export function spelled({ text: words, marks = [] }, { strong = [], mono = [], whole = [] } = {}) {
  const places = [
    ...marks.map(({ start, end, codePoint, oddity }) => ({
      start,
      end,
      make: (piece) => el('span', { class: `odd ${oddity}`, title: `${codePoint}`, 'data-point': codePoint }, [piece]),
    })),
    ...[
      ...strong.map((part) => ['b', part, '']),
      ...mono.map((part) => ['b', part, 'mono']),
      ...whole.map((part) => ['span', part, 'whole']),
    ]
      .filter(([, part]) => part !== '' && words.includes(part))
      .map(([name, part, className]) => {
        const start = words.indexOf(part);
        // A full stop behind a name that is not broken goes to the next line with it.
        const stop = className === 'whole' ? (/^[.,;:]*/.exec(words.slice(start + part.length))?.[0] ?? '') : '';
        return { start, end: start + part.length + stop.length, make: (piece) => text(name, piece, className) };
      }),
  ].sort((a, b) => a.start - b.start);
  const pieces = [];
  let at = 0;
  for (const { start, end, make } of places) {
    if (start < at) continue;
    pieces.push(words.slice(at, start), make(words.slice(start, end)));
    at = end;
  }
  return [...pieces, words.slice(at)].filter((piece) => piece !== '');
}

export const initials = (name) =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word[0] ?? '')
    .join('')
    .toUpperCase();

export const firstName = (name) => name.split(' ')[0];

// Said by a screen reader.
export const announce = (words) => ($('say').textContent = words);
