import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const optional = z
  .string()
  .optional()
  .transform((text) => (text === '' ? undefined : text));

const zEnv = z
  .object({
    DATABASE_URL: optional,
    DATA_DIR: optional,
    PUBLIC_URL: optional,
    PORT: optional,
    INIT_CWD: optional,
  })
  .transform((env) => ({
    databaseUrl: env.DATABASE_URL,
    /** Absolute; the same folder `npm start` takes. */
    dataDir: resolve(root, env.DATA_DIR ?? '.data'),
    publicUrl: (env.PUBLIC_URL ?? `http://localhost:${env.PORT ?? '8080'}`).replace(/\/+$/, ''),
    /** Where the person stood when they typed the command: npm changes the folder before we start. */
    folder: env.INIT_CWD ?? process.cwd(),
  }));
export type Env = z.infer<typeof zEnv>;

/** The command line's settings. None is needed on the machine where `npm start` runs. */
export const readEnv = (source: NodeJS.ProcessEnv = process.env): Env => zEnv.parse(source);
