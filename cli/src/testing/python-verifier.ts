import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const verifierFolder = fileURLToPath(new URL('../../../docs/verifier/', import.meta.url));

export const pythonIsThere = (): boolean => spawnSync('python3', ['--version']).status === 0;

export interface PythonReport {
  verdict: string;
  faults: { verdict: string; entry: number | null; commandId: string | null }[];
}

const DRIVER = `
import functools, json, sys
sys.path.insert(0, sys.argv[1])
import verify
# Most vectors leave most signatures as they are: each is worked out once.
verify.ed25519.verify = functools.cache(verify.ed25519.verify)
for line in open(sys.argv[2]):
    vector = json.loads(line)
    try:
        bundle = verify.parse_json(bytes.fromhex(vector["file"]))
    except ValueError:
        bundle = None
    trusted = None if vector["trusted"] is None else set(vector["trusted"])
    report = verify.verify(bundle, trusted)
    print(json.dumps({"verdict": report.verdict, "faults": report.faults}))
`;

/** Runs the Python verifier over many files in one process. */
export function verifyInPython(vectors: readonly { file: Uint8Array; trusted?: readonly string[] }[]): PythonReport[] {
  const folder = mkdtempSync(join(tmpdir(), 'verifier-'));
  try {
    const lines = vectors.map(({ file, trusted }) =>
      JSON.stringify({ file: Buffer.from(file).toString('hex'), trusted: trusted ?? null }),
    );
    writeFileSync(join(folder, 'vectors'), lines.join('\n'));
    const said = execFileSync('python3', ['-B', '-c', DRIVER, verifierFolder, join(folder, 'vectors')], {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    });
    return said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as PythonReport);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
