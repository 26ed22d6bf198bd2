/** Our workspaces by the folder they resolve to. */
const ours = '^(domain|store|workflows|activities|api|web|agent|cli|infra|bench|e2e)/';
const test = '\\.(test|int\\.test|wf\\.test|e2e\\.test)\\.ts$|/testing/';

/** One rule: files under `from` may import of ours only what `allowed` names (and their own folder). */
const only = (from, allowed, why) => ({
  name: `${from}-imports`,
  comment: why,
  severity: 'error',
  from: { path: `^${from}/src/`, pathNot: test },
  to: { path: ours, pathNot: [`^${from}/`, ...allowed] },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    only('domain', [], 'The domain is pure: it must run in the browser, the workflow sandbox and the endpoint alike.'),
    only('store', ['^domain/'], 'Postgres code knows the domain and nothing above it.'),
    only('workflows', ['^domain/'], 'Workflow code is replayed: whatever it imports must be deterministic.'),
    only('activities', ['^domain/', '^store/', '^workflows/'], 'Activities do what workflows ask, with the store.'),
    only(
      'api',
      ['^domain/', '^store/', '^workflows/src/(messages|patience)\\.ts$'],
      'The api sends messages to workflows; it never runs them, and never the activities that get orders signed.',
    ),
    only('web', ['^domain/'], 'The browser gets the domain’s types and the printed schema, no server code.'),
    only('agent', ['^domain/'], 'The agent installs alone on customers’ machines.'),
    only('cli', ['^domain/', '^store/'], 'The operator’s command line works while api and worker are down.'),
    {
      name: 'command-key-of-the-signer-alone',
      comment: 'Whatever else could read the key could sign without being asked what for. The prepare job makes it.',
      severity: 'error',
      from: { path: ours, pathNot: `^activities/src/signer/main\\.ts$|^infra/src/prepare\\.ts$|${test}` },
      to: { path: '^store/src/command-key\\.ts$' },
    },
    {
      name: 'signer-by-its-socket',
      comment: 'The others talk to the signer; they never run its code in their own process.',
      severity: 'error',
      from: { path: ours, pathNot: `^activities/src/signer/|${test}` },
      to: { path: '^activities/src/signer/', pathNot: '^activities/src/signer/(protocol|signer-client)\\.ts$' },
    },
    {
      name: 'small-signer',
      comment: 'What runs beside the key is kept small: no Temporal, no workflows, no other activities.',
      severity: 'error',
      from: { path: '^activities/src/signer/', pathNot: test },
      to: { path: `${ours}|@temporalio`, pathNot: '^(domain|store)/|^activities/src/(signer/|envelope-signer\\.ts$)' },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or hide a third.',
      severity: 'error',
      // A cycle made only of types is gone at run time, yet as hard to read: not allowed either.
      from: { path: ours },
      to: { circular: true },
    },
    {
      name: 'pure-code-without-node',
      comment: 'domain and workflows run where Node’s modules do not exist or are not deterministic.',
      severity: 'error',
      from: { path: '^(domain|workflows)/src/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'web-without-node',
      comment: 'There is no Node in a browser.',
      severity: 'error',
      from: { path: '^web/src/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-tests-in-programs',
      comment: 'Test helpers have no place in what customers run.',
      severity: 'error',
      from: { path: ours, pathNot: `${test}|^(e2e|bench)/|^infra/src/demo` },
      to: { path: test },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere also escapes every rule above.',
      severity: 'error',
      from: { path: ours },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules|dist|generated)/|\\?(url|raw|worker)' },
    tsPreCompilationDeps: true, // types count: they tie packages together just the same
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mts', '.vue', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
