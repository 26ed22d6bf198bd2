import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { getAsset, isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { brotliDecompressSync } from 'node:zlib';

/*
 * The runtime exists in two forms: as sources that tsx runs, and packed with Node into one executable. Everything that
 * differs between them is here.
 */

/** Whether this process is the one executable. */
export const packed = isSea();

/** The words that start this program; its arguments come behind them. */
export function ownProgram(): string[] {
  return packed ? [process.execPath] : [process.execPath, ...underTsx(), source('./main.ts')];
}

/** Starts a runner: our sources' one, or this same executable under its hidden name. */
export function forkRunner(args: string[], options: ForkOptions): ChildProcess {
  if (packed) return fork(RUNNER, args, { ...options, execArgv: [] });
  return fork(source('./runner/main.ts'), args, { ...options, execArgv: underTsx() });
}

/** The executable's first argument in a runner. Not a file: fork() only passes it on. */
export const RUNNER = 'runner';

/** Starts the process that judges scripts, with nothing of our environment: no proxy's password, no place of the data. */
export function forkJudge(options: ForkOptions): ChildProcess {
  // What no program of Windows starts without, Node adds.
  const alone = { ...options, env: {} };
  if (packed) return fork(JUDGE, [], { ...alone, execArgv: [] });
  return fork(source('./judge/main.ts'), [], { ...alone, execArgv: underTsx() });
}
export const JUDGE = 'judge';

/** The words that start the process which moves a command's file. */
export function transferProgram(commandFolder: string): { file: string; args: string[] } {
  if (packed) return { file: process.execPath, args: [TRANSFER, commandFolder] };
  return { file: process.execPath, args: [...underTsx(), source('./transfer/main.ts'), commandFolder] };
}
export const TRANSFER = 'transfer';

/** A file of the prompt page. */
export function pageAsset(name: string): string {
  return packed ? getAsset(`page/${name}`, 'utf8') : readFileSync(source(`./page/${name}`), 'utf8');
}

/** A WebAssembly program that reads scripts: the reader itself, or the grammar of a shell. */
export function grammar(name: keyof typeof GRAMMARS): Uint8Array {
  if (packed) return brotliDecompressSync(getAsset(`grammar/${name}.wasm.br`));
  return readFileSync(fileURLToPath(import.meta.resolve(GRAMMARS[name])));
}
const GRAMMARS = {
  'web-tree-sitter': 'web-tree-sitter/web-tree-sitter.wasm',
  bash: '@vscode/tree-sitter-wasm/wasm/tree-sitter-bash.wasm',
  powershell: '@vscode/tree-sitter-wasm/wasm/tree-sitter-powershell.wasm',
} as const;

/**
 * Output goes through buffers that live for a moment, and V8 frees them when its space for new objects is full. Loading with tsx makes that
 * space 16 MiB large, so that some 50 MiB of dead buffers lie around; kept at 1 MiB the runtime stays small, and is no slower.
 */
const SMALL_HEAP = '--max-semi-space-size=1';
/** The same for the packed runtime, which has no command line of Node's own: the space stays as it began. Called first of all. */
export const keepHeapSmall = (): void => setFlagsFromString('--semi-space-growth-factor=1');
const underTsx = () => [SMALL_HEAP, '--import', import.meta.resolve('tsx')];
const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));
