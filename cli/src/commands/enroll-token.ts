import { parseArgs } from 'node:util';
import { audit } from '@throughline/store/audit-store';
import { clients } from '@throughline/store/client-store';
import { ENROLLMENT_MINUTES, createEnrollmentToken } from '@throughline/store/enrollment-store';
import { users } from '@throughline/store/user-store';
import { type Desk, atDesk } from '../desk.ts';
import type { Env } from '../env.ts';
import { Problem } from '../problem.ts';

/** `enroll-token --client NAME [--host NAME]`: a one-time token, and the command to type on the computer. */
export async function enrollToken(args: string[], env: Env): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { client: { type: 'string' }, host: { type: 'string' }, org: { type: 'string' } },
  });
  const { client } = values;
  if (client === undefined) throw new Problem('Say whose computer it is: enroll-token --client NAME [--host NAME].');
  const { token } = await atDesk(env, values.org, (desk) => make(desk, client, values.host ?? null));
  const host = values.host === undefined ? '' : ` --name ${values.host}`;
  process.stdout.write(
    `Type this on the computer within ${ENROLLMENT_MINUTES} minutes. The token works once.\n\n  npm run agent -- enroll --server ${env.publicUrl} --token ${token}${host}\n`,
  );
  return 0;
}

function make(desk: Desk, clientName: string, host: string | null): Promise<{ token: string }> {
  const { scope } = desk;
  return desk.transaction(async (tx) => {
    const all = await clients(tx, scope);
    const found = all.find((row) => row.name.toLowerCase() === clientName.toLowerCase());
    if (found === undefined)
      throw new Problem(
        `There is no client "${clientName}". There is: ${all.map((row) => row.name).join(', ') || 'none yet'}.`,
      );
    const admin = (await users(tx, scope.mspId)).find((user) => user.role === 'admin' && user.deactivated_at === null);
    if (admin === undefined) throw new Problem('There is no active admin in whose name the token could be made.');
    await audit(tx, scope.mspId, 'command line', 'endpoint.enroll_token', found.name, host === null ? null : { host });
    const input = { clientId: found.id, expectedHost: host, replaceEndpointId: null, createdBy: admin.id };
    return createEnrollmentToken(tx, scope.mspId, input);
  });
}
