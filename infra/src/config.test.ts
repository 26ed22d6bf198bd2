import { expect, it } from 'vitest';
import { ConfigError, projectRoot, readConfig } from './config.ts';

it('needs nothing set', () => {
  expect(readConfig({ MEILI_URL: '' })).toMatchObject({
    port: 8080,
    dataDir: `${projectRoot}/.data`,
    temporalNamespace: 'throughline',
    publicUrl: 'http://localhost:8080',
    logLevel: 'info',
  });
});

it('names every mistake at once, and no secret value', () => {
  const env = {
    PORT: '99999',
    DATABASE_URL: 'mysql://root:hunter2@db/x',
    TEMPORAL_ADDRESS: 'http://temporal:7233',
    TEMPORAL_TLS: 'yes',
    MEILI_KEY: 'sesame-open',
    LOG_LEVEL: 'loud',
  };
  let caught: unknown;
  try {
    readConfig(env);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(ConfigError);
  const { problems, message } = caught as ConfigError;
  expect(problems.map((line) => line.split(' ')[0]).sort()).toEqual(
    ['DATABASE_URL', 'LOG_LEVEL', 'MEILI_KEY', 'PORT', 'TEMPORAL_ADDRESS', 'TEMPORAL_TLS'].sort(),
  );
  expect(message).not.toMatch(/hunter2|sesame-open/);
});

it('takes a key only for a server that it can be meant for', () => {
  expect(() => readConfig({ TEMPORAL_API_KEY: 'sesame' })).toThrow('TEMPORAL_API_KEY is set without TEMPORAL_ADDRESS');
  const env = { TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_API_KEY: 'sesame', TEMPORAL_TLS: 'true' };
  expect(readConfig(env)).toMatchObject({ temporalTls: true, temporalApiKey: 'sesame' });
});

it('takes the public address without its last slash', () => {
  expect(readConfig({ PUBLIC_URL: 'https://desk.example/' }).publicUrl).toBe('https://desk.example');
});
