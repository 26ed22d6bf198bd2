import { assertNever } from '@throughline/domain/assert-never';
import { asksApprover } from '@throughline/domain/policy/strong-rule';
import type { CommandFieldsFragment } from '../../graphql/generated/operations.ts';
import { shortDuration, timeOfDay } from '../../lib/time.ts';
import { commandLook, type Look } from '../../lib/words.ts';
import { commandResult } from './command-words.ts';

type Command = Pick<
  CommandFieldsFragment,
  | 'state'
  | 'exitCode'
  | 'signal'
  | 'words'
  | 'timeoutMs'
  | 'stderr'
  | 'startedAt'
  | 'cancelRequestedAt'
  | 'outputLimited'
  | 'sendBy'
  | 'rule'
>;

/** Where a command stands: how it looks, what that means, and what a person can do about it. */
export interface Standing {
  look: Look;
  means: string;
  todo: string;
}

const OUT_OF_REACH: Look = { word: 'Waiting for endpoint', glyph: 'g-off', tone: 'wait' };

/** `online`: whether the endpoint can be reached now. A running command goes on without that. */
export function standingOf(command: Command, online: boolean, stderrLines: number | null = null): Standing {
  const look = commandResult(command, stderrLines);
  const is = (means: string, todo = '', other: Look = look): Standing => ({ look: other, means, todo });
  switch (command.state) {
    case 'proposed':
      return is('Handed in; the session has not answered yet.', 'It goes on by itself, also without this page.');
    case 'refused':
      if (look.word === 'Context not honoured')
        return is(
          'The endpoint could not run it as the account asked for, so it never started, as nobody.',
          'Choose another account.',
        );
      return is('Refused by policy. It never started on the device.', 'Change the command, or ask a senior.');
    case 'waiting_approval':
      return asksApprover(command.rule)
        ? is('Waits for a named approver’s passkey.', 'Nudge, call the approver, or withdraw it.')
        : is('Waits for the person at the device.', 'Nudge, call, or withdraw it.');
    case 'denied':
      return asksApprover(command.rule)
        ? is(
            'An approver or the person at the device said no. It never started.',
            'Ask again at another time, with your reason.',
          )
        : is('The person at the device said no. It never started.', 'Ask again at another time, with your reason.');
    case 'queued':
    case 'dispatched':
      if (command.cancelRequestedAt) return cancelling(online);
      if (!online)
        return is(
          `The endpoint is out of reach. An order that has not reached it ${command.sendBy === null ? 'in time' : `by ${timeOfDay(command.sendBy)}`} expires and never runs.`,
          'Wait for the endpoint, or cancel.',
          OUT_OF_REACH,
        );
      return is('The order is on its way; the endpoint has not said yet that it started.');
    case 'running':
      if (command.cancelRequestedAt) return cancelling(online);
      if (!online)
        return is(
          'The endpoint is out of reach. The command goes on there, and its output is kept on its disk: nothing is lost, nothing runs twice.',
          'Wait: output comes in when the endpoint is back.',
          { word: 'Running, out of reach', glyph: 'g-off', tone: 'wait' },
        );
      return is('Capture goes on without this tab.', 'You can leave.');
    case 'completed':
      return is('It ended by itself with exit 0 and wrote nothing to stderr.');
    case 'completed_with_errors':
      return is('Exit 0, but it wrote to stderr: the code alone does not prove that it worked.', 'Read stderr first.');
    case 'failed':
      if (command.outputLimited)
        return is(
          'Its output reached its limit, and it was stopped with all it had started. Output up to then is kept.',
          'If more is needed, run it with a larger limit.',
          { ...look, word: 'output limit' },
        );
      if (command.signal)
        return is(`The signal ${command.signal} ended it, from the system or another program.`, 'Read its last lines.');
      return is(
        `It ended by itself with exit ${command.exitCode ?? 'code unknown'}, by custom an error.`,
        'Read stderr.',
      );
    case 'timed_out':
      return is(
        `It ran into its limit of ${shortDuration(command.timeoutMs)} and was stopped with all it had started. Output up to then is kept.`,
        'If it needs longer, run it with a longer limit.',
      );
    case 'cancelled':
      return command.startedAt === null
        ? is('It was taken back before it started.')
        : is(
            'It was stopped with all it had started. Output up to then is kept.',
            'What it had done by then stays done.',
          );
    case 'expired_unsent':
      return is('It did not reach the endpoint in time. It never ran.', 'Run it again when the endpoint is online.');
    case 'outcome_unknown':
      return is(
        'It started, and nobody knows how it ended. It may have done its work; it is never run again by itself.',
        'Look at the device first. Run it again only if a second run does no harm.',
      );
    default:
      return assertNever(command.state);
  }
}

const cancelling = (online: boolean): Standing => ({
  look: { word: 'Cancelling', glyph: 'g-cancelled', tone: 'wait' },
  means: online
    ? 'The endpoint was asked to stop it and all it started.'
    : 'The endpoint is out of reach. It is asked to stop it as soon as it is back.',
  todo: online ? '' : 'Until then it may go on.',
});

/** The standing as one line. What the record says of this very command goes before what is true of all like it. */
export const standingWords = (standing: Standing, own: string | null = null): string =>
  [own === null ? standing.means : own.replace(/[^.!?]$/, '$&.'), standing.todo].filter(Boolean).join(' ');

/** How a command's state looks on the line, without its exit code. */
export const lookOf = (command: Command | null, online: boolean): Look =>
  command === null ? commandLook('proposed') : standingOf(command, online).look;
