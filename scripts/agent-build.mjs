// `npm run agent:build [-- --out DIR]`: the endpoint runtime as one executable for this system and processor, with this
// very Node inside: dist/throughline-runtime; beside it its SHA-256 and the licences of what is in it.
// THROUGHLINE_AGENT_VERSION gives it another version than the sources', THROUGHLINE_RELEASE_KEY (a file) the key whose updates it believes.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { ensureInstalled, root } from './lib/install.mjs';

const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } });
const out = resolve(values.out);
const name = process.platform === 'win32' ? 'throughline-runtime.exe' : 'throughline-runtime';
/** Node looks for this text in itself to know whether a program was put in: https://nodejs.org/docs/latest-v20.x/api/single-executable-applications.html */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
/** What agent/src/own-program.ts asks for by these names. */
const GRAMMARS = {
  'web-tree-sitter': 'web-tree-sitter/web-tree-sitter.wasm',
  bash: '@vscode/tree-sitter-wasm/wasm/tree-sitter-bash.wasm',
  powershell: '@vscode/tree-sitter-wasm/wasm/tree-sitter-powershell.wasm',
};
/** Both tools talk much when all is well; when not, their words are in the error. */
const quietly = promisify(execFile);

await ensureInstalled();
fs.mkdirSync(out, { recursive: true });
// Beside the target, so that the last step is a rename: a runtime that runs from there is never half overwritten.
const work = fs.mkdtempSync(join(out, '.build-'));
try {
  const part = join(work, name);
  fs.copyFileSync(process.execPath, part);
  fs.chmodSync(part, 0o755);
  const { program, packages } = await bundle();
  const blob = await seaBlob(program);
  await putIn(part, blob);
  fs.writeFileSync(join(work, 'sum'), `${createHash('sha256').update(fs.readFileSync(part)).digest('hex')}  ${name}\n`);
  fs.writeFileSync(join(out, 'throughline-runtime.licenses.txt'), licences(packages));
  fs.renameSync(part, join(out, name));
  fs.renameSync(join(work, 'sum'), join(out, `${name}.sha256`));
  const mib = (path) => `${(fs.statSync(path).size / 1024 ** 2).toFixed(1)} MiB`;
  console.log(`${join(out, name)}: ${mib(join(out, name))}, of which the program ${mib(program)}`);
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}

/** Runtime and runner as one CommonJS file: the only kind of main program Node 20 takes into an executable. */
async function bundle() {
  const { build } = await import('esbuild');
  const outfile = join(work, 'runtime.cjs');
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: [join(root, 'agent/src/executable.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: `node${process.versions.node}`,
    minifyWhitespace: true,
    minifySyntax: true,
    // Native helpers that ws would look for: an executable has none.
    define: { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"', ...stamps() },
    // Places of source files: never asked for in the executable (own-program.ts).
    // Its form for CommonJS: the other asks where its own file lies.
    alias: { 'web-tree-sitter': join(root, 'node_modules/web-tree-sitter/web-tree-sitter.cjs') },
    logOverride: { 'empty-import-meta': 'silent' },
    logLevel: 'warning',
  });
  const inside = Object.keys(metafile.inputs).map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  return {
    program: outfile,
    packages: [...new Set([...inside.filter(Boolean), 'node_modules/@vscode/tree-sitter-wasm'])].sort(),
  };
}

/** What agent/src/version.ts looks for. */
function stamps() {
  const { THROUGHLINE_AGENT_VERSION: version, THROUGHLINE_RELEASE_KEY: file } = process.env;
  if (version && !/^\d+\.\d+\.\d+$/.test(version)) throw new Error('THROUGHLINE_AGENT_VERSION must look like 1.2.3');
  return {
    ...(version ? { THROUGHLINE_BUILD_VERSION: JSON.stringify(version) } : {}),
    ...(file ? { THROUGHLINE_BUILD_RELEASE_KEY: JSON.stringify(fs.readFileSync(file, 'utf8').trim()) } : {}),
  };
}

/** Whoever passes the executable on has to pass these on, too. */
function licences(packages) {
  const node = [join(process.execPath, '../../LICENSE'), join(process.execPath, '../LICENSE')].find(fs.existsSync);
  const words = packages.map((folder) => {
    const file = fs.readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const { name, version, license } = JSON.parse(fs.readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return `${name} ${version} (${license})\n\n${file ? fs.readFileSync(join(root, folder, file), 'utf8') : ''}`;
  });
  const nodes = node ? fs.readFileSync(node, 'utf8') : 'https://github.com/nodejs/node/blob/main/LICENSE\n';
  const ours = `Throughline\n\n${fs.readFileSync(join(root, 'LICENSE'), 'utf8')}`;
  return [ours, `Node ${process.version}\n\n${nodes}`, ...words].join(`\n${'='.repeat(80)}\n`);
}

async function seaBlob(main) {
  const page = join(root, 'agent/src/page');
  const config = join(work, 'sea.json');
  const output = join(work, 'sea.blob');
  const assets = Object.fromEntries([
    ...fs.readdirSync(page).map((file) => [`page/${file}`, join(page, file)]),
    ...Object.entries(GRAMMARS).map(([name, file]) => [`grammar/${name}.wasm.br`, compressed(name, file)]),
  ]);
  const settings = { main, output, assets, disableExperimentalSEAWarning: true, useCodeCache: true };
  fs.writeFileSync(config, JSON.stringify(settings));
  await quietly(process.execPath, ['--experimental-sea-config', config]);
  return output;
}

/** What is put in, every process of the runtime maps: a grammar is a tenth of its size this way. */
function compressed(name, file) {
  const packed = join(work, `${name}.wasm.br`);
  // The last step of quality takes seconds and saves little.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  fs.writeFileSync(packed, brotliCompressSync(fs.readFileSync(join(root, 'node_modules', file)), { params }));
  return packed;
}

async function putIn(executable, blob) {
  if (!fs.readFileSync(executable).includes(FUSE)) {
    throw new Error(
      `This Node (${process.execPath}) cannot carry a program: it was built without that part, or is linked to a shared library. Use one from https://nodejs.org`,
    );
  }
  const mac = process.platform === 'darwin';
  // A changed program has to be signed again on macOS. Not tried there.
  if (mac) await quietly('codesign', ['--remove-signature', executable]);
  const postject = join(root, 'node_modules/postject/dist/cli.js');
  const segment = mac ? ['--macho-segment-name', 'NODE_SEA'] : [];
  await quietly(process.execPath, [postject, executable, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE, ...segment]);
  if (mac) await quietly('codesign', ['--sign', '-', executable]);
}
