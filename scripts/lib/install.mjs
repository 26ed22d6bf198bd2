// Runs before anything is installed: plain JavaScript, nothing but Node's own modules, and syntax old Nodes can read.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Ends with words when this Node is too old for the project. Tests pass a version of their own. */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Node: Throughline needs Node 20.19 or newer; this is Node ${version} (${process.execPath}).`);
  console.error('  What to do: install a newer Node (https://nodejs.org), then run the same command again.');
  process.exit(1);
}

/** Runs `npm ci` when node_modules is missing or does not hold what the lockfile says. */
export async function ensureInstalled() {
  requireNode();
  // Onto standard error: what the program itself prints may be read by another program.
  const reason = whyInstall();
  if (!reason) return;
  console.error(`Installing the packages (${reason}); about a minute the first time.`);
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  const tick = setInterval(() => console.error(`  still installing, ${seconds()} s`), 10_000);
  const code = await run(
    'npm',
    ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--progress=false'],
    {},
    process.stderr,
  );
  clearInterval(tick);
  if (code !== 0) {
    console.error('Packages: "npm ci" failed (its words are above).');
    console.error('  What to do: check the network or your npm registry settings and free disk space, then try again.');
    process.exit(1);
  }
  console.error(`  packages installed in ${seconds()} s`);
}

/** Null when node_modules matches the lockfile, else the reason in words. Looks at versions, not at file times. */
function whyInstall() {
  const installedFile = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedFile)) return 'none are installed yet';
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.includes('node_modules/') || entry.link) continue;
    const found = installed[path];
    if (!found && (entry.optional || entry.devOptional || entry.peer)) continue; // for another platform
    if (!found) return `${path.replace(/^.*node_modules\//, '')} is missing`;
    if (found.version !== entry.version) return `${path.replace(/^.*node_modules\//, '')} is another version`;
  }
  return null;
}

/** Runs a program in the project's root, without input; resolves with its exit code. */
export function run(command, args, env = {}, output = process.stdout) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', output, 'inherit'],
      env: { ...process.env, ...env },
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
