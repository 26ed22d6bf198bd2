import type { Prompt } from '../agent-protocol.ts';
import type { CommandPlace } from '../command-place.ts';
import type { Risk } from '../command.ts';
import { type Mark, hidingCharacters, suspiciousCharacters } from '../suspicious-characters.ts';
import { type Language, type Say, languageOf, sayIn } from './catalogue.ts';
import { accountWords, firstName, promptWords } from './prompt-words.ts';
import { plainReason, reasonIn } from './reason-in.ts';

/** A piece of the question as the page shows it: a label and its text, or a text alone. */
export interface PromptLine {
  part:
    | 'from'
    | 'title'
    | 'why'
    | 'changes'
    | 'unchanged'
    | 'undo'
    | 'does'
    | 'command'
    | 'how'
    | 'odd'
    | 'code'
    | 'cover'
    | 'late';
  label?: string;
  text: string;
  /** Characters of the text that are shown marked. */
  marks?: Mark[];
  /** How bad a reason is. */
  risk?: Risk;
  /** What stands for a line that can be chosen. */
  choice?: 'once' | 'exact' | 'category';
}

/** The question, and what this computer knows of it besides. */
export interface Asked {
  prompt: Prompt;
  /** What a yes may cover beyond its own command; null: nothing. */
  offer: { place: CommandPlace | null } | null;
  /** When the session was allowed here. */
  consentAt: number | null;
  /** It is read elsewhere than at the computer. */
  away?: true;
}

/** How the person reads: the browser's locale (`es-MX`) and the computer's time zone. */
export interface Reader {
  locale: string;
  timeZone: string;
}

/**
 * The question in the order in which it is read, made of nothing but these arguments: what the page shows, what is hashed, signed and kept are
 * the same characters. Order: who, what, why, what it does, the exact text, the code, what a yes covers, and until when.
 */
export function promptLines({ prompt, offer, consentAt, away }: Asked, reader: Reader): PromptLine[] {
  const language = languageOf(reader.locale);
  const say = sayIn(language);
  const first = firstName(prompt.technician.name);
  const file = prompt.file === true && prompt.command !== null ? fileOf(prompt.command) : undefined;
  const words = promptWords(
    {
      kind: prompt.kind,
      technician: prompt.technician.name,
      endpoint: prompt.endpointName,
      risk: prompt.risk,
      riskWhy: '',
      runAs: prompt.runAs,
      input: prompt.input === true,
      file,
      away,
    },
    language,
  );
  const time = (at: number) => clock(at, prompt.requestedAt, reader);
  const lines: PromptLine[] = [
    { part: 'from', text: fromWords(say, prompt, consentAt === null ? null : time(consentAt)) },
    { part: 'title', text: words.title },
    {
      part: 'why',
      label: say('why.label'),
      text: prompt.reason === '' ? say('why.none') : say('why.said', { first, reason: prompt.reason }),
    },
    { part: 'changes', label: say('changes.label'), text: words.changes },
    ...reasonLines(say, prompt, language),
    { part: 'unchanged', label: say('unchanged.label'), text: words.unchanged },
    { part: 'undo', label: say('undo.label'), text: words.undo },
    ...commandLines(say, prompt),
    { part: 'code', label: prompt.code.replace(/(..)(?=.)/g, '$1 '), text: say('code.text', { first }) },
    ...coverLines(say, prompt, offer, first),
    {
      part: 'late',
      text: say(prompt.approver === true ? 'late.approver' : 'late.text', { time: time(prompt.expiresAt) }),
    },
  ];
  return lines.map((line) => {
    const marks = line.part === 'command' ? suspiciousCharacters(line.text) : hidingCharacters(line.text);
    return marks.length === 0 ? line : { ...line, marks };
  });
}

/** The whole text as it is hashed and kept: every label and every text, a line each. */
export const textOf = (lines: readonly PromptLine[]): string =>
  lines.flatMap(({ label, text }) => (label === undefined ? [text] : [label, text])).join('\n');

/** The question's heading alone. */
export const titleOf = (prompt: Prompt, locale: string): string =>
  promptLines({ prompt, offer: null, consentAt: null }, { locale, timeZone: 'UTC' }).find(
    ({ part }) => part === 'title',
  )?.text ?? prompt.title;

