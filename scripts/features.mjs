// `npm run features`: which of the product's features have a passing test. Titles carry ids: it('F026 keeps every byte …').
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/install.mjs';
import { testResults } from './lib/results.mjs';

const features = JSON.parse(readFileSync(join(root, 'docs/features.json'), 'utf8'));
const results = testResults();
if (results.length === 0) console.log('No results of a test run found; run "npm test" first.');
const idsOf = (status) =>
  new Set(results.filter((test) => test.status === status).flatMap((test) => test.title.match(/\bF\d{3}\b/g) ?? []));
const passed = idsOf('passed');
const failed = idsOf('failed');
const without = features.filter((feature) => !passed.has(feature.id));
for (const feature of without) {
  console.log(
    `${feature.id}  ${feature.priority}  ${feature.title}${failed.has(feature.id) ? '  (its test fails)' : ''}`,
  );
}
const known = new Set(features.map((feature) => feature.id));
const strays = [...passed].filter((id) => !known.has(id));
if (strays.length > 0) console.log(`Named by tests, but no such feature: ${strays.join(', ')}`);
console.log(
  `${features.length - without.length} of ${features.length} features have a passing test, ${without.length} do not.`,
);
