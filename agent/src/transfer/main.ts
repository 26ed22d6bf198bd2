import { readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDomainError } from '@throughline/domain/errors';
import { fileLine } from '@throughline/domain/file-transfer';
import { openDataFolder } from '../data-folder.ts';
import { commandFiles } from '../runner/command-folder.ts';
import { zRunOrder } from '../run-order.ts';
import { FileServer } from './file-server.ts';
import { moveFile } from './move-file.ts';

/*
 * What a runner starts instead of a shell when the order is a file transfer: `transfer <command's folder>`. It is a process of its own, so
 * that cancel and time limit end it like any command. stdout gets the file's line and nothing else: the signed exit vouches for it.
 */
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());

async function main(folder: string | undefined): Promise<number> {
  if (!folder) throw new RangeError('usage: transfer <command folder>');
  const files = commandFiles(folder);
  const { commandId, file, account } = zRunOrder.parse(JSON.parse(readFileSync(files.order, 'utf8')));
  if (file === null) throw new RangeError('the order moves no file');
  const server = new FileServer(openDataFolder(dirname(dirname(folder))), commandId, stopping.signal);
  try {
    const sum = await moveFile({ commandId, file, account, copy: files.content, server, stop: stopping.signal });
    writeSync(1, fileLine(file.path, sum));
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 1; // Whoever stopped it says why.
    writeSync(2, `${isDomainError(error) ? error.message : `The file could not be moved: ${String(error)}`}\n`);
    return 1;
  } finally {
    rmSync(files.content, { force: true });
  }
}

void main(process.argv[2]).then(
  // Not by running out: an idle connection to the server would hold the process.
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
