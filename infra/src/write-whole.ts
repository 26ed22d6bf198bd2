import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a small file whole or not at all: a full disk or a kill in the middle leaves what was there before. */
export function writeWhole(file: string, text: string, mode = 0o600): void {
  const unfinished = `${file}.new`;
  try {
    writeFileSync(unfinished, text, { mode });
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
