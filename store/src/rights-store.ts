import { type Changed, type Given, type Rights, isPermission } from '@throughline/domain/rights';
import type { Permission, Role } from '@throughline/domain/role';
import type { Tx } from './tenant.ts';

interface RightRow {
  role: Role;
  permission: string;
  given: Given;
}

/** What was changed for one role: for the organisation, and by client for its group. */
export async function rightsOf(tx: Tx, mspId: string, role: Role): Promise<Rights> {
  const { rows } = await tx.query<PlacedRight>(`${PLACED_RIGHTS} where r.msp_id = $1 and r.role = $2`, [mspId, role]);
  return placed(rows);
}

/** The same for the role that a person has. */
export async function rightsOfUser(tx: Tx, mspId: string, userId: string): Promise<Rights> {
  const { rows } = await tx.query<PlacedRight>(
    `${PLACED_RIGHTS} join app_user u on u.msp_id = r.msp_id and u.role = r.role where r.msp_id = $1 and u.id = $2`,
    [mspId, userId],
  );
  return placed(rows);
}

type PlacedRight = RightRow & { group_id: string | null; client_id: string | null };
const PLACED_RIGHTS = `select r.role, r.permission, r.given, r.group_id, c.id as client_id
  from role_right r left join client c on c.msp_id = r.msp_id and c.group_id = r.group_id`;

function placed(rows: readonly PlacedRight[]): Rights {
  const byClient: Record<string, Changed> = {};
  const everywhere = changedIn(rows.filter((row) => row.group_id === null));
  for (const { client_id: id } of rows)
    if (id !== null) byClient[id] ??= changedIn(rows.filter((row) => row.client_id === id));
  return { everywhere, byClient };
}

/** What was changed for every role, in the organisation (null) or for one group. */
export async function changedRights(
  tx: Tx,
  mspId: string,
  groupId: string | null,
): Promise<Partial<Record<Role, Changed>>> {
  const { rows } = await tx.query<RightRow>(
    'select role, permission, given from role_right where msp_id = $1 and subject_id = $2',
    [mspId, groupId ?? mspId],
  );
  const roles = new Set(rows.map((row) => row.role));
  return Object.fromEntries([...roles].map((role) => [role, changedIn(rows.filter((row) => row.role === role))]));
}

/** Changes one cell; null puts it back to what the level above says. */
export async function setRight(
  tx: Tx,
  mspId: string,
  groupId: string | null,
  role: Role,
  permission: Permission,
  given: Given | null,
): Promise<void> {
  if (given === null)
    await tx.query('delete from role_right where msp_id = $1 and subject_id = $2 and role = $3 and permission = $4', [
      mspId,
      groupId ?? mspId,
      role,
      permission,
    ]);
  else
    await tx.query(
      `insert into role_right (msp_id, group_id, role, permission, given) values ($1, $2, $3, $4, $5)
       on conflict (msp_id, subject_id, role, permission) do update set given = excluded.given, changed_at = now()`,
      [mspId, groupId, role, permission, given],
    );
}

const changedIn = (rows: readonly RightRow[]): Changed =>
  Object.fromEntries(rows.filter((row) => isPermission(row.permission)).map((row) => [row.permission, row.given]));
