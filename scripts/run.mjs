// Runs one of our TypeScript programs: node scripts/run.mjs cli/src/main.ts <arguments>. Installs what is missing first.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled } from './lib/install.mjs';

const [file, ...args] = process.argv.slice(2);
if (!file) {
  console.error('usage: node scripts/run.mjs <program.ts> [arguments]');
  process.exit(2);
}
await ensureInstalled();
const { register } = await import('tsx/esm/api');
register();
const program = resolve(file);
process.argv = [process.execPath, program, ...args];
await import(pathToFileURL(program).href);
