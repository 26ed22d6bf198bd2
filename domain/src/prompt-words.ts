import type { Risk } from './command.ts';
import type { FileTransfer } from './file-transfer.ts';
import type { ApprovalKind } from './session-state.ts';

export interface PromptWords {
  title: string;
  changes: string;
  unchanged: string;
  undo: string;
}

/** The technician’s reason, as far as the prompt page takes it. */
export const shownReason = (reason: string): string => reason.slice(0, 2000);

/** The plain words of the prompt page. They promise nothing that the class of the command does not hold. */
export function promptWords(about: {
  kind: ApprovalKind;
  technician: string;
  endpoint: string;
  risk: Risk | null;
  riskWhy: string;
  runAs: string | null;
  /** The technician may type into it while it runs. */
  input: boolean;
  file?: FileTransfer | undefined;
}): PromptWords {
  const first = about.technician.split(' ')[0] ?? about.technician;
  if (about.kind === 'session')
    return {
      title: `May ${first} work on this computer?`,
      changes: `${first} can look: read settings, lists and logs, by typing commands. You can watch every one.`,
      unchanged: `Anything that changes something asks you first. ${first} does not see your screen.`,
      undo: 'You can end the session at any time, on this page.',
    };
  if (about.file !== undefined) return fileWords(about.file, first, about);
  const runs = about.kind === 'identity' ? `Runs as ${about.runAs ?? 'another account'}. ` : '';
  const typed = about.input ? ` While it runs, ${first} can type into it; what is typed shows on this page.` : '';
  if (about.risk === 'destructive')
    return {
      title: `May ${first} run a command that can destroy data?`,
      changes: `${runs}It can delete or overwrite things on ${about.endpoint} for good. ${about.riskWhy}${typed}`,
      unchanged: 'Nothing else runs: only exactly the command below, once.',
      undo: 'Possibly not. Ask before you approve.',
    };
  return {
    title: `May ${first} change something on this computer?`,
    changes: `${runs}It can change files, settings or services on ${about.endpoint}. ${about.riskWhy}${typed}`,
    unchanged: 'Nothing else runs: only exactly the command below, once.',
    undo: `That depends on the command. Ask ${first} if you are not sure.`,
  };
}

function fileWords(
  file: FileTransfer,
  first: string,
  { endpoint, kind, runAs }: { endpoint: string; kind: ApprovalKind; runAs: string | null },
): PromptWords {
  const as = kind === 'identity' ? ` with the rights of ${runAs ?? 'another account'}` : '';
  const unchanged = 'Nothing is run, and no other file is touched: only exactly what is written below, once.';
  if (file.direction === 'from_endpoint')
    return {
      title: `May ${first} copy a file from this computer?`,
      changes: `The file below is read${as} and copied to the desk, where it stays in the record.`,
      unchanged: `The file itself stays as it is on ${endpoint}. ${unchanged}`,
      undo: 'No. What was copied stays in the record.',
    };
  return {
    title: `May ${first} put a file on this computer?`,
    changes: file.overwrite
      ? `The file below is written to ${endpoint}${as}. A file of that name is replaced for good.`
      : `The file below is written to ${endpoint}${as}, as a new file.`,
    unchanged: file.overwrite ? unchanged : `A file that is there already is not replaced. ${unchanged}`,
    undo: file.overwrite ? 'The new file can be deleted; one it replaced does not come back.' : 'Yes, by deleting it.',
  };
}
