import { notFound } from '@throughline/domain/errors';
import type { ActorRef } from '@throughline/domain/session-state';
import type { SlaLevel, SlaPolicy, SlaVersions } from '@throughline/domain/sla';
import { type SlaDocument, zSlaDocument } from '@throughline/domain/sla/document';
import { type MergedSla, type SlaOfLevel, mergeSla } from '@throughline/domain/sla/merge';
import { queueReport } from './report-store.ts';
import type { Tx } from './tenant.ts';
import { type NewVersion, type VersionRow, appendVersion, versionsOf } from './versioned-document.ts';

/** Whose SLA policy: the organisation's own id for the first level. */
export interface SlaSubject {
  level: SlaLevel;
  id: string;
}
export type SlaVersionRow = VersionRow<SlaDocument>;

/** What clients are promised at a subject: its own policy and those above it. An unknown client: NOT_FOUND. */
export async function slaOf(tx: Tx, mspId: string, { level, id }: SlaSubject): Promise<SlaOfLevel[]> {
  const groupId = level === 'client_group' ? id : level === 'client' ? await groupOfClient(tx, mspId, id) : null;
  const { rows } = await tx.query<{ level: SlaLevel; version: number; document: unknown }>(
    `select distinct on (level) level, version, document from sla_version
     where msp_id = $1 and (level, subject_id) in (('organisation', $1::uuid), ('client_group', $2::uuid), ('client', $3::uuid))
     order by level, version desc`,
    [mspId, groupId, level === 'client' ? id : null],
  );
  return rows.map((row) => ({ ...row, document: zSlaDocument.parse(row.document) }));
}

/** What a client's sessions run by. */
export const slaOfClient = async (tx: Tx, mspId: string, clientId: string): Promise<MergedSla> =>
  mergeSla(await slaOf(tx, mspId, { level: 'client', id: clientId }));

export async function slaHistory(tx: Tx, mspId: string, subject: SlaSubject): Promise<SlaVersionRow[]> {
  const rows = await versionsOf(tx, 'sla_version', mspId, subject);
  return rows.map((row) => ({ ...row, document: zSlaDocument.parse(row.document) }));
}

/** The next version, and a message to every session it counts for. Errors: CONFLICT. */
export async function saveSla(
  tx: Tx,
  mspId: string,
  subject: SlaSubject,
  policy: NewVersion<SlaDocument> & { by: string },
): Promise<void> {
  // Sessions that open meanwhile look at the policy under the same lock: each of the two sees what the other did, or waits.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lockOf(mspId)]);
  await appendVersion(tx, 'sla_version', mspId, subject, policy);
  const { rows } = await tx.query<{ client_id: string; sessions: string[] }>(
    `select s.client_id, array_agg(s.id) as sessions
     from session s join client c on c.msp_id = s.msp_id and c.id = s.client_id
     where s.msp_id = $1 and s.status <> 'completed'
       and case $2 when 'client' then c.id when 'client_group' then c.group_id else s.msp_id end = $3::uuid
     group by s.client_id`,
    [mspId, subject.level, subject.id],
  );
  for (const { client_id, sessions } of rows) {
    const { policy: sla } = await slaOfClient(tx, mspId, client_id);
    for (const sessionId of sessions) await tellSession(tx, mspId, sessionId, sla, { kind: 'user', id: policy.by });
  }
}

/** For a session that was just opened: hears of the policy of now, should that be another one than it was opened with. */
export async function checkSlaOfNew(
  tx: Tx,
  mspId: string,
  session: { id: string; clientId: string },
  openedWith: SlaVersions,
): Promise<void> {
  await tx.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [lockOf(mspId)]);
  const { policy } = await slaOfClient(tx, mspId, session.clientId);
  if (keyOf(policy.versions) !== keyOf(openedWith))
    await tellSession(tx, mspId, session.id, policy, { kind: 'system' });
}

const tellSession = (tx: Tx, mspId: string, sessionId: string, sla: SlaPolicy, by: ActorRef): Promise<void> =>
  queueReport(tx, mspId, sessionId, `sla:${keyOf(sla.versions)}`, { type: 'sla', sla, by });

const keyOf = (versions: SlaVersions | undefined): string =>
  versions === undefined ? '' : [versions.organisation, versions.client_group, versions.client].join('.');

const lockOf = (mspId: string): string => `sla:${mspId}`;

async function groupOfClient(tx: Tx, mspId: string, clientId: string): Promise<string> {
  const { rows } = await tx.query<{ group_id: string }>('select group_id from client where msp_id = $1 and id = $2', [
    mspId,
    clientId,
  ]);
  if (rows[0] === undefined) throw notFound('Client');
  return rows[0].group_id;
}
