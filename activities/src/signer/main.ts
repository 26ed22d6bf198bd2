import { join } from 'node:path';
import { commandKey } from '@throughline/store/command-key';
import { keysFolder } from '@throughline/store/keys';
import { createPool } from '@throughline/store/pool';
import { watchParent } from '@throughline/store/watch-parent';
import { pino } from 'pino';
import { type Env, readEnv } from './env.ts';
import { signerSocket } from './protocol.ts';
import { startSigner } from './signer-server.ts';

/** The signer process: it alone reads the command key, and signs only what it has looked at itself. */
async function main(env: Env): Promise<void> {
  const log = pino({ level: env.LOG_LEVEL, base: { part: 'signer' } });
  const pool = createPool(env.DATABASE_URL, {
    name: 'throughline signer',
    max: 4,
    onError: (err) => log.warn({ err }, 'a database connection was lost; the pool opens another'),
  });
  const { privateKey } = await commandKey(
    env.COMMAND_KEY_FILE ?? join(await keysFolder(env.DATA_DIR), 'command-signing.pem'),
  );
  const path = env.SIGNER_SOCKET ?? signerSocket(env.DATA_DIR);
  const mode = env.SIGNER_SOCKET_MODE === '660' ? 0o660 : 0o600;
  const signer = await startSigner({ pool, privateKey, log }, path, { mode });
  log.info('signer ready');

  let stopping: Promise<void> | undefined;
  const stop = () => void (stopping ??= signer.stop().then(() => pool.end()));
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  watchParent(env.THROUGHLINE_SUPERVISED === '1', stop);
}

main(readEnv()).catch((error: unknown) => {
  pino({ base: { part: 'signer' } }).fatal({ err: error }, 'the signer could not go on');
  process.exitCode = 1;
  setTimeout(() => process.exit(1), 200);
});
