import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { syncFolder } from '../data-folder.ts';
import { processIdentity } from '../process-identity.ts';
import { commandFiles } from './command-folder.ts';
import { prepareStdio } from './stdio.ts';

/**
 * Makes a waiting runner's folder, which says whose it is, with what its command will need. The journal's name is on the disk before there is an order, so
 * that a start waits only for the claim and the journal's first line.
 */
export function prepareFolder(folder: string): void {
  const files = commandFiles(folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(files.runner, JSON.stringify(processIdentity(process.pid)), { mode: 0o600 });
  prepareStdio(files);
  closeSync(openSync(files.journal, 'wx', 0o600));
  syncFolder(folder);
}
