import { type Risk, worseRisk } from '../command.ts';
import { type Assessment, change, destructive, wholly } from './verdict.ts';

/** The desk's verdict on a script, never milder than what the endpoint itself has judged it: its rules may be older or newer than ours. */
export function judgedThere(found: Assessment, script: string, there: Risk | null): Assessment {
  if (there === null || worseRisk(found.risk, there) === found.risk) return found;
  return wholly(
    script,
    there === 'destructive'
      ? destructive('can destroy data, as the computer itself judges it')
      : change('changes something, as the computer itself judges it'),
  );
}
