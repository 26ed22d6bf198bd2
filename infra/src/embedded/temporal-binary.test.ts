import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTemporalBinary, TEMPORAL_CLI } from './temporal-binary.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'throughline-lookup-'));
  for (const folder of ['path', 'cache', 'more', 'sdk']) mkdirSync(join(root, folder));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const lookup = () => ({
  path: join(root, 'path'),
  cacheDir: join(root, 'cache'),
  moreDirs: [join(root, 'more')],
  sdkCacheDir: join(root, 'sdk'),
});

function program(file: string, script = 'exit 0'): string {
  writeFileSync(join(root, file), `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, file), 0o755);
  return join(root, file);
}

describe('the temporal program', () => {
  it('is taken from PATH, then our cache, then the data folder, then the SDK, in this order', async () => {
    const sdk = program('sdk/temporal-cli-sdk-typescript-1.24.0');
    expect(await findTemporalBinary(lookup())).toBe(sdk);
    const more = program('more/temporal');
    expect(await findTemporalBinary(lookup())).toBe(more);
    const cache = program('cache/temporal');
    expect(await findTemporalBinary(lookup())).toBe(cache);
    const path = program('path/temporal');
    expect(await findTemporalBinary(lookup())).toBe(path);
  });

  it('is not a folder or a file without the right to run', async () => {
    mkdirSync(join(root, 'path/temporal'));
    writeFileSync(join(root, 'cache/temporal'), '');
    const more = program('more/temporal');
    expect(await findTemporalBinary(lookup())).toBe(more);
  });

  it('is built with Go when there is none, into our cache, with the pinned version', async () => {
    program('path/go', `echo "go: downloading x" >&2; printf '%s' "$*" > "$GOBIN/temporal"`);
    const said: string[] = [];
    const file = await findTemporalBinary({
      ...lookup(),
      path: `${join(root, 'path')}:/bin:/usr/bin`,
      onProgress: (line) => said.push(line),
    });
    expect(file).toBe(join(root, 'cache/temporal'));
    expect(existsSync(file)).toBe(true);
    expect(said[0]).toContain('building it once with Go');
    expect(TEMPORAL_CLI).toMatch(/@v\d+\.\d+\.\d+$/);
  });

  it('says what to do when Go fails', async () => {
    program('path/go', 'echo "no space left on device" >&2; exit 1');
    await expect(findTemporalBinary(lookup())).rejects.toThrow(
      /no space left on device.*What to do: install the Temporal CLI/s,
    );
  });

  it('says what to do when there is no way to get it', async () => {
    await expect(findTemporalBinary(lookup())).rejects.toThrow(
      /install the Temporal CLI.*or install Go.*TEMPORAL_ADDRESS/s,
    );
  });
});
