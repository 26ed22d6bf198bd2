import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The project's root folder. */
export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const address = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `must be an address such as ${example}` });

/** An empty variable means the same as an absent one: compose files and shells make them easily. */
const schema = z
  .object({
    PORT: z.coerce
      .number('must be a number')
      .int()
      .min(1, 'must be 1 to 65535')
      .max(65_535, 'must be 1 to 65535')
      .default(8080),
    DATA_DIR: z.string().default('.data'),
    DATABASE_URL: address(/^postgres(ql)?$/, 'postgres://user:password@host:5432/throughline').optional(),
    TEMPORAL_ADDRESS: z
      .string()
      .regex(/^[^\s:/]+:\d+$/, 'must be host:port, as in temporal.example:7233')
      .optional(),
    TEMPORAL_NAMESPACE: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,99}$/, 'must be letters, digits, dots and dashes')
      .default('throughline'),
    TEMPORAL_TLS: z.enum(['true', 'false'], 'must be true or false').default('false'),
    TEMPORAL_API_KEY: z.string().optional(),
    MEILI_URL: address(/^https?$/, 'http://127.0.0.1:7700').optional(),
    MEILI_KEY: z.string().optional(),
    PUBLIC_URL: address(/^https?$/, 'https://desk.example').optional(),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  })
  .refine((env) => !env.MEILI_KEY || env.MEILI_URL, {
    path: ['MEILI_KEY'],
    message: 'is set without MEILI_URL',
    when: () => true, // also when another variable is wrong: all mistakes at once
  })
  .refine((env) => !env.TEMPORAL_API_KEY || env.TEMPORAL_ADDRESS, {
    path: ['TEMPORAL_API_KEY'],
    message: 'is set without TEMPORAL_ADDRESS',
    when: () => true,
  });

/** Settings of `npm start`, checked. */
export interface StartConfig {
  port: number;
  /** Absolute. */
  dataDir: string;
  databaseUrl?: string;
  temporalAddress?: string;
  temporalNamespace: string;
  /** Of a server at `temporalAddress`. */
  temporalTls: boolean;
  temporalApiKey?: string;
  meiliUrl?: string;
  meiliKey?: string;
  /** Without a slash at its end. */
  publicUrl: string;
  logLevel: string;
}

/** Reads the environment; throws one {@link ConfigError} that names every mistake. */
export function readConfig(env: NodeJS.ProcessEnv): StartConfig {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(present);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`));
  }
  const value = parsed.data;
  return {
    port: value.PORT,
    dataDir: resolve(projectRoot, value.DATA_DIR),
    databaseUrl: value.DATABASE_URL,
    temporalAddress: value.TEMPORAL_ADDRESS,
    temporalNamespace: value.TEMPORAL_NAMESPACE,
    temporalTls: value.TEMPORAL_TLS === 'true',
    temporalApiKey: value.TEMPORAL_API_KEY,
    meiliUrl: value.MEILI_URL,
    meiliKey: value.MEILI_KEY,
    publicUrl: (value.PUBLIC_URL ?? `http://localhost:${value.PORT}`).replace(/\/+$/, ''),
    logLevel: value.LOG_LEVEL,
  };
}

/** The environment does not make sense; `problems` has one line for each variable at fault, without its value. */
export class ConfigError extends Error {
  readonly problems: string[];

  constructor(problems: string[]) {
    super(
      `The environment has ${problems.length === 1 ? 'a mistake' : 'mistakes'}:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
