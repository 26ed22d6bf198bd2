import { type FileTransfer, fileScript } from './file-transfer.ts';
import { type Assessment, type Finding, change, destructive, wholly } from './risk/verdict.ts';

/** Never less than a change: the person is asked before a file comes or goes. */
export const fileRisk = (file: FileTransfer): Assessment => wholly(fileScript(file), found(file));

function found(file: FileTransfer): Finding {
  if (file.direction === 'from_endpoint') return change(`copies ${file.path} from the computer to the desk`);
  return file.overwrite
    ? destructive(`puts ${file.path} on the computer and replaces what is there under that name`)
    : change(`puts the new file ${file.path} on the computer`);
}
