import { isDomainError } from '@throughline/domain/errors';
import { enrollToken } from './commands/enroll-token.ts';
import { exportRecord } from './commands/export.ts';
import { reindex } from './commands/reindex.ts';
import { release } from './commands/release.ts';
import { newReleaseKey, signRelease } from './commands/sign-release.ts';
import { user } from './commands/user.ts';
import { verifyDatabase } from './commands/verify-database.ts';
import { verify } from './commands/verify.ts';
import { type Env, readEnv } from './env.ts';
import { Problem } from './problem.ts';

const COMMANDS: Record<string, (args: string[], env: Env) => Promise<number>> = {
  verify,
  'verify-database': verifyDatabase,
  export: exportRecord,
  'enroll-token': enrollToken,
  user,
  reindex,
  'new-release-key': newReleaseKey,
  'sign-release': signRelease,
  release,
};

const HELP = `Throughline's command line

  verify FILE [--trust SHA256]… [--json]       check an exported record, offline
  verify-database --session NUMBER | --all     check what the database holds  [--checkpoints FILE]
  export --session NUMBER --out FILE           write a session's whole record to a file
  enroll-token --client NAME [--host NAME]     a one-time token for a new computer
  user add --name NAME --email ADDRESS --role ROLE
  user list
  reindex                                      build the search index again
  new-release-key --out FILE                   the keys by which runtimes believe updates
  sign-release --key FILE --program FILE       describe and sign an executable  [--not-before TIME]
  release key FILE                             whose signature "release add" asks for
  release add DESCRIPTION PROGRAM              keep a signed release, to be offered
  release offer VERSION --client NAME | --endpoint NAME | --percent N
  release stop VERSION                         offer it to nobody any more
  release remove VERSION                       give its room back; nobody may be offered it
  release list                                 what there is, to whom it is offered, how far they are

verify and verify-database end with 0 valid, 1 altered, 2 incomplete, 3 unknown key, 4 malformed or unreadable.
With several organisations, say which: --org SLUG. On the machine where "npm start" runs, no settings are needed;
elsewhere set DATABASE_URL.
`;

process.exitCode = await run(process.argv.slice(2));

async function run([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(HELP);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  // `verify` and its like must not fail with a code that means something else.
  const failed = name.startsWith('verify') ? 4 : 1;
  try {
    if (command === undefined) throw new Problem(`There is no command "${name}". "npm run cli -- help" lists them.`);
    return await command(args, readEnv());
  } catch (error) {
    if (error instanceof Problem) return say(error.message, name.startsWith('verify') ? 4 : error.exitCode);
    if (isDomainError(error)) return say(error.message, failed);
    if ((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS'))
      return say(`${(error as Error).message}\n"npm run cli -- help" lists what there is.`, failed);
    process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
    return failed;
  }
}

function say(message: string, code: number): number {
  process.stderr.write(`${message}\n`);
  return code;
}
