import type { FileTransfer } from './file-transfer.ts';
import { type Assessment, change, destructive } from './risk.ts';

/** Never less than a change: the person is asked before a file comes or goes. */
export function fileRisk(file: FileTransfer): Assessment {
  if (file.direction === 'from_endpoint') return change('Copies a file from the computer to the desk.');
  return file.overwrite
    ? destructive('Puts a file on the computer and replaces one that is there.')
    : change('Puts a new file on the computer.');
}
