// `npm test`: installs what is missing, runs the checks and every test, and ends with "N passed, N failed, N skipped".
// `npm test -- unit int` runs only these vitest projects; the word `checks` stands for the checks.
import { join } from 'node:path';
import { ensureInstalled, root, run } from './lib/install.mjs';

const PROJECTS = ['unit', 'web', 'workflow', 'int', 'e2e'];
/** e2e by itself at the end: it starts whole products, and two cores are soon full. */
const ROUNDS = [['unit', 'web', 'workflow', 'int'], ['e2e']];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => ![...PROJECTS, 'checks'].includes(name));
if (unknown.length > 0) {
  console.error(`No such project: ${unknown.join(', ')}. There are: checks, ${PROJECTS.join(', ')}.`);
  process.exit(2);
}
const wanted = (name) => asked.length === 0 || asked.includes(name);

await ensureInstalled();
const { clearResults, resultsFolder, testResults } = await import('./lib/results.mjs');
clearResults();
const count = { passed: 0, failed: 0, skipped: 0 };
let ran = 0;

if (wanted('checks') || wanted('web') || wanted('e2e')) {
  const code = await run(process.execPath, [join(root, 'scripts/codegen.mjs')]);
  if (code !== 0) console.error('The GraphQL documents of the web app could not be generated (see above).');
}
if (wanted('checks')) {
  const { runChecks } = await import('./lib/checks.mjs');
  for (const check of await runChecks()) count[check.passed ? 'passed' : 'failed'] += 1;
}

let broken = 0;
for (const round of ROUNDS) {
  const projects = round.filter(wanted);
  if (projects.length === 0) continue;
  const report = join(resultsFolder, `vitest-${projects.join('-')}.json`);
  const code = await run(process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...projects.flatMap((name) => ['--project', name]),
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  if (code !== 0) broken += 1;
}
for (const test of testResults()) {
  count[test.status] += 1;
  if (test.status !== 'skipped') ran += 1;
}
// Vitest may fail without a failed test (a crash, an unhandled error, a set-up that did not start): still a failure.
if (broken > 0 && !testResults().some((test) => test.status === 'failed')) count.failed += broken;
const onlyChecks = asked.length > 0 && asked.every((name) => name === 'checks');
if (ran === 0 && !onlyChecks) {
  console.error('Not a single test ran: that is a failure too.');
  process.exitCode = 1;
}
if (count.failed > 0) process.exitCode = 1;
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
