import { type Risk, runAsText } from '../command.ts';
import type { Direction } from '../file-transfer.ts';
import type { ApprovalKind } from '../session-state.ts';
import { type Language, type Say, sayIn } from './catalogue.ts';

export interface PromptWords {
  title: string;
  changes: string;
  unchanged: string;
  undo: string;
}

/** What the words follow from. */
export interface AskedAbout {
  kind: ApprovalKind;
  technician: string;
  endpoint: string;
  risk: Risk | null;
  /** The worst reason as a sentence; '' where the reasons are shown apart. */
  riskWhy: string;
  runAs: string | null;
  /** The technician may type into it while it runs. */
  input: boolean;
  /** It is read elsewhere than at the computer: “this computer” and “this page” would be wrong there. */
  away?: true | undefined;
  file?: { direction: Direction; overwrite?: boolean } | undefined;
}

/** The technician’s reason, as far as the prompt page takes it. */
export const shownReason = (reason: string): string => reason.slice(0, 2000);

export const firstName = (name: string): string => name.split(' ')[0] ?? name;

/** The account as a person reads it. */
export function accountWords(say: Say, runAs: string | null): string {
  if (runAs === null) return say('account.other');
  if (runAs === runAsText({ kind: 'runtime' })) return say('account.runtime');
  return runAs === runAsText({ kind: 'logged_in_user' }) ? say('account.signed_in') : runAs;
}

/** The plain words of the prompt page. They promise nothing that the class of the command does not hold. */
export function promptWords(about: AskedAbout, language: Language = 'en'): PromptWords {
  const say = sayIn(language);
  const names = { first: firstName(about.technician), endpoint: about.endpoint };
  if (about.kind === 'session')
    return {
      title: say(about.away ? 'session.away_title' : 'session.title', names),
      changes: say('session.changes', names),
      unchanged: say('session.unchanged', names),
      undo: say(about.away ? 'session.away_undo' : 'session.undo'),
    };
  if (about.file !== undefined) return fileWords(say, about, names);
  const sort = about.risk === 'destructive' ? 'destructive' : 'change';
  const account = accountWords(say, about.runAs);
  return {
    title: say(sort === 'change' && about.away ? 'change.away_title' : `${sort}.title`, names),
    changes: sentences(
      about.kind === 'identity' ? say('command.runs_as', { account }) : '',
      say(`${sort}.changes`, names),
      about.riskWhy,
      about.input ? say(about.away ? 'command.away_typed' : 'command.typed', names) : '',
    ),
    unchanged: say('command.unchanged'),
    undo: say(`${sort}.undo`, names),
  };
}

function fileWords(
  say: Say,
  { kind, runAs, file, away }: AskedAbout,
  names: { first: string; endpoint: string },
): PromptWords {
  const rights = kind === 'identity' ? say('file.rights', { account: accountWords(say, runAs) }) : '';
  const only = say('file.unchanged');
  if (file?.direction === 'from_endpoint')
    return {
      title: say(away ? 'fetch.away_title' : 'fetch.title', names),
      changes: sentences(say('fetch.changes'), rights),
      unchanged: sentences(say('fetch.unchanged', names), only),
      undo: say('fetch.undo'),
    };
  const sort = file?.overwrite === true ? 'replace' : 'put';
  return {
    title: say(away ? 'put.away_title' : 'put.title', names),
    changes: sentences(say(`${sort}.changes`, names), rights),
    unchanged: sort === 'replace' ? only : sentences(say('put.unchanged'), only),
    undo: say(`${sort}.undo`),
  };
}

const sentences = (...said: string[]): string => said.filter((sentence) => sentence !== '').join(' ');
