import { notFound } from '@throughline/domain/errors';
import type { PolicyLevel } from '@throughline/domain/policy';
import { FIRST_DOCUMENT, type PolicyDocument, zPolicyDocument } from '@throughline/domain/policy/document';
import { type MergedPolicy, type PolicyOfLevel, mergePolicies } from '@throughline/domain/policy/merge';
import type { Scope, Tx } from './tenant.ts';
import {
  type NewVersion,
  type PolicySubject,
  type VersionRow,
  appendVersion,
  versionsOf,
} from './versioned-document.ts';

export type { PolicySubject };
export type PolicyVersionRow = VersionRow<PolicyDocument>;
export type NewPolicy = NewVersion<PolicyDocument>;

/** What holds on an endpoint: its own policy and those above it, as one. Errors: NOT_FOUND. */
export async function policyOfEndpoint(tx: Tx, mspId: string, endpointId: string): Promise<MergedPolicy> {
  const { rows } = await tx.query<{ level: PolicyLevel | null; version: number; document: unknown }>(
    `select distinct on (p.level) p.level, p.version, p.document
     from endpoint e join client c on c.msp_id = e.msp_id and c.id = e.client_id
     left join policy_version p on p.msp_id = e.msp_id and (p.level, p.subject_id) in
       (('organisation', e.msp_id), ('client_group', c.group_id), ('client', c.id), ('endpoint', e.id))
     where e.msp_id = $1 and e.id = $2 order by p.level, p.version desc`,
    [mspId, endpointId],
  );
  // Never the product's own rules for an endpoint that is not there: they may be looser than its policy.
  if (rows.length === 0) throw notFound('Endpoint');
  return mergePolicies(rows.flatMap(({ level, ...rest }) => (level === null ? [] : [checked({ level, ...rest })])));
}

/** What holds at a client, before its endpoints' own policies. */
export async function policyOfClient(
  tx: Tx,
  mspId: string,
  client: { id: string; groupId: string },
): Promise<MergedPolicy> {
  const all = await currentPolicies(tx, mspId);
  return mergePolicies(all.filter(({ subjectId }) => [mspId, client.groupId, client.id].includes(subjectId)));
}

/** The policies of the levels that a subject lies within, the broadest first; a level that laid nothing down is left out. */
export async function policiesAbove(
  tx: Tx,
  mspId: string,
  { level, id }: PolicySubject,
): Promise<(PolicyOfLevel & { name: string })[]> {
  if (level === 'organisation') return [];
  const { rows } = await tx.query<{ level: PolicyLevel; version: number; document: unknown; name: string }>(
    `with within (level, id, name, place) as (
       select 'organisation', m.id, m.name, 1 from msp m where m.id = $1
       union all
       select 'client_group', g.id, g.name, 2 from client_group g join client c on c.msp_id = g.msp_id and c.group_id = g.id
       where g.msp_id = $1 and ($2 = 'client' and c.id = $3
         or $2 = 'endpoint' and c.id = (select client_id from endpoint where msp_id = $1 and id = $3))
       union all
       select 'client', c.id, c.name, 3 from client c join endpoint e on e.msp_id = c.msp_id and e.client_id = c.id
       where c.msp_id = $1 and $2 = 'endpoint' and e.id = $3)
     select w.level, w.name, p.version, p.document from within w
     cross join lateral (select version, document from policy_version
       where msp_id = $1 and level = w.level and subject_id = w.id order by version desc limit 1) p
     order by w.place`,
    [mspId, level, id],
  );
  return rows.map(({ name, ...row }) => ({ ...checked(row), name }));
}

/** The policies of what lies within a subject, as far as they say something of a class of commands: the broadest first, at most 100. */
export async function policiesBelow(
  tx: Tx,
  mspId: string,
  { level, id }: PolicySubject,
): Promise<(PolicyOfLevel & { name: string })[]> {
  if (level === 'endpoint') return [];
  const { rows } = await tx.query<{ level: PolicyLevel; version: number; document: unknown; name: string }>(
    `with said as (
       select distinct on (level, subject_id) level, subject_id, version, document
       from policy_version where msp_id = $1 order by level, subject_id, version desc),
     within (level, id, name, place) as (
       select 'client_group', g.id, g.name, 1 from client_group g where g.msp_id = $1 and $2 = 'organisation'
       union all
       select 'client', c.id, c.name, 2 from client c
       where c.msp_id = $1 and c.retired_at is null and ($2 = 'organisation' or $2 = 'client_group' and c.group_id = $3)
       union all
       select 'endpoint', e.id, e.name, 3 from endpoint e join client c on c.msp_id = e.msp_id and c.id = e.client_id
       where e.msp_id = $1 and e.retired_at is null
         and ($2 = 'organisation' or $2 = 'client_group' and c.group_id = $3 or $2 = 'client' and c.id = $3))
     select w.level, w.name, said.version, said.document from said join within w on w.level = said.level and w.id = said.subject_id
     where said.document ?| array['read_only', 'change', 'destructive', 'other_identity']
     order by w.place, lower(w.name), w.id limit 100`,
    [mspId, level, id],
  );
  return rows.map(({ name, ...row }) => ({ ...checked(row), name }));
}

/** Every subject's policy of now that is in sight. */
export async function currentPolicies(tx: Tx, mspId: string): Promise<(PolicyOfLevel & { subjectId: string })[]> {
  const { rows } = await tx.query<{ level: PolicyLevel; subjectId: string; version: number; document: unknown }>(
    `select distinct on (level, subject_id) level, subject_id as "subjectId", version, document
     from policy_version where msp_id = $1 order by level, subject_id, version desc`,
    [mspId],
  );
  return rows.map((row) => ({ ...checked(row), subjectId: row.subjectId }));
}

/** All versions of one subject's policy, the newest first. */
export async function policyHistory(tx: Tx, mspId: string, subject: PolicySubject): Promise<PolicyVersionRow[]> {
  const rows = await versionsOf(tx, 'policy_version', mspId, subject);
  return rows.map((row) => ({ ...row, document: zPolicyDocument.parse(row.document) }));
}

/** The next version. Errors: CONFLICT when somebody else made one since `expected` was read. */
export const savePolicy = (tx: Tx, mspId: string, subject: PolicySubject, policy: NewPolicy): Promise<void> =>
  appendVersion(tx, 'policy_version', mspId, subject, policy);

/** The policy a new client group starts with. */
export const firstGroupPolicy = (tx: Tx, mspId: string, groupId: string, by: string | null = null): Promise<void> =>
  savePolicy(
    tx,
    mspId,
    { level: 'client_group', id: groupId },
    { document: FIRST_DOCUMENT, expected: 0, by, note: '' },
  );

/** What the subject is called; null where it is not there or not in sight. */
export async function subjectName(tx: Tx, { mspId }: Scope, { level, id }: PolicySubject): Promise<string | null> {
  const { rows } = await tx.query<{ name: string }>(NAMED[level], [mspId, id]);
  return rows[0]?.name ?? null;
}

const NAMED: Record<PolicyLevel, string> = {
  organisation: 'select name from msp where id = $1 and id = $2',
  client_group: 'select name from client_group where msp_id = $1 and id = $2',
  client: 'select name from client where msp_id = $1 and id = $2 and retired_at is null',
  endpoint: 'select name from endpoint where msp_id = $1 and id = $2 and retired_at is null',
};

const checked = (row: { level: PolicyLevel; version: number; document: unknown }): PolicyOfLevel => ({
  level: row.level,
  version: row.version,
  document: zPolicyDocument.parse(row.document),
});
