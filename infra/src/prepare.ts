import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { commandKey, sealingKey } from '@throughline/store/keys';
import { migrate } from '@throughline/store/migrate';
import { z } from 'zod';

/**
 * The one-shot job before api and worker start in containers: migrates the database and makes the keys they share.
 * Safe to run again and again.
 */
const schema = z.object({
  /** A login that may create roles. */
  DATABASE_ADMIN_URL: z.string('is needed: postgres://user:password@host:5432/throughline').min(1),
  /** Becomes the password of the login `throughline_app`. */
  APP_DB_PASSWORD: z.string('is needed').min(16, 'must have at least 16 characters'),
  DATA_DIR: z.string('is needed: the folder whose keys/ api and worker share').min(1),
});

const parsed = schema.safeParse(process.env);
if (!parsed.success) {
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`);
  process.stderr.write(`prepare: the environment is incomplete:\n${faults.join('\n')}\n`);
  process.exit(1);
}
const { DATABASE_ADMIN_URL, APP_DB_PASSWORD, DATA_DIR } = parsed.data;

const keys = join(DATA_DIR, 'keys');
mkdirSync(keys, { recursive: true });
await sealingKey(keys);
chmodSync(join(keys, 'sealing.key'), 0o640); // the api runs as another user of the same group
await commandKey(join(keys, 'command-signing.pem')); // stays 0600: the worker's user alone
chmodSync(join(keys, 'command-signing.pub'), 0o644);

const { applied } = await migrate({ adminUrl: DATABASE_ADMIN_URL, appPassword: APP_DB_PASSWORD });
process.stdout.write(applied.length > 0 ? `prepare: applied ${applied.join(', ')}\n` : 'prepare: nothing to migrate\n');
