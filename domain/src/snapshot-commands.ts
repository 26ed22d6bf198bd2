import { type CommandState, runAsText, verdictOf } from './command.ts';
import type { EntryPayload, TranscriptEntry } from './entry.ts';
import type { PlainEntry } from './snapshot.ts';
import { nameOf } from './snapshot-names.ts';

/** A stream of a command's output as far as it goes into a copy. */
export interface CutOutput {
  text: string;
  /** Bytes that are not in it. */
  leftOut: number;
}
export interface CommandOutput {
  stdout: CutOutput;
  stderr: CutOutput;
}

/** The commands whose output was whole by the last of these entries, with its bytes then: only that goes into a copy. */
export const outputsOf = (entries: readonly TranscriptEntry[]) =>
  entries.flatMap((entry) =>
    entry.kind === 'command_output'
      ? [
          {
            commandId: entry.payload.commandId,
            stdout: entry.payload.stdout.bytes,
            stderr: entry.payload.stderr.bytes,
          },
        ]
      : [],
  );

interface Course {
  proposed: TranscriptEntry<'command_proposed'>;
  /** Where it is told: where it began, or else where it was proposed. */
  told: { seq: number; at: string };
  state: CommandState;
  start?: EntryPayload<'command_started'>['start'];
  startedAt: string | null;
  exit?: EntryPayload<'command_exit'>['exit'];
  words: string;
}

/** All that a record says of each command, as one entry of the copy, by the number of the entry it stands at. */
export function commandCards(
  entries: readonly TranscriptEntry[],
  outputs: ReadonlyMap<string, CommandOutput>,
): Map<number, PlainEntry> {
  const courses = new Map<string, Course>();
  for (const entry of entries) follow(courses, entry);
  return new Map(
    [...courses].map(([commandId, course]) => [course.told.seq, cardOf(course, outputs.get(commandId) ?? null)]),
  );
}

function follow(courses: Map<string, Course>, entry: TranscriptEntry): void {
  if (entry.kind === 'command_proposed') {
    const told = { seq: entry.seq, at: entry.at };
    courses.set(entry.payload.commandId, { proposed: entry, told, state: 'proposed', startedAt: null, words: '' });
    return;
  }
  if (!('commandId' in entry.payload) || entry.payload.commandId === null) return;
  const course = courses.get(entry.payload.commandId);
  if (course === undefined) return;
  switch (entry.kind) {
    case 'command_policy':
      if (entry.payload.verdict === 'refuse') [course.state, course.words] = ['refused', entry.payload.words];
      break;
    case 'approval_requested':
      course.state = 'waiting_approval';
      break;
    case 'command_dispatched':
      course.state = 'dispatched';
      break;
    case 'command_started':
      course.state = 'running';
      course.told = { seq: entry.seq, at: entry.at };
      course.start = entry.payload.start;
      course.startedAt = entry.payload.startedAt;
      break;
    case 'command_exit': {
      const { exit } = entry.payload;
      course.exit = exit;
      course.state = verdictOf({ ...exit, stderrBytes: exit.stderr.bytes });
      break;
    }
    case 'command_verdict':
      [course.state, course.words] = [entry.payload.state, entry.payload.words];
      break;
    default:
  }
}

const LABELS: Readonly<Record<CommandState, [label: string, tone: PlainEntry['tone']]>> = {
  proposed: ['Command proposed', 'plain'],
  refused: ['Command refused by policy', 'bad'],
  waiting_approval: ['Command waits for a yes', 'warn'],
  denied: ['Command denied', 'bad'],
  queued: ['Command waits to be sent', 'plain'],
  dispatched: ['Command sent', 'plain'],
  running: ['Command running', 'plain'],
  completed: ['Command', 'good'],
  completed_with_errors: ['Command with error output', 'warn'],
  failed: ['Command failed', 'bad'],
  timed_out: ['Command ran too long', 'bad'],
  cancelled: ['Command cancelled', 'warn'],
  expired_unsent: ['Command not sent in time', 'warn'],
  outcome_unknown: ['Command, end unknown', 'warn'],
};

const NONE = { text: '', leftOut: 0 };

function cardOf(course: Course, output: CommandOutput | null): PlainEntry {
  const { proposed, told, state, start, exit } = course;
  const { spec, reason } = proposed.payload;
  const [label, tone] = LABELS[state];
  // A file's line of output says its sum; the entry of the transfer says what matters of it.
  const shown = spec.file === undefined ? output : null;
  const unfinished = start !== undefined && output === null;
  const words = [
    nameOf(proposed),
    reason,
    state === 'completed' ? '' : course.words,
    unfinished ? 'Its output was not whole when this copy was made, and is not in it.' : '',
  ];
  return {
    ...{ seq: told.seq, at: told.at, tone, label },
    words: words.filter((each) => each.trim() !== '').join('\n'),
    command: {
      shell: spec.shell,
      script: spec.file === undefined ? spec.script : fileWords(spec.file),
      context: [start?.effectiveUser ?? runAsText(spec.runAs), start?.cwd ?? spec.cwd]
        .filter((each) => each)
        .join(', '),
      state,
      exitCode: exit?.exitCode ?? null,
      startedAt: exit === undefined ? course.startedAt : new Date(exit.startedAt).toISOString(),
      endedAt: exit === undefined ? null : new Date(exit.finishedAt).toISOString(),
      stdout: (shown?.stdout ?? NONE).text,
      stderr: (shown?.stderr ?? NONE).text,
      stdoutLeftOut: (shown?.stdout ?? NONE).leftOut,
      stderrLeftOut: (shown?.stderr ?? NONE).leftOut,
    },
  };
}

const fileWords = (file: NonNullable<EntryPayload<'command_proposed'>['spec']['file']>): string =>
  file.direction === 'to_endpoint' ? `Put file ${file.path}` : `Fetch file ${file.path}`;
