// Where a test run leaves its results, for the summary line and for `npm run features`.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

export const resultsFolder = join(root, '.test-results');

/** Empties the folder, so that no result of an earlier run is counted. */
export function clearResults() {
  rmSync(resultsFolder, { recursive: true, force: true });
  mkdirSync(resultsFolder, { recursive: true });
}

/** Every test of the last run: {title, status: 'passed' | 'failed' | 'skipped', file}. */
export function testResults() {
  if (!existsSync(resultsFolder)) return [];
  return readdirSync(resultsFolder)
    .filter((name) => name.startsWith('vitest-') && name.endsWith('.json'))
    .flatMap((name) => JSON.parse(readFileSync(join(resultsFolder, name), 'utf8')).testResults)
    .flatMap((file) => {
      const tests = file.assertionResults.map((test) => ({
        title: test.fullName,
        status: test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped',
        file: file.name,
      }));
      // A file that broke before its tests, or in a hook around them, is one failure of its own.
      if (file.status === 'failed' && !tests.some((test) => test.status === 'failed')) {
        tests.push({ title: `${file.name} as a whole: ${file.message ?? ''}`, status: 'failed', file: file.name });
      }
      return tests;
    });
}
