import { DomainError } from '@throughline/domain/errors';
import type { DataFolder } from '../data-folder.ts';
import { runningInstance } from '../instance-lock.ts';
import { checkRelease, parseSignedRelease, thisComputer } from './check-release.ts';
import { fetchProgram, fetchText } from './fetch-program.ts';
import { pinReleaseKey } from './release-key.ts';
import { clearStaged, downloadPath, makeUpdateFolder, writeStaged } from './update-state.ts';

export interface UpdateOptions {
  /** The newer executable: a file or an https address; its description lies beside it. */
  from?: string;
  releaseKey?: string;
  /** Whether the service that runs here takes updates; the words say why not. */
  refusal: string | null;
}

/** `update`: fetches and checks a release, and leaves it for the service, which switches by itself within seconds. */
export async function update(folder: DataFolder, { from, releaseKey, refusal }: UpdateOptions): Promise<string> {
  if (releaseKey !== undefined) pinReleaseKey(folder, releaseKey);
  if (from === undefined) {
    if (releaseKey !== undefined) return '✓ From now on only updates signed by this release key are taken.';
    throw new DomainError(
      'INVALID_INPUT',
      'update needs --from FILE or --from https://…, and --release-key the first time.',
    );
  }
  if (refusal !== null) throw new DomainError('INVALID_STATE', refusal);
  const description = `${from}.release.json`;
  const signed = parseSignedRelease(await fetchText(description, folder), description);
  const release = checkRelease(signed, thisComputer(folder));
  makeUpdateFolder(folder);
  clearStaged(folder);
  await fetchProgram(from, release, downloadPath(folder), folder);
  writeStaged(folder, signed);
  return `✓ ${release.version} is fetched and checked.
${runningInstance(folder) ? '  The service switches to it within seconds. Look: “status”' : '  The service switches to it at its next start.'}`;
}
