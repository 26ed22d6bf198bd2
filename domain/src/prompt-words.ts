import type { Risk } from './command.ts';
import type { ApprovalKind } from './session-state.ts';

export interface PromptWords {
  title: string;
  changes: string;
  unchanged: string;
  undo: string;
}

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
}): PromptWords {
  const first = about.technician.split(' ')[0] ?? about.technician;
  if (about.kind === 'session')
    return {
      title: `May ${first} work on this computer?`,
      changes: `${first} can look: read settings, lists and logs, by typing commands. You can watch every one.`,
      unchanged: `Anything that changes something asks you first. ${first} does not see your screen.`,
      undo: 'You can end the session at any time, on this page.',
    };
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
