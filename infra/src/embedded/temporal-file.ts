import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** The database file of the Temporal dev server. */
export interface TemporalFile {
  /** The server has answered: from now on the file holds sessions. */
  complete(): void;
}

/**
 * Lets an interrupted first start be begun again. The dev server makes its tables once, when the file is new; killed or out
 * of space in the middle it would refuse that file for ever. A mark beside the file says that no start with it has
 * succeeded yet, so nothing is lost by making it anew.
 */
export function prepareTemporalFile(file: string): TemporalFile {
  const mark = `${file}.unfinished`;
  if (existsSync(mark)) for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  if (!existsSync(file)) writeFileSync(mark, '');
  return { complete: () => rmSync(mark, { force: true }) };
}
