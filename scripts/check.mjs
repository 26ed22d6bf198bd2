// `npm run check`: types, eslint, prettier and import rules.
import { ensureInstalled, root, run } from './lib/install.mjs';
import { join } from 'node:path';

await ensureInstalled();
const { runChecks } = await import('./lib/checks.mjs');
await run(process.execPath, [join(root, 'scripts/codegen.mjs')]); // the web app's types are generated
const results = await runChecks();
const failed = results.filter((check) => !check.passed).length;
console.log(`${results.length - failed} checks passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