function fromWords(say: Say, { kind, technician, mspName, endpointName }: Prompt, since: string | null): string {
  const names = { name: technician.name, role: roleWords(say, technician.role), msp: mspName, endpoint: endpointName };
  if (kind === 'session') return say('from.session', names);
  return since === null ? say('from.action', names) : say('from.consented', { ...names, time: since });
}

function roleWords(say: Say, role: string): string {
  switch (role) {
    case 'technician':
    case 'senior':
    case 'dispatcher':
    case 'manager':
    case 'admin':
      return say(`role.${role}`);
    default:
      return role;
  }
}

/** What the desk read out of the command, worst first. A sentence that has no form in the reader's language stays English, and is said to. */
function reasonLines(say: Say, { reasons = [] }: Prompt, language: Language): PromptLine[] {
  return reasons.map(({ risk, words }, index) => {
    const said = reasonIn(language, words);
    const text = said ?? plainReason(words);
    // The rules mark code as programmers do; whoever reads this page need not be one.
    const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}`.replace(/`([^`]*)`/g, '“$1”');
    return {
      part: 'does',
      ...(index === 0 ? { label: say('does.label') } : {}),
      text: said === null ? say('does.foreign', { sentence }) : sentence,
      risk,
    };
  });
}

function commandLines(say: Say, prompt: Prompt): PromptLine[] {
  const { command, cwd, file, input, shell } = prompt;
  if (command === null) return [];
  const account = accountWords(say, prompt.runAs ?? null);
  const how = [
    file === true
      ? say('command.file', { account })
      : cwd === null
        ? say('command.once', { account })
        : say('command.once_in', { account, folder: cwd }),
    file === true || shell === null ? '' : say('command.by', { shell }),
    input === true ? say('command.input', { name: prompt.technician.name }) : '',
  ];
  const count = suspiciousCharacters(command).length;
  const odd: PromptLine[] =
    count === 0 ? [] : [{ part: 'odd', text: count === 1 ? say('odd.one') : say('odd.many', { count }) }];
  return [
    { part: 'command', label: say('command.label'), text: command },
    ...odd,
    { part: 'how', text: how.filter((sentence) => sentence !== '').join(' ') },
  ];
}

function coverLines(say: Say, { kind, risk }: Prompt, offer: Asked['offer'], first: string): PromptLine[] {
  const label = say('cover.label');
  if (kind === 'session') return [{ part: 'cover', label, text: say('cover.session', { first }) }];
  const once: PromptLine = { part: 'cover', label, text: say('cover.once'), choice: 'once' };
  if (offer === null) return [{ part: 'cover', label, text: say('cover.once') }];
  const exact: PromptLine = { part: 'cover', text: say('cover.exact'), choice: 'exact' };
  if (offer.place === null) return [once, exact];
  const { category, folder } = offer.place;
  const narrow =
    folder === null ? say(`cover.${category}`) : say('cover.under', { kind: say(`cover.${category}`), folder });
  const text = risk === 'destructive' ? narrow : say('cover.not_worse', { kind: narrow });
  return [once, exact, { part: 'cover', text, choice: 'category' }];
}

/** A transfer's text says what it does (file-transfer.ts); the runtime demands that it fits the order. */
export function fileOf(script: string): { direction: 'to_endpoint' | 'from_endpoint'; overwrite: boolean } {
  const direction = script.startsWith('Fetch file ') ? 'from_endpoint' : 'to_endpoint';
  return { direction, overwrite: script.endsWith(', replacing any file of that name') };
}

/** A formatter holds memory of ICU that is not counted as JavaScript's, and a page asks for many times at once: each is made once. */
const formatters = new Map<string, { time: Intl.DateTimeFormat; day: Intl.DateTimeFormat }>();

function formattersOf({ locale, timeZone }: Reader) {
  const key = `${locale} ${timeZone}`;
  let found = formatters.get(key);
  if (found === undefined) {
    found = {
      time: new Intl.DateTimeFormat(locale, { timeZone, hour: 'numeric', minute: '2-digit' }),
      day: new Intl.DateTimeFormat(locale, { timeZone, day: 'numeric', month: 'long', year: 'numeric' }),
    };
    formatters.set(key, found);
  }
  return found;
}

/** The time of day; with its date where that is another than the question's. */
export function clock(at: number, now: number, reader: Reader): string {
  const { time, day } = formattersOf(reader);
  const text = day.format(at) === day.format(now) ? time.format(at) : `${time.format(at)}, ${day.format(at)}`;
  return text.replaceAll(/[\u00a0\u202f]/g, ' ');
}
