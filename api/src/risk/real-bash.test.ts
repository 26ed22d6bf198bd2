import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { oddScript } from '../testing/odd-scripts.ts';
import { type RiskAssessor, createRiskAssessor } from './risk-parser.ts';

/*
 * The rules read a grammar's tree, and a shell reads the script itself. Here a real bash runs what the rules let pass, with every command
 * played, and must call nothing that they would not have let pass.
 */
/* More of them: `RISK_SEED=7 RISK_SCRIPTS=100000 npx vitest run api/src/risk/real-bash.test.ts`. */
const SEED = Number(process.env['RISK_SEED'] ?? 20_261_127);
const SCRIPTS = Number(process.env['RISK_SCRIPTS'] ?? 4_000);

let assessor: RiskAssessor;
const folder = mkdtempSync(join(tmpdir(), 'throughline-real-bash-'));
beforeAll(async () => {
  assessor = await createRiskAssessor();
});
afterAll(() => rmSync(folder, { recursive: true }));

const HIT = join(folder, 'hit');
const PLAYED = `
evil() { builtin echo x >>"$HIT"; builtin echo evil; }
find() { local a; for a in "$@"; do [ "$a" = -delete ] && builtin echo x >>"$HIT"; done; }
cat() { while IFS= builtin read -r l; do builtin echo "$l"; done; }
ls() { builtin echo a; }
grep() { :; }
head() { :; }
x=q
`;

/** Whether a real bash calls what must not be called, or writes a file. No program can be found, and all output is thrown away. */
function runsEvil(script: string): boolean {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  spawnSync('/bin/bash', ['--norc', '-c', `${PLAYED}\n${script}\nwait`], {
    cwd: folder,
    env: { PATH: '/nonexistent', HIT },
    stdio: 'ignore',
    timeout: 5_000,
  });
  return readdirSync(folder).length > 0;
}

it('the played bash calls what it is told to', () => {
  expect(['evil', 'ls >f', 'find /srv 2>&- -delete', 'echo "$(evil)"'].map(runsEvil)).toEqual([true, true, true, true]);
  expect(['ls', "echo '$(evil)'", 'find /srv -name -deleted'].map(runsEvil)).toEqual([false, false, false]);
});

it('F045 S4 nothing that a real bash runs passes as reading because the grammar reads it otherwise', () => {
  const scripts = [...new Set(fc.sample(oddScript, { seed: SEED, numRuns: SCRIPTS }))];
  const passed = scripts.filter((script) => assessor.assess('bash', script).risk === 'read_only');
  // Else nothing would have been compared.
  expect(passed.length).toBeGreaterThan(SCRIPTS / 100);
  const suspicious = passed.filter((script) => /evil|e.{0,4}vil|del|>/s.test(script));
  expect(suspicious.filter(runsEvil)).toEqual([]);
}, 600_000);
