import pg from 'pg';
import { PartFailure } from '../part-failure.ts';
import { CONTACT_MS, whyNoContact } from './contact.ts';

const OLDEST = 16;
/** A server that is just coming up says so; it is given this long. */
const COMING_UP_MS = 20_000;
const OWN = 'without DATABASE_URL, npm start runs a Postgres of its own';
const GOOD_LOGIN =
  'in DATABASE_URL, name a login that owns the database and may create roles ' +
  '(create role desk login createrole password …; create database throughline owner desk)';

/** Makes sure that the server of DATABASE_URL can be used, before anything else is started. Resolves with its version. */
export async function requirePostgres(databaseUrl: string): Promise<string> {
  const place = new URL(databaseUrl).host;
  for (const began = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 250))) {
    const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONTACT_MS });
    client.on('error', () => {}); // an error of the connection also rejects the calls below
    try {
      await client.connect();
      return await suitable(client, place);
    } catch (error) {
      const comingUp = (error as pg.DatabaseError).code === '57P03';
      if (!comingUp || Date.now() - began > COMING_UP_MS) throw failure(error, databaseUrl);
    } finally {
      await client.end();
    }
  }
}

async function suitable(client: pg.Client, place: string): Promise<string> {
  const { rows } = await client.query<{ version: string; number: string; login: string; roles: boolean }>(
    `select current_setting('server_version') as version, current_setting('server_version_num') as number,
       rolname as login, rolsuper or rolcreaterole as roles from pg_roles where rolname = current_user`,
  );
  const [found] = rows;
  if (!found) throw new Error('Postgres does not know who we are.');
  if (Number(found.number) < OLDEST * 10_000) {
    throw new PartFailure(
      'Database',
      `${place} runs Postgres ${found.version}, and Throughline needs ${OLDEST} or newer`,
      `upgrade it, or set DATABASE_URL to a newer one; ${OWN}`,
    );
  }
  if (!found.roles) {
    throw new PartFailure('Database', `the login "${found.login}" may not create roles at ${place}`, GOOD_LOGIN);
  }
  return found.version;
}

/** Never shows the address as it was given: the password is in it. */
function failure(error: unknown, databaseUrl: string): PartFailure {
  if (error instanceof PartFailure) return error;
  const { host, username, pathname } = new URL(databaseUrl);
  const { code, message } = error as pg.DatabaseError;
  const fail = (why: string, whatToDo: string) => new PartFailure('Database', why, whatToDo, { cause: error });
  const silent = message === 'timeout expired' ? `no answer in ${CONTACT_MS / 1_000} s` : whyNoContact(error);
  if (silent) {
    return fail(
      `${host} does not answer (${silent})`,
      `check DATABASE_URL, and that Postgres runs there and lets this machine in; ${OWN}`,
    );
  }
  if (code === '28P01') {
    return fail(
      `${host} does not accept the password of "${decodeURIComponent(username)}"`,
      'correct user and password in DATABASE_URL (signs such as @ : / # must be written %40 %3A %2F %23)',
    );
  }
  if (code === '3D000') {
    const name = decodeURIComponent(pathname.slice(1));
    return fail(`${host} has no database "${name}"`, 'create it, or name another in DATABASE_URL');
  }
  return fail(
    `${host} does not let us in: ${message}`,
    `correct DATABASE_URL (?sslmode=require where the server wants TLS) or what the server allows; ${OWN}`,
  );
}
