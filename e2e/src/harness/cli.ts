import { spawn } from 'node:child_process';
import { ROOT } from './product.ts';

/** Runs the operator's command line (or npm itself) to its end. */
export function runCli(
  args: string[],
  program: 'cli' | 'npm' = 'cli',
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; output: string }> {
  const [command, all] =
    program === 'npm' ? ['npm', args] : [process.execPath, ['scripts/run.mjs', 'cli/src/main.ts', ...args]];
  return new Promise((resolve, reject) => {
    const child = spawn(command, all, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
