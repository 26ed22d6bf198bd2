import type { CommandFieldsFragment, CommandState } from '../../graphql/generated/operations.ts';
import { commandLook, type Look } from '../../lib/words.ts';

type Command = Pick<CommandFieldsFragment, 'state' | 'exitCode' | 'signal' | 'words' | 'timeoutMs' | 'stderr'>;

const OVER: ReadonlySet<CommandState> = new Set([
  'refused',
  'denied',
  'completed',
  'completed_with_errors',
  'failed',
  'timed_out',
  'cancelled',
  'expired_unsent',
  'outcome_unknown',
]);

/** Whether nothing more can come of a command. */
export const isOver = (state: CommandState): boolean => OVER.has(state);
/** Whether it reached the endpoint and may be writing output. */
export const mayWrite = (state: CommandState): boolean => state === 'dispatched' || state === 'running';

/** A command's result as shown in its head. Exit 0 with error output is never a plain tick. `stderrLines`: null when not counted yet. */
export function commandResult(command: Command, stderrLines: number | null): Look {
  const look = commandLook(command.state);
  switch (command.state) {
    case 'completed_with_errors':
      return { ...look, word: `exit ${command.exitCode ?? 0}, ${stderrText(command, stderrLines)}` };
    case 'completed':
      return { ...look, word: `exit ${command.exitCode ?? 0}` };
    case 'failed':
      if (command.signal) return { ...look, word: command.signal };
      return command.exitCode === null ? look : { ...look, word: `exit ${command.exitCode}` };
    case 'refused':
      // The endpoint could not be who it was asked to be. That it ran as nobody else is the point, so it is said in its own words.
      return command.words?.includes('Context not honoured') ? { ...look, word: 'Context not honoured' } : look;
    case 'cancelled':
      return command.words?.toLowerCase().startsWith('cancelled') ? { ...look, word: command.words } : look;
    default:
      return look;
  }
}

function stderrText(command: Command, lines: number | null): string {
  if (lines === null) return `${command.stderr.bytes} bytes on stderr`;
  return `${lines} ${lines === 1 ? 'line' : 'lines'} on stderr`;
}
