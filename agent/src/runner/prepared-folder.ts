import { closeSync, openSync } from 'node:fs';
import { syncFolder } from '../data-folder.ts';
import { commandFiles } from './command-folder.ts';
import { prepareStdio } from './stdio.ts';

/**
 * Makes, in a waiting runner's folder, what its command will need. The journal's name is on the disk before there is an order, so
 * that a start waits only for the claim and the journal's first line.
 */
export function prepareFolder(folder: string): void {
  const files = commandFiles(folder);
  prepareStdio(files);
  closeSync(openSync(files.journal, 'wx', 0o600));
  syncFolder(folder);
}
