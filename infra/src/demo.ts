import { hashPassword } from '@throughline/api/auth/passwords';
import { readEnv } from '@throughline/cli/env';
import { databaseUrl } from '@throughline/cli/local-database';
import { Problem } from '@throughline/cli/problem';
import { type Desk, deskOf, signIn } from '@throughline/e2e/harness/desk';
import { createClientHttp } from '@throughline/e2e/harness/http';
import { allMsps } from '@throughline/store/checkpoint-store';
import { createPool } from '@throughline/store/pool';
import { ensureSetupLink, takeFirstSetup } from '@throughline/store/setup';
import type { Pool } from 'pg';
import { fillPast, layOut } from './demo/fill.ts';
import { ADMIN, DEMO_PASSWORD, MSP, NEIGHBOUR, PEOPLE } from './demo/house.ts';
import { makeNeighbour } from './demo/neighbour.ts';
import { playPresent } from './demo/present.ts';

/** `npm run demo`: fills an EMPTY running installation with people, clients, simulated computers, a past, and a morning's open work. */
async function demo(): Promise<void> {
  const env = readEnv();
  const pool = createPool(databaseUrl(env), { name: 'throughline demo', max: 4, onError: () => undefined });
  const url = `http://127.0.0.1:${process.env.PORT || '8080'}`;
  const say = (line: string) => process.stdout.write(`  ${line}\n`);
  try {
    const token = await emptyInstallation(pool, url);
    say('People, clients and settings…');
    const passwordHash = await hashPassword(DEMO_PASSWORD);
    const { mspId } = await takeFirstSetup(pool, token, {
      mspName: MSP.name,
      slug: MSP.slug,
      timeZone: MSP.timeZone,
      ...ADMIN,
      passwordHash,
    });
    const ada = await signIn(url, ADMIN.email, DEMO_PASSWORD);
    const house = await layOut(ada);
    const [dana, jun, theo, sam] = await Promise.all([
      choosePassword(url, house.setupUrls.dana),
      choosePassword(url, house.setupUrls.jun),
      choosePassword(url, house.setupUrls.theo),
      choosePassword(url, house.setupUrls.sam),
      choosePassword(url, house.setupUrls.mona),
      choosePassword(url, house.setupUrls.friday),
    ]);
    say('The past…');
    const now = new Date();
    const { computers, numbers, world } = await fillPast(pool, mspId, now);
    await makeNeighbour(pool, world, now);
    say('What is open now…');
    const ids = {
      jun: globalUser(house.people.jun.id),
      theo: globalUser(house.people.theo.id),
      sam: globalUser(house.people.sam.id),
    };
    await playPresent({ url, desks: { ada, dana, jun, theo, sam }, ids, computers });
    process.stdout.write(farewell(url, numbers.length, await enrolCommand(ada)));
  } finally {
    await pool.end();
  }
}

/** The token of the first setup; a Problem where somebody lives here already, or where database and api do not belong together. */
async function emptyInstallation(pool: Pool, url: string): Promise<string> {
  const others = await allMsps(pool).catch((cause: unknown) => {
    throw new Problem(
      'The database does not answer. Start Throughline with "npm start" and wait until it says ready.',
      1,
      { cause },
    );
  });
  if (others.length > 0)
    throw new Problem(
      `There is an organisation already (${others.map((msp) => msp.slug).join(', ')}), and the demo fills empty installations only.\n` +
        'Start a second one beside it, with PORT=8090 DATA_DIR=.data/demo npm start, then run the demo with the same two settings.',
    );
  const ready = await fetch(`${url}/readyz`).catch((cause: unknown) => {
    throw new Problem(
      `Nothing answers at ${url}. Start Throughline with "npm start" (and the same PORT), then try again.`,
      1,
      { cause },
    );
  });
  if (ready.status !== 200)
    throw new Problem(`Throughline at ${url} is not ready yet: ${url}/readyz says why. Try again in a moment.`);
  const link = await ensureSetupLink(pool, url);
  const token = link?.url.split('/').at(-1);
  if (token === undefined)
    throw new Problem('Somebody made an organisation in this very moment. The demo fills empty installations only.');
  if ((await fetch(`${url}/auth/setup/${token}`)).status !== 200)
    throw new Problem(
      `What answers at ${url} does not use the database in DATA_DIR. Give PORT and DATA_DIR of one and the same installation.`,
    );
  return token;
}

async function choosePassword(url: string, setupUrl: string): Promise<Desk> {
  const http = createClientHttp(url);
  const answer = await http.post(`/auth${new URL(setupUrl).pathname}`, { password: DEMO_PASSWORD });
  if (answer.status !== 200) throw new Error(`the setup link answered ${answer.status}: ${await answer.text()}`);
  return deskOf(http);
}

async function enrolCommand(ada: Desk): Promise<string> {
  const { clients } = await ada.gql<{ clients: { id: string; name: string }[] }>('{ clients { id name } }');
  const input = { clientId: clients.find((client) => client.name === 'Harbor Dental')?.id, expectedHost: 'LNX-LAB-01' };
  const token = await ada.act<{ command?: string; message?: string }>(
    'createEnrollmentToken',
    'CreateEnrollmentTokenInput',
    input,
    '... on EnrollmentToken { command }',
  );
  return token.command ?? `(none: ${token.message})`;
}

const globalUser = (id: string): string => Buffer.from(`User:${id}`).toString('base64');

function farewell(url: string, past: number, enrol: string): string {
  const row = (name: string, role: string, email: string) => `    ${name.padEnd(19)}${role.padEnd(12)}${email}\n`;
  return `
  The demo is there: ${past} sessions of the past, five open ones, one ticket in triage. Open ${url}

  Sign in with the password "${DEMO_PASSWORD}" as
${row(ADMIN.name, 'admin', ADMIN.email)}${Object.values(PEOPLE)
    .map((person) => row(person.name, person.role, person.email))
    .join('')}  and, of the neighbour ${NEIGHBOUR.msp.name}:
${row(NEIGHBOUR.admin.name, NEIGHBOUR.admin.role, NEIGHBOUR.admin.email)}${row(NEIGHBOUR.technician.name, NEIGHBOUR.technician.role, NEIGHBOUR.technician.email)}
  Its computers are simulated endpoints, and the record says so. For a real one, within 15 minutes, on this machine:
    ${enrol}

  Two organisations live here, so the command line wants to know which: npm run cli -- export --org northgate --session 1847 --out record.json
  The record verifies: npm run cli -- verify-database --all

`;
}

demo().catch((error: unknown) => {
  if (error instanceof Problem) process.stderr.write(`\n${error.message}\n\n`);
  else
    process.stderr.write(
      `\nThe demo stopped half way: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  process.exitCode = 1;
});
