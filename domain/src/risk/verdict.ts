import { type Risk, RISKS } from '../command.ts';

/** What one part of a script does, in the words of a person: "deletes the file /tmp/x". */
export interface Finding {
  risk: Risk;
  words: string;
}

/** A finding and the part of the script it is about: UTF-16 units, the end not included. */
export interface Reason extends Finding {
  start: number;
  end: number;
}

export interface Assessment {
  risk: Risk;
  /** One plain sentence: what the worst part does. */
  why: string;
  /** Every part that is more than reading, worst first, then in the script's order; one quiet line when all of it only reads. */
  reasons: Reason[];
}

export const readOnly = (words: string): Finding => ({ risk: 'read_only', words });
export const change = (words: string): Finding => ({ risk: 'change', words });
export const destructive = (words: string): Finding => ({ risk: 'destructive', words });

/** More of them nobody reads, and the record keeps them. */
export const MOST_REASONS = 20;

const badness = (risk: Risk): number => RISKS.indexOf(risk);

/** The worst of some findings; of equals the first. Nothing found: it only reads. */
export const worst = (found: readonly Finding[]): Finding =>
  found.reduce((a, b) => (badness(b.risk) > badness(a.risk) ? b : a), readOnly('only reads'));

/** A composite is as bad as its worst part. */
export function verdict(script: string, found: readonly Reason[]): Assessment {
  const worse = found.filter(({ risk }) => risk !== 'read_only');
  const sorted = worse.sort((a, b) => badness(b.risk) - badness(a.risk) || a.start - b.start || b.end - a.end);
  const [first] = sorted;
  if (first === undefined) {
    const words = script.trim() === '' ? 'does nothing' : 'only reads';
    return { risk: 'read_only', why: sentence(words), reasons: [{ ...readOnly(words), start: 0, end: script.length }] };
  }
  const said = new Set<string>();
  const reasons = sorted.filter(({ words }) => !said.has(words) && said.add(words)).slice(0, MOST_REASONS);
  return { risk: first.risk, why: sentence(first.words), reasons };
}

/** The verdict on a whole script that was not taken apart. */
export const wholly = (script: string, found: Finding): Assessment =>
  verdict(script, [{ ...found, start: 0, end: script.length }]);

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1).replace(/\.$/, '')}.`;

/** Text of a script as it is named in words: on one line, and cut. */
export function short(text: string, most = 40): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
