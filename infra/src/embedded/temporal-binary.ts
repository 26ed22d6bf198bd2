import { accessSync, constants, mkdirSync, readdirSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PartFailure } from '../part-failure.ts';
import { runTool } from '../tool.ts';

/** The version that is built where none is found; the one our measurements and tests were made with. */
export const TEMPORAL_CLI = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

/** Where to look; every field has the real world as its default, tests pass their own. */
export interface TemporalLookup {
  /** Told what is going on when it takes longer than a look-up. */
  onProgress?: (line: string) => void;
  path?: string;
  /** Our own cache: a binary built once serves every clone of this user. */
  cacheDir?: string;
  /** Further folders of ours to look in, for example DATA_DIR/bin. */
  moreDirs?: string[];
  /** Where the Temporal SDK keeps the server it downloaded for tests. */
  sdkCacheDir?: string;
  /** Aborting it ends a build that is under way. */
  signal?: AbortSignal;
}

/**
 * The `temporal` program: on PATH, else in our cache, else the SDK's download, else built with Go (about three
 * minutes, once). Fails with what to do when there is no way.
 */
export async function findTemporalBinary(lookup: TemporalLookup = {}): Promise<string> {
  const path = lookup.path ?? process.env.PATH ?? '';
  const cacheDir = lookup.cacheDir ?? temporalCacheDir();
  const candidates = [
    ...path
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, 'temporal')),
    join(cacheDir, 'temporal'),
    ...(lookup.moreDirs ?? []).map((folder) => join(folder, 'temporal')),
    ...sdkDownloads(lookup.sdkCacheDir ?? tmpdir()),
  ];
  const found = candidates.find(isProgram);
  if (found) return found;
  const go = path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, 'go'))
    .find(isProgram);
  if (!go) {
    throw new PartFailure(
      'Temporal',
      'the "temporal" program was not found, and there is no Go to build it with',
      'install the Temporal CLI (https://docs.temporal.io/cli) so that "temporal" is on PATH, or install Go 1.24 or newer, ' +
        'or set TEMPORAL_ADDRESS to a Temporal server you run',
    );
  }
  await build(go, cacheDir, path, lookup);
  return join(cacheDir, 'temporal');
}

/** `$XDG_CACHE_HOME/throughline/bin`, by default under ~/.cache. */
export function temporalCacheDir(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'throughline/bin');
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return false;
    throw error;
  }
}

/** The SDK names its downloads `temporal-sdk-typescript-1.24.0` or `temporal-cli-…`. Only our own files are trusted. */
function sdkDownloads(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^temporal-(cli-|sdk-typescript-|cli-sdk-typescript-)?v?\d+\.\d+\.\d+$/.test(name))
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).uid === process.getuid?.());
}

async function build(go: string, cacheDir: string, path: string, lookup: TemporalLookup): Promise<void> {
  const onProgress = lookup.onProgress ?? (() => {});
  mkdirSync(cacheDir, { recursive: true });
  onProgress(
    `no "temporal" program found; building it once with Go (three minutes on two idle cores, longer on a busy machine) into ${cacheDir}`,
  );
  const began = Date.now();
  const seconds = (): number => Math.round((Date.now() - began) / 1_000);
  let packages = 0;
  let downloads = 0;
  const report = setInterval(() => {
    onProgress(`still building, ${seconds()} s: ${downloads} modules fetched, ${packages} packages compiled`);
  }, 10_000);
  try {
    const { code, head, tail } = await runTool({
      command: go,
      args: ['install', '-v', TEMPORAL_CLI],
      env: { ...process.env, PATH: path, GOBIN: cacheDir, GOFLAGS: '', GOWORK: 'off' },
      cwd: cacheDir,
      signal: lookup.signal,
      onLine: (line) => (line.startsWith('go: downloading') ? (downloads += 1) : (packages += 1)),
    });
    if (code === 0) return onProgress(`built in ${seconds()} s`);
    throw new PartFailure(
      'Temporal',
      `building it with Go failed:\n${[...head, ...tail]
        .slice(-6)
        .map((line) => `    ${line}`)
        .join('\n')}`,
      'install the Temporal CLI so that "temporal" is on PATH (https://docs.temporal.io/cli), or set TEMPORAL_ADDRESS',
    );
  } finally {
    clearInterval(report);
  }
}
