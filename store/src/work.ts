import type { Pool } from 'pg';
import { withoutTenant } from './tenant.ts';

export type Queue = 'report' | 'webhook' | 'note' | 'search';

/** The organisations that have something waiting in a queue. */
export function mspsWithWork(pool: Pool, queue: Queue): Promise<string[]> {
  return withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ msps_with_work: string }>('select msps_with_work($1)', [queue]);
    return rows.map((row) => row.msps_with_work);
  });
}

/** The organisations that have mail to send now. */
export const mspsWithMail = (pool: Pool): Promise<string[]> => mspsOf(pool, 'msps_with_mail');
/** The organisations that have messages for outbound webhooks to send now. */
export const mspsWithMessages = (pool: Pool): Promise<string[]> => mspsOf(pool, 'msps_with_outbound');

function mspsOf(pool: Pool, look: 'msps_with_mail' | 'msps_with_outbound'): Promise<string[]> {
  return withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ msp_id: string }>(`select ${look}() as msp_id`);
    return rows.map((row) => row.msp_id);
  });
}

export interface Pump {
  poke(): void;
  stop(): Promise<void>;
}

/**
 * Runs `drain` whenever poked and at least every `everyMs`, one at a time. What fails is told to `trouble` and tried again at the
 * next turn: a queue row stays until its work is done. With `afterMs` a poke is answered that much later, together with those
 * that came meanwhile: for work that nobody waits for, so that it does not take the processor from what somebody does.
 */
export function startPump(
  drain: () => Promise<void>,
  options: { everyMs: number; afterMs?: number; trouble: (error: Error) => void },
): Pump {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;
  const turn = async () => {
    do {
      again = false;
      try {
        await drain();
      } catch (error) {
        options.trouble(error as Error);
      }
    } while (again && !stopped);
    running = null;
  };
  const go = () => {
    if (stopped) return;
    if (running === null) running = turn();
    else again = true;
  };
  let soon: NodeJS.Timeout | null = null;
  const goSoon = () => {
    soon ??= setTimeout(() => {
      soon = null;
      go();
    }, options.afterMs);
  };
  const timer = setInterval(go, options.everyMs);
  go();
  return {
    poke: options.afterMs === undefined ? go : goSoon,
    async stop() {
      stopped = true;
      clearInterval(timer);
      if (soon !== null) clearTimeout(soon);
      await running;
    },
  };
}
