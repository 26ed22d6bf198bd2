import pg from 'pg';
import { z } from 'zod';
import { type Tx, tell } from './tenant.ts';

/** The one channel. Payloads are ids only: whoever hears one reads the data under its own scope. */
const CHANNEL = 'throughline';

const zEvent = z.object({
  /** entry: a transcript entry · step: all that an Update wanted stands in the store · output: bytes of a command · session, command, approval, endpoint: a row changed · outbox, cancel, input, prompt, said, ask_facts, update: something for a runtime · facts: its answer · report, webhook, note, search, notification, mail, outbound: work or news (a notification also when it was read) · sign_in: a sign-in or an API token of this person may have ended · user: somebody came on shift or went off it · watch: who has a session's page open changed · flag: a session was flagged, or a flag seen or reviewed */
  k: z.enum([
    'entry',
    'step',
    'output',
    'session',
    'command',
    'approval',
    'endpoint',
    'outbox',
    'cancel',
    'input',
    'prompt',
    'said',
    'revoke',
    'ask_facts',
    'update',
    'facts',
    'report',
    'webhook',
    'note',
    'search',
    'notification',
    'mail',
    'outbound',
    'sign_in',
    'user',
    'watch',
    'flag',
  ]),
  m: z.string(),
  s: z.string().optional(),
  c: z.string().optional(),
  e: z.string().optional(),
  r: z.string().optional(),
  a: z.string().optional(),
  u: z.string().optional(),
  n: z.number().optional(),
});
/** m: organisation, s: session, c: command, e: endpoint, r: runtime, a: approval, request or Update, u: user, n: a number (seq). */
export type StoreEvent = z.infer<typeof zEvent>;

/** Tells everybody who listens, when (and only if) the transaction commits. An order to a runtime goes ahead of all else that is told by this: somebody waits for it. (What the database's own functions tell, entries and output, goes when they are called.) */
export function publish(tx: Tx, event: StoreEvent): Promise<void> {
  return tell(tx, CHANNEL, JSON.stringify(event), event.k === 'outbox');
}

export interface Listener {
  stop(): Promise<void>;
}

/**
 * Hears every event until stopped. Reconnects by itself; `onGap` is called after each (re)connect, because events may have been
 * missed: whoever keeps a position reads on from it.
 */
export function listen(
  url: string,
  on: { event: (event: StoreEvent) => void; gap: () => void; trouble: (error: Error) => void },
): Listener {
  let client: pg.Client | null = null;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;

  const again = () => {
    if (stopped) return;
    retry = setTimeout(() => void open(), 500);
  };
  const open = async () => {
    const fresh = new pg.Client({ connectionString: url, application_name: 'throughline listen', keepAlive: true });
    let ended = false;
    const lost = (error?: Error) => {
      if (ended) return;
      ended = true;
      if (client === fresh) client = null;
      if (error !== undefined && !stopped) on.trouble(error);
      again();
    };
    fresh.on('error', lost);
    fresh.on('end', () => lost());
    fresh.on('notification', (message) => {
      const parsed = zEvent.safeParse(JSON.parse(message.payload ?? 'null'));
      if (parsed.success) on.event(parsed.data);
    });
    try {
      await fresh.connect();
      await fresh.query(`listen ${CHANNEL}`);
      client = fresh;
      on.gap();
    } catch (error) {
      lost(error as Error);
      await fresh.end().catch((cause: Error) => on.trouble(cause));
    }
  };
  void open();
  return {
    async stop() {
      stopped = true;
      clearTimeout(retry);
      await client?.end();
    },
  };
}
