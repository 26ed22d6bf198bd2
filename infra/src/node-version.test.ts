import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { projectRoot } from './config.ts';

/** Runs the check of every command (`npm start`, `npm test`, ...) as it stands, told of another version. */
function check(version: string): { status: number | null; stderr: string } {
  const script = `import('./scripts/lib/install.mjs').then(({ requireNode }) => requireNode(${JSON.stringify(version)}))`;
  return spawnSync(process.execPath, ['-e', script], { cwd: projectRoot, encoding: 'utf8' });
}

it.each(['18.20.4', '20.18.3', '9.11.2'])('refuses Node %s, and says what to install', (version) => {
  const { status, stderr } = check(version);
  expect(status).toBe(1);
  expect(stderr).toContain(`Throughline needs Node 20.19 or newer; this is Node ${version} (${process.execPath}).`);
  expect(stderr).toContain('What to do: install a newer Node');
});

it.each(['20.19.0', '22.0.0', process.versions.node])('takes Node %s', (version) => {
  expect(check(version)).toMatchObject({ status: 0, stderr: '' });
});
