import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';
import vueParser from 'vue-eslint-parser';

const tests = ['**/*.test.ts', '**/testing/**', 'e2e/**', 'bench/**'];

/** Settings enter in one module per process, checked; everywhere else they are arguments. */
const noEnvironment = {
  object: 'process',
  property: 'env',
  message: 'Read the environment in env.ts only, parse it with zod, and pass settings on as arguments.',
};

const layoutIsPrettiers = Object.fromEntries(
  Object.entries(vue.rules)
    .filter(([, rule]) => rule.meta.type === 'layout')
    .map(([name]) => [`vue/${name}`, 'off']),
);

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '**/dist/**',
      '**/.data/**',
      '**/generated/**',
      '.test-results/**',
      'workflows/histories/**',
      'web/dev/**',
    ],
  },
  { files: ['**/*.{ts,mjs,js,cjs,vue}'], extends: [tseslint.configs.recommended] },
  {
    files: ['**/*.{ts,vue}'],
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',
      'no-restricted-properties': ['error', noEnvironment],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-control-regex': 'error', // a control character in a pattern is meant or a slip: say which
      'no-fallthrough': 'error',
      'no-unsafe-finally': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    // A promise nobody waits for is an error nobody sees. Needs types, so it is kept to where it matters: our processes.
    files: ['*/src/**/*.ts'],
    ignores: ['web/**', '**/*.d.ts', ...tests],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: { '@typescript-eslint/no-floating-promises': 'error' },
  },
  { files: ['web/**/*.vue'], extends: [vue.configs['flat/recommended']] },
  {
    files: ['web/**/*.vue'],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser, sourceType: 'module' } },
    rules: {
      ...layoutIsPrettiers,
      'vue/attributes-order': 'off',
      'vue/require-default-prop': 'off', // optional props are typed as such
    },
  },
  {
    files: ['**/env.ts', 'infra/**', 'scripts/**', '*.config.ts', 'web/vite.config.ts', ...tests],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // These hand the endpoint's own environment to the commands they run; to them it is data, not settings.
    files: ['agent/src/shells.ts', 'agent/src/as-account.ts', 'agent/src/runner/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  // Runs before anything is known about the browser, so it is written for the oldest.
  { files: ['web/public/**/*.js'], rules: { 'no-var': 'off' } },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
