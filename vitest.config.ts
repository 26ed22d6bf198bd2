import { createRequire } from 'node:module';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

/** Everything that is not our source. */
const never = ['**/node_modules/**', '**/dist/**', '**/.data/**'];
const services = './infra/src/testing/global-setup.ts';

/** Vite would load graphql's .mjs build beside the CommonJS one that Pothos and Yoga load: two realms that refuse each other's schema. */
const oneGraphql = { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] };

/**
 * Five projects, from pure to whole-product: unit, web, workflow, int, e2e. Pool `forks` everywhere: Temporal's native
 * core does not survive worker threads. Run some of them with `npm test -- unit web`.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        resolve: oneGraphql,
        test: {
          name: 'unit',
          include: ['*/src/**/*.test.ts'],
          exclude: [...never, 'web/**', '**/*.int.test.ts', '**/*.wf.test.ts', '**/*.e2e.test.ts'],
          pool: 'forks',
        },
      },
      {
        plugins: [vue({ template: { compilerOptions: { whitespace: 'preserve' } } })],
        test: {
          name: 'web',
          include: ['web/src/**/*.test.ts'],
          exclude: never,
          environment: 'happy-dom',
          setupFiles: './web/src/testing/no-socket.ts',
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'workflow',
          include: ['workflows/src/**/*.wf.test.ts'],
          exclude: never,
          globalSetup: services,
          pool: 'forks',
          // One Temporal server: files side by side would only slow each other down and blur timings.
          fileParallelism: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: oneGraphql,
        test: {
          name: 'int',
          include: ['*/src/**/*.int.test.ts'],
          exclude: never,
          globalSetup: services,
          pool: 'forks',
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/src/**/*.e2e.test.ts'],
          exclude: never,
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
