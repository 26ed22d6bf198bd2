import { randomUUID } from 'node:crypto';
import type { Role } from '@throughline/domain/role';
import { firstGroupPolicy } from '@throughline/store/policy-store';
import { createSignIn } from '@throughline/store/sign-in-store';
import { withTenant } from '@throughline/store/tenant';
import type { Pool } from 'pg';

/** Somebody who is signed in: the cookie stands for them. */
export interface TestPerson {
  id: string;
  name: string;
  email: string;
  role: Role;
  cookie: string;
}

export interface TestOrganisation<Name extends string, Client extends string> {
  mspId: string;
  people: Record<Name, TestPerson>;
  clients: Record<Client, { id: string; groupId: string; name: string }>;
}

interface Draft<Name extends string, Client extends string> {
  slug: string;
  name: string;
  people: Record<Name, { name: string; role: Role; only?: NoInfer<Client>[] }>;
  clients: Record<Client, { name: string; group: string }>;
}

/** Jun, Lena and Ole see Harbor Dental alone; everybody else sees every client. */
export const NORTHGATE = {
  slug: 'northgate',
  name: 'Northgate Managed IT',
  people: {
    ada: { name: 'Ada Okafor', role: 'admin' },
    dana: { name: 'Dana Ruiz', role: 'dispatcher' },
    jun: { name: 'Jun Park', role: 'technician', only: ['harbor'] },
    theo: { name: 'Theo Lind', role: 'technician' },
    sam: { name: 'Sam Whitfield', role: 'senior' },
    mona: { name: 'Mona Said', role: 'manager' },
    lena: { name: 'Lena Voss', role: 'senior', only: ['harbor'] },
    ole: { name: 'Ole Berg', role: 'admin', only: ['harbor'] },
  },
  clients: {
    harbor: { name: 'Harbor Dental', group: 'Dental' },
    brightline: { name: 'Brightline Print', group: 'Print & Media' },
    cedar: { name: 'Cedar Law', group: 'Legal' },
  },
} satisfies Draft<string, 'harbor' | 'brightline' | 'cedar'>;

export const RIVERMARK = {
  slug: 'rivermark',
  name: 'Rivermark IT',
  people: {
    rex: { name: 'Rex Moor', role: 'admin' },
    ria: { name: 'Ria Moss', role: 'senior' },
  },
  clients: { harbor: { name: 'Harbor Dental', group: 'Dental' } },
} satisfies Draft<string, 'harbor'>;

export type Northgate = TestOrganisation<keyof typeof NORTHGATE.people, keyof typeof NORTHGATE.clients>;
export type Rivermark = TestOrganisation<keyof typeof RIVERMARK.people, keyof typeof RIVERMARK.clients>;

/** Writes an organisation straight into the database, and signs everybody in. */
export async function createOrganisation<Name extends string, Client extends string>(
  pool: Pool,
  draft: Draft<Name, Client>,
): Promise<TestOrganisation<Name, Client>> {
  const mspId = randomUUID();
  const clients = {} as TestOrganisation<Name, Client>['clients'];
  const people = {} as Record<Name, TestPerson>;
  const groupIds = new Map<string, string>();
  await withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    await tx.query(`insert into msp (id, slug, name, time_zone) values ($1, $2, $3, 'America/Chicago')`, [
      mspId,
      draft.slug,
      draft.name,
    ]);
    for (const [key, { name, group }] of Object.entries(draft.clients) as [Client, { name: string; group: string }][]) {
      const [id, groupId] = [randomUUID(), groupIds.get(group) ?? randomUUID()];
      if (!groupIds.has(group)) {
        await tx.query('insert into client_group (msp_id, id, name) values ($1, $2, $3)', [mspId, groupId, group]);
        await firstGroupPolicy(tx, mspId, groupId);
      }
      groupIds.set(group, groupId);
      await tx.query('insert into client (msp_id, id, group_id, name) values ($1, $2, $3, $4)', [
        mspId,
        id,
        groupId,
        name,
      ]);
      clients[key] = { id, groupId, name };
    }
    for (const [key, { name, role, only }] of Object.entries(draft.people) as [
      Name,
      Draft<Name, Client>['people'][Name],
    ][]) {
      const [id, email] = [randomUUID(), `${key}@${draft.slug}.example`];
      await tx.query(
        'insert into app_user (msp_id, id, email, name, role, all_clients) values ($1, $2, $3, $4, $5, $6)',
        [mspId, id, email, name, role, only === undefined],
      );
      for (const client of only ?? [])
        await tx.query('insert into client_grant (msp_id, user_id, client_id) values ($1, $2, $3)', [
          mspId,
          id,
          clients[client].id,
        ]);
      people[key] = { id, name, email, role, cookie: '' };
    }
  });
  for (const person of Object.values<TestPerson>(people))
    person.cookie = `throughline_session=${await createSignIn(pool, mspId, person.id)}`;
  return { mspId, people, clients };
}
