import { parseArgs } from 'node:util';
import { ROLES } from '@throughline/domain/role';
import { audit } from '@throughline/store/audit-store';
import { SETUP_LINK_DAYS, createSetupLink } from '@throughline/store/setup';
import { createUser, users } from '@throughline/store/user-store';
import { z } from 'zod';
import { atDesk } from '../desk.ts';
import type { Env } from '../env.ts';
import { Problem } from '../problem.ts';

const zNew = z.object({ name: z.string().min(1), email: z.email(), role: z.enum(ROLES) });

/** `user add` and `user list`. */
export function user(args: string[], env: Env): Promise<number> {
  const [verb, ...rest] = args;
  if (verb === 'add') return add(rest, env);
  if (verb === 'list') return list(rest, env);
  throw new Problem('Say what to do: user add --name NAME --email ADDRESS --role ROLE, or user list.');
}

async function add(args: string[], env: Env): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { name: { type: 'string' }, email: { type: 'string' }, role: { type: 'string' }, org: { type: 'string' } },
  });
  const parsed = zNew.safeParse(values);
  if (!parsed.success)
    throw new Problem(
      `user add needs --name NAME, --email ADDRESS and --role ${ROLES.join(' | ')} (${parsed.error.issues[0]?.path.join('.')} is not right).`,
    );
  const token = await atDesk(env, values.org, (desk) =>
    desk.transaction(async (tx) => {
      const made = await createUser(tx, desk.scope.mspId, { ...parsed.data, clientIds: null });
      await audit(tx, desk.scope.mspId, 'command line', 'user.add', made.email, { role: made.role });
      return createSetupLink(tx, desk.scope.mspId, made.id);
    }),
  );
  process.stdout.write(
    `${parsed.data.name} is added as ${parsed.data.role} and sees every client.\nThey sign in from here, with a password they choose or through your identity provider where that is the only way, within ${SETUP_LINK_DAYS} days:\n\n  ${env.publicUrl}/setup/${token}\n`,
  );
  return 0;
}

async function list(args: string[], env: Env): Promise<number> {
  const { values } = parseArgs({ args, options: { org: { type: 'string' } } });
  const rows = await atDesk(env, values.org, (desk) => desk.transaction((tx) => users(tx, desk.scope.mspId)));
  const line = (cells: string[]) =>
    `${cells.map((cell, i) => cell.padEnd([28, 12, 40, 0][i] ?? 0)).join('')}`.trimEnd();
  process.stdout.write(`${line(['Name', 'Role', 'E-mail', 'State'])}\n`);
  for (const row of rows)
    process.stdout.write(
      `${line([row.name, row.role, row.email, row.deactivated_at === null ? 'active' : 'deactivated'])}\n`,
    );
  return 0;
}
