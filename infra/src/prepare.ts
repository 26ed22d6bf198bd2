import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandKey } from '@throughline/store/command-key';
import { sealingKey } from '@throughline/store/keys';
import { migrate } from '@throughline/store/migrate';
import { z } from 'zod';

/**
 * The one-shot job before signer, worker and api start in containers: migrates the database and makes the keys.
 * Safe to run again and again.
 */
const schema = z.object({
  /** A login that may create roles. */
  DATABASE_ADMIN_URL: z.string('is needed: postgres://user:password@host:5432/throughline').min(1),
  /** Becomes the password of the login `throughline_app`. */
  APP_DB_PASSWORD: z.string('is needed').min(16, 'must have at least 16 characters'),
  DATA_DIR: z.string('is needed: the folder whose keys/ api and worker share').min(1),
  /** Where only the signer can read it; the public half is put into keys/ for the api. `-`: the signer makes its key itself. */
  COMMAND_KEY_FILE: z
    .string()
    .regex(/^-$|\.pem$/, 'must end with .pem, or be - where the signer makes its key')
    .optional(),
});

const parsed = schema.safeParse(process.env);
if (!parsed.success) {
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`);
  process.stderr.write(`prepare: the environment is incomplete:\n${faults.join('\n')}\n`);
  process.exit(1);
}
const { DATABASE_ADMIN_URL, APP_DB_PASSWORD, DATA_DIR, COMMAND_KEY_FILE } = parsed.data;

const keys = join(DATA_DIR, 'keys');
mkdirSync(keys, { recursive: true });
await sealingKey(keys);
chmodSync(join(keys, 'sealing.key'), 0o640); // the api runs as another user of the same group
if (COMMAND_KEY_FILE !== '-') await prepareCommandKey(COMMAND_KEY_FILE);

const { applied } = await migrate({ adminUrl: DATABASE_ADMIN_URL, appPassword: APP_DB_PASSWORD });
process.stdout.write(applied.length > 0 ? `prepare: applied ${applied.join(', ')}\n` : 'prepare: nothing to migrate\n');

/** An installation from before the signer has its key where worker and api have theirs: endpoints know this key, so it moves. */
async function prepareCommandKey(apart: string | undefined): Promise<void> {
  const old = join(keys, 'command-signing.pem');
  const file = apart ?? old;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const moves = file !== old && existsSync(old) && !existsSync(file);
  if (moves) copyFileSync(old, file);
  await commandKey(file); // 0600: the signer's alone
  if (moves) rmSync(old);
  const publicKey = join(keys, 'command-signing.pub');
  if (file !== old) copyFileSync(file.replace(/\.pem$/, '.pub'), publicKey);
  chmodSync(publicKey, 0o644);
}
