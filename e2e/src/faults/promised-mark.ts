import { DEFAULT_SLA, type SlaPolicy } from '@throughline/domain/sla';
import { patiently } from './patience.ts';
import { type Site, localId } from './site.ts';
import type { TemporalDesk } from './temporal.ts';

/** Promises a session one mark (its warning of the resolution) at an instant that is taken once the session is at rest. In ms since 1970. */
export async function promiseMark(
  { site, temporal, sessionId }: { site: Site; temporal: TemporalDesk; sessionId: string },
  when: () => number,
  version: number,
): Promise<number> {
  const atRest = async () => {
    const { step, activity } = await temporal.underWay(sessionId);
    return !step && !activity;
  };
  const state = await patiently('the session to be at rest', async () => (await atRest()) && temporal.state(sessionId));
  const dueAt = when();
  await temporal.promise(sessionId, promised(dueAt - state.clocks.resolution!.startedAt, version));
  await patiently(
    'the new promise to be on the record',
    async () => (await atRest()) && (await keysOf(site, sessionId, 'sla_policy')).length > 0,
  );
  return dueAt;
}

/** Keys of the marks of the session's resolution that are on the record. */
export const resolutionMarks = async (site: Site, sessionId: string): Promise<string[]> =>
  (await keysOf(site, sessionId, 'sla')).filter((key) => /:resolution:/.test(key));

/** What the record says after a promised mark came once. */
export const ONE_MARK = 'sla:resolution:warn';

/** One mark soon, all others far away; a version newer than any before it. */
function promised(warnMs: number, version: number): SlaPolicy {
  const { normal } = DEFAULT_SLA;
  const targets = { ...normal, resolution: { ...normal.resolution, warnMs } };
  const versions = { organisation: 1_000 + version, client_group: 0, client: 0 };
  return { normal: targets, urgent: targets, versions };
}

async function keysOf(site: Site, sessionId: string, kind: string): Promise<string[]> {
  const rows = await site.sql<{ key: string }>('select key from transcript_entry where session_id = $1 and kind = $2', [
    localId(sessionId),
    kind,
  ]);
  return rows.map(({ key }) => key);
}
