import { migrate } from '@throughline/store/migrate';
import { keptSecret } from './data-folder.ts';
import { diskFull, hasNoSpace, saysDiskIsFull } from './disk.ts';
import { startPostgres, type RunningPostgres } from './embedded/postgres.ts';
import { PartFailure } from './part-failure.ts';
import { seconds, type StackContext } from './stack-context.ts';

/** The database, ours or the one of DATABASE_URL, migrated; resolves with the address of the product's own login. */
export async function database(context: StackContext): Promise<string> {
  const own = context.config.databaseUrl ? null : await ownPostgres(context);
  const adminUrl = context.config.databaseUrl ?? own?.adminUrl ?? '';
  const appPassword = keptSecret(context.folder, 'app-db-password');
  try {
    const { applied } = await migrate({ adminUrl, appPassword });
    if (applied.length > 0) context.say('postgres', `${applied.length} migrations applied`);
  } catch (error) {
    throw migrationFailure(error, own);
  }
  const url = new URL(adminUrl);
  url.username = 'throughline_app';
  url.password = appPassword;
  return url.toString();
}

async function ownPostgres({ folder, processes, say, onStop }: StackContext): Promise<RunningPostgres> {
  const began = Date.now();
  let said = (): string => '';
  const postgres = await startPostgres({
    dataDir: folder.postgres,
    database: 'throughline',
    restart: true,
    onStart: (pid) => processes.add('postgres', pid, 'SIGINT'),
    onUnexpectedEnd: (end, againInMs) => {
      if (againInMs === null) return;
      const full = hasNoSpace(folder.postgres) || saysDiskIsFull(said().slice(-4_000));
      say('postgres', `${end}${full ? ' because the disk is full' : ''}; starting it again`);
    },
  });
  said = postgres.said;
  onStop(() => postgres.stop());
  say('postgres', `answers after ${seconds(began)}`);
  return postgres;
}

function migrationFailure(error: unknown, own: RunningPostgres | null): PartFailure {
  // A server that dies of a full disk drops the connection without a word, and tells its log.
  if (own && (saysDiskIsFull(error) || saysDiskIsFull(own.said()))) return diskFull('Database', own.folder, error);
  if (saysDiskIsFull(error)) {
    const todo = 'free some space there, then start again; what was migrated so far is whole';
    return new PartFailure('Database', 'the disk is full on the server of DATABASE_URL', todo, { cause: error });
  }
  const { message, cause } = error as Error;
  const more = cause instanceof Error && cause.message && !message.includes(cause.message) ? ` (${cause.message})` : '';
  const todo = /newer Throughline/.test(message)
    ? 'start that newer version, or use another database (DATA_DIR, or DATABASE_URL where you set it)'
    : 'see the message; the data is untouched, every migration is one transaction';
  return new PartFailure('Database', `${message}${more}`, todo, { cause: error });
}
