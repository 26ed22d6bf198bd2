// The checks that need no running product: types, rules of style, rules of import. Each counts as one in `npm test`.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

const bin = (name) => join(root, 'node_modules/.bin', name);

/** A second run on the same machine looks only at what changed. */
const remembered = (config) => [
  '--incremental',
  '--tsBuildInfoFile',
  join(root, 'node_modules/.cache/throughline', `${config.replaceAll('/', '-')}.tsbuildinfo`),
];

/** All checks: {name, command, args}. */
export function allChecks() {
  const workspaces = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).workspaces;
  const types = workspaces
    .filter(
      (name) => name !== 'web' && existsSync(join(root, name, 'tsconfig.json')) && existsSync(join(root, name, 'src')),
    )
    .flatMap((name) => [
      { name: `types of ${name}`, config: `${name}/tsconfig.json` },
      // Pure packages see no Node types; their tests do, so those are a program of their own.
      { name: `types of the tests of ${name}`, config: `${name}/tsconfig.test.json` },
    ])
    .filter(({ config }) => existsSync(join(root, config)))
    .map(({ name, config }) => ({ name, command: bin('tsc'), args: ['-p', config, ...remembered(config)] }));
  return [
    ...types,
    { name: 'types of the configuration', command: bin('tsc'), args: ['-p', '.'] },
    { name: 'types of web', command: bin('vue-tsc'), args: ['-p', 'web', '--noEmit'] },
    { name: 'eslint', command: bin('eslint'), args: ['.', '--max-warnings', '0'] },
    { name: 'prettier', command: bin('prettier'), args: ['--check', '--log-level', 'warn', '.'] },
    {
      name: 'who may import what',
      command: bin('depcruise'),
      args: ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', ...workspaces],
    },
  ];
}

/** Runs the checks, two at a time; prints each as it ends. Resolves with {name, passed} for each. */
export async function runChecks(checks = allChecks()) {
  const waiting = [...checks];
  const done = [];
  const lane = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const began = Date.now();
      const { code, output } = await quietly(check.command, check.args);
      const passed = code === 0;
      console.log(`${passed ? ' ok ' : 'FAIL'}  ${check.name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
      if (!passed) console.log(output.trimEnd().replace(/^/gm, '      '));
      done.push({ name: check.name, passed });
    }
  };
  await Promise.all([lane(), lane()]);
  return done;
}

function quietly(command, args) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
