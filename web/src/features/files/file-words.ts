import type { CommandFieldsFragment } from '../../graphql/generated/operations.ts';
import { bytesText } from '../../lib/words.ts';
import { isOver } from '../session/command-words.ts';

type File = NonNullable<CommandFieldsFragment['file']>;

export const fileUrl = (commandId: string): string => `/api/files/${encodeURIComponent(commandId)}`;

export const nameOf = (path: string): string => path.split(/[/\\]/).at(-1) ?? path;

/** A path that names a folder gets the chosen file's name. */
export const targetPath = (path: string, name: string): string => (/[/\\]$/.test(path) ? path + name : path);

/** What is known of the file's content, or why nothing is. */
export function contentWords(file: File, state: CommandFieldsFragment['state']): string {
  if (file.bytes !== null) return bytesText(file.bytes);
  return isOver(state) ? 'nothing was fetched' : 'not fetched yet';
}
