import { randomUUID } from 'node:crypto';
import { hashPassword } from '@throughline/api/auth/passwords';
import { firstGroupPolicy } from '@throughline/store/policy-store';
import { withTenant } from '@throughline/store/tenant';
import type { Pool } from 'pg';
import { DEMO_PASSWORD, NEIGHBOUR } from './house.ts';
import { tellNeighbour } from './past.ts';
import type { PastWorld } from './past-session.ts';
import { placeComputer } from './place.ts';

/**
 * A second organisation in the same installation, with a session of the same number. Written straight into the database, because only the
 * first organisation can be made over the setup link.
 */
export async function makeNeighbour(pool: Pool, world: Pick<PastWorld, 'risk' | 'signer'>, now: Date): Promise<void> {
  const [mspId, groupId, clientId] = [randomUUID(), randomUUID(), randomUUID()];
  const passwordHash = await hashPassword(DEMO_PASSWORD);
  const { admin, technician, client, computer } = NEIGHBOUR;
  const made = await withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    await tx.query('insert into msp (id, slug, name, time_zone) values ($1, $2, $3, $4)', [
      ...[mspId, NEIGHBOUR.msp.slug, NEIGHBOUR.msp.name, NEIGHBOUR.msp.timeZone],
    ]);
    const ids: string[] = [];
    for (const person of [admin, technician]) {
      const id = randomUUID();
      ids.push(id);
      await tx.query(
        'insert into app_user (msp_id, id, email, name, role, password_hash) values ($1, $2, $3, $4, $5, $6)',
        [...[mspId, id, person.email, person.name, person.role, passwordHash]],
      );
    }
    await tx.query('insert into client_group (msp_id, id, name) values ($1, $2, $3)', [mspId, groupId, client.group]);
    await firstGroupPolicy(tx, mspId, groupId);
    await tx.query('insert into client (msp_id, id, group_id, name) values ($1, $2, $3, $4)', [
      mspId,
      clientId,
      groupId,
      client.name,
    ]);
    return { technicianId: ids[1] ?? '', computer: await placeComputer(tx, mspId, clientId, computer) };
  });
  await tellNeighbour({ ...world, pool, mspId }, { id: made.technicianId, ...technician }, made.computer, now);
}
