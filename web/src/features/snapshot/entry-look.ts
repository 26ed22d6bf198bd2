import type { CommandState } from '../../graphql/generated/operations.ts';
import { commandLook, type Look, outcomeLook } from '../../lib/words.ts';
import type { CopiedCommand, SnapshotEntry } from './document.ts';

const TONES = { plain: 'idle', good: 'ok', warn: 'wait', bad: 'bad' } as const;
const GLYPHS = { plain: 'g-unstarted', good: 'g-tick', warn: 'g-warn', bad: 'g-denied' } as const;
/** Where the line's shape says more than the tone. */
const BY_LABEL: [RegExp, string][] = [
  [/^(consent given|approved)/i, 'g-consent'],
  [/^ruled out/i, 'g-ruled'],
  [/^hypothesis/i, 'g-open'],
  [/^resolved/i, 'g-resolved'],
];

/** How an entry looks beside the line of the copy. */
export function entryLook({ label, tone, command }: SnapshotEntry): Look {
  if (command) return resultLook(command);
  const glyph = BY_LABEL.find(([words]) => words.test(label))?.[1] ?? GLYPHS[tone];
  return { word: label, glyph, tone: TONES[tone] };
}

/** How a command ended: its state, with the exit code where there is one. */
export function resultLook({ state, exitCode }: CopiedCommand): Look {
  const look = known(() => commandLook(state as CommandState)) ?? { word: words(state), glyph: 'g-open', tone: 'ink' };
  if (exitCode === null) return look;
  return { ...look, word: state === 'completed_with_errors' ? `exit ${exitCode} with errors` : `exit ${exitCode}` };
}

export function endLook(outcome: string): Look {
  return (
    known(() => outcomeLook(outcome as Parameters<typeof outcomeLook>[0])) ?? {
      word: words(outcome),
      glyph: 'g-resolved',
      tone: 'ink',
    }
  );
}

/** A copy outlives this version of the page: what this one does not know goes by its own name. */
function known(look: () => Look): Look | null {
  try {
    return look();
  } catch {
    return null;
  }
}
const words = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');
