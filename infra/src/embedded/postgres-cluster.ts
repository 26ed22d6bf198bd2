import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canEnter, type PostgresAccount } from './postgres-account.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { diskFull, saysDiskIsFull } from '../disk.ts';
import { PartFailure } from '../part-failure.ts';
import { writeWhole } from '../write-whole.ts';

/** A Postgres data folder on disk, ready to be started. */
export interface Cluster {
  /** The folder Postgres calls PGDATA. */
  folder: string;
  superuserPassword: string;
}

/**
 * Makes sure a cluster exists for `dataDir`: finds or creates it, and refuses one written by a newer Postgres.
 * The superuser's password lies in `dataDir/secrets`, readable by us alone.
 */
export async function prepareCluster(
  dataDir: string,
  binaries: PostgresBinaries,
  account: PostgresAccount | null,
  durable: boolean,
): Promise<Cluster> {
  const home = clusterHome(dataDir, account, durable);
  const folder = join(home, 'cluster');
  const secretFile = join(dataDir, 'secrets/superuser-password');
  if (existsSync(join(folder, 'PG_VERSION'))) {
    refuseOtherVersion(folder, binaries.major);
    return { folder, superuserPassword: readPassword(secretFile, folder) };
  }
  const superuserPassword = existsSync(secretFile)
    ? readPassword(secretFile, folder)
    : newPassword(secretFile, dataDir);
  await createCluster(home, folder, superuserPassword, binaries, account, durable);
  return { folder, superuserPassword };
}

/** `dataDir` itself where Postgres' account can enter it, else a place outside, remembered in `dataDir/LOCATION`. */
function clusterHome(dataDir: string, account: PostgresAccount | null, durable: boolean): string {
  mkdirSync(dataDir, { recursive: true });
  if (account === null) return dataDir;
  chmodSync(dataDir, 0o711); // ours to open; the secrets in it keep their own 0700
  const location = join(dataDir, 'LOCATION');
  if (existsSync(location)) return readFileSync(location, 'utf8').trim();
  if (canEnter(account, dataDir)) return dataDir;
  if (existsSync(join(dataDir, 'cluster/PG_VERSION'))) {
    // Starting empty elsewhere would look like lost data.
    throw new PartFailure(
      'Postgres',
      `its data is in ${dataDir}, which the user "${account.name}" could enter once and cannot any more`,
      'open the folders above it to others again (chmod o+x), or move the data and set DATA_DIR',
    );
  }

  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  // A temporary folder may be emptied at the next boot, so it is good enough for throw-away data only.
  const bases = durable ? ['/var/lib/throughline'] : [join(tmpdir(), 'throughline-data'), '/var/lib/throughline'];
  for (const base of bases) {
    const home = join(base, name);
    try {
      mkdirSync(home, { recursive: true, mode: 0o711 });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') continue;
      throw error;
    }
    if (!canEnter(account, home)) continue;
    writeWhole(location, `${home}\n`, 0o644);
    return home;
  }
  throw new PartFailure(
    'Postgres',
    `it must not run as root, and the user "${account.name}" cannot enter ${dataDir} (a folder above it is closed to others)`,
    'set DATA_DIR to a folder every user may enter, for example DATA_DIR=/srv/throughline, or start as a normal user',
  );
}

function refuseOtherVersion(folder: string, major: number): void {
  const found = Number(readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim());
  if (found === major) return;
  if (found > major) {
    throw new PartFailure(
      'Postgres',
      `the data in ${folder} was written by Postgres ${found}; this version of Throughline ships Postgres ${major}`,
      'start the newer Throughline that wrote it, or set DATA_DIR to another folder',
    );
  }
  throw new PartFailure(
    'Postgres',
    `the data in ${folder} was written by Postgres ${found}; this version of Throughline ships Postgres ${major}`,
    'start the older Throughline that wrote it, take the data out with pg_dump (docs/OPERATIONS.md, Backup), and restore it here',
  );
}

function readPassword(file: string, cluster: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new PartFailure(
      'Postgres',
      `the data in ${cluster} is there, but its password file ${file} cannot be read`,
      `bring ${file} back from your backup, or move the data folder away to start empty`,
      { cause: error },
    );
  }
}

function newPassword(file: string, dataDir: string): string {
  mkdirSync(join(dataDir, 'secrets'), { recursive: true, mode: 0o700 });
  const password = randomBytes(24).toString('base64url');
  writeWhole(file, `${password}\n`); // half a password would lock us out for ever
  return password;
}

/** Built beside its final place and then renamed, so that an interrupted first start leaves nothing half made. */
async function createCluster(
  home: string,
  folder: string,
  password: string,
  binaries: PostgresBinaries,
  account: PostgresAccount | null,
  durable: boolean,
): Promise<void> {
  // What a first start left that was killed: nobody else builds here, see takeOver.
  for (const name of readdirSync(home)) {
    if (name.startsWith('initdb-')) rmSync(join(home, name), { recursive: true, force: true });
  }
  const workshop = mkdtempSync(join(home, 'initdb-'));
  try {
    const passwordFile = join(workshop, 'password');
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    if (account) for (const path of [workshop, passwordFile]) chownSync(path, account.uid, account.gid);
    const args = ['-D', join(workshop, 'cluster'), '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
    // Postgres' own C.UTF-8: no dependence on which locales this machine has, today or after an upgrade.
    args.push('-E', 'UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
    if (!durable) args.push('--no-sync');
    await initdb(binaries.initdb, args, account, home);
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(workshop, 'cluster'), folder);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

function initdb(program: string, args: string[], account: PostgresAccount | null, folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const child = spawn(program, args, { cwd: '/', uid: account?.uid, gid: account?.gid, env: { LC_ALL: 'C' } });
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) return resolve();
      if (saysDiskIsFull(said)) return reject(diskFull('Postgres', folder, new Error(said)));
      const todo = 'read the lines above, then start again';
      reject(new PartFailure('Postgres', `its data folder could not be made:\n${indent(said)}`, todo));
    });
  });
}

function indent(text: string): string {
  return text
    .trim()
    .split('\n')
    .slice(-12)
    .map((line) => `    ${line}`)
    .join('\n');
}
