import { Context } from '@temporalio/activity';
import { BEAT_MS } from '@throughline/workflows/patience';

/**
 * An activity that says again and again that it is at work. So Temporal gives the work of a worker that was killed to the next one within
 * seconds, and leaves alone what merely takes long, as when it waits for its session's lock, until the activity's own limit (harmless then:
 * effects may be repeated).
 */
export function withHeartbeat<Arg>(work: (arg: Arg) => Promise<void>): (arg: Arg) => Promise<void> {
  return async (arg) => {
    const activity = Context.current();
    const beat = setInterval(() => activity.heartbeat(), BEAT_MS);
    try {
      await work(arg);
    } finally {
      clearInterval(beat);
    }
  };
}
