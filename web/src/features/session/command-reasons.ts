import type { EntryFieldsFragment } from '../../graphql/generated/operations.ts';
import type { KnownEntry } from './timeline.ts';

export interface ShownReason {
  risk: string;
  words: string;
  /** The part of the script that it is about; '' where that is all of it. */
  part: string;
}

const MOST_SHOWN = 80;

/** The reasons in a command's own entries; none for a command of before they were kept. */
export function reasonsIn(script: string, entries: readonly EntryFieldsFragment[]): ShownReason[] {
  const proposed = (entries as readonly KnownEntry[]).find((entry) => entry.kind === 'command_proposed');
  const reasons = proposed?.kind === 'command_proposed' ? (proposed.payload.reasons ?? []) : [];
  return reasons.map(({ risk, words, start, end }) => ({
    risk,
    words: sentence(words),
    part: cut(script, start, end),
  }));
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

function cut(script: string, start: number, end: number): string {
  const part = script.slice(start, end).trim();
  if (part === script.trim()) return '';
  return part.length > MOST_SHOWN ? `${part.slice(0, MOST_SHOWN - 1)}…` : part;
}
