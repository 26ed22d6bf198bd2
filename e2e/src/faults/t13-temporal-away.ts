import { type Server, createServer } from 'node:net';
import { patiently } from './patience.ts';
import { ONE_MARK, promiseMark, resolutionMarks } from './promised-mark.ts';
import type { FaultContext } from './row.ts';
import type { Site } from './site.ts';
import { spread } from './table.ts';
import { openTemporal, temporalAddress, temporalServes } from './temporal.ts';

/** How late a mark may be once Temporal is back. */
const LATE_MS = 5_000;
/** A session is promised its mark within this, on a busy machine too. */
const EACH_MS = 3_000;

/** T13: SLA marks fall due while Temporal is away. Each comes once, soon after Temporal is back. */
export async function temporalAway(context: FaultContext, awayMs: number): Promise<void> {
  const site = await context.site();
  const runtime = await site.endpoint();
  context.atEnd(() => runtime.stop());
  const temporal = await openTemporal(site);
  context.atEnd(() => temporal.close());
  await context.row(`T13 without Temporal for ${Math.round(awayMs / 1_000)} s`, async (row, random) => {
    const sessions: string[] = [];
    for (let left = context.times(20); left > 0; left--) sessions.push(await site.session(runtime));
    const soonest = Date.now() + EACH_MS * (sessions.length + 1);
    for (const sessionId of sessions) {
      const dueAt = soonest + random.between(0, awayMs * 0.8);
      await promiseMark({ site, temporal, sessionId }, () => dueAt, 1);
    }
    if (Date.now() > soonest) throw new Error('the machine is too slow: a mark was due before Temporal was away');
    const away = await withoutTemporal(site);
    const until = Math.max(Date.now(), soonest) + awayMs;
    await patiently('the time without Temporal to pass', () => Date.now() > until, awayMs * 2 + 120_000);
    for (const sessionId of sessions)
      if ((await resolutionMarks(site, sessionId)).length > 0)
        row.failures.push(`${sessionId}: marked without Temporal`);
    const backAt = await away.end();
    const late = await Promise.all(sessions.map(async (sessionId) => (await marked(site, sessionId)) - backAt));
    row.n = sessions.length;
    Object.assign(row.figures, spread('after it was back', late));
    const tooLate = late.filter((ms) => ms > LATE_MS);
    if (tooLate.length > 0) row.failures.push(`${tooLate.length} came more than ${LATE_MS} ms after Temporal was back`);
    await site.product.ready();
    for (const sessionId of sessions) {
      const found = await resolutionMarks(site, sessionId);
      if (found.join() !== ONE_MARK) row.failures.push(`${sessionId}: marks ${found.join(', ')}`);
    }
  });
}

/** When the mark is seen on the record, in ms since 1970. */
async function marked(site: Site, sessionId: string): Promise<number> {
  await patiently('the mark', async () => (await resolutionMarks(site, sessionId)).length > 0, 120_000);
  return Date.now();
}

/** Kills Temporal and takes its port, so that every attempt to start it again fails. `end` gives the port back and says when Temporal served there again. */
async function withoutTemporal(site: Site): Promise<{ end(): Promise<number> }> {
  const address = temporalAddress(site);
  const port = Number(address.split(':')[1]);
  process.kill(await site.product.pidOf('temporal'), 'SIGKILL');
  const taken = await patiently('the port of the dead Temporal', () => listening(port));
  return {
    async end() {
      await new Promise((resolve) => taken.close(resolve));
      await patiently('Temporal to be back', () => temporalServes(address), 120_000);
      return Date.now();
    },
  };
}

function listening(port: number): Promise<Server | false> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
