import { DomainError } from '@throughline/domain/errors';
import type { PolicyLevel } from '@throughline/domain/policy';
import type { Tx } from './tenant.ts';

/** What a document is laid down for. The organisation's own id for the first level. */
export interface PolicySubject {
  level: PolicyLevel;
  id: string;
}

/** Tables whose rows are versions of a document, one after the other, for a subject each. */
export type VersionTable = 'policy_version' | 'sla_version';

export interface VersionRow<D> {
  version: number;
  document: D;
  note: string;
  /** Null: it came with the group. */
  made_by: string | null;
  made_at: Date;
}

export interface NewVersion<D> {
  document: D;
  /** The version that was read and is to be followed; 0 where there was none. */
  expected: number;
  by: string | null;
  note: string;
}

const COLUMN: Record<Exclude<PolicyLevel, 'organisation'>, string> = {
  client_group: 'group_id',
  client: 'client_id',
  endpoint: 'endpoint_id',
};

/** All versions of one subject's document, the newest first; not yet parsed. */
export async function versionsOf(
  tx: Tx,
  table: VersionTable,
  mspId: string,
  { level, id }: PolicySubject,
): Promise<VersionRow<unknown>[]> {
  const { rows } = await tx.query<VersionRow<unknown>>(
    `select version, document, note, made_by, made_at from ${table}
     where msp_id = $1 and level = $2 and subject_id = $3 order by version desc`,
    [mspId, level, id],
  );
  return rows;
}

/** The next version. Errors: CONFLICT when somebody else made one since `expected` was read. */
export async function appendVersion(
  tx: Tx,
  table: VersionTable,
  mspId: string,
  { level, id }: PolicySubject,
  { document, expected, by, note }: NewVersion<unknown>,
): Promise<void> {
  const [column, value] = level === 'organisation' ? ['', ''] : [`${COLUMN[level]}, `, '$3::uuid, '];
  const { rowCount } = await tx.query(
    `insert into ${table} (msp_id, level, ${column}version, document, note, made_by)
     select $1, $2, ${value}$4::integer + 1, $5, $6, $7
     where $4::integer = coalesce(
       (select max(v.version) from ${table} v where v.msp_id = $1 and v.level = $2 and v.subject_id = $3::uuid), 0)
     on conflict do nothing`,
    [mspId, level, id, expected, JSON.stringify(document), note, by],
  );
  if (rowCount === 0)
    throw new DomainError(
      'CONFLICT',
      'Somebody else changed this policy meanwhile. Reload, and make your change again.',
    );
}
