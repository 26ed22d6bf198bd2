import type { Shell } from '@throughline/domain/command';
import { which } from '../shells.ts';

const BUILTINS = new Set(
  (
    '. : [ [[ alias bg bind break builtin caller case cd command compgen complete compopt continue coproc declare dirs disown do done ' +
    'echo elif else enable esac eval exec exit export false fc fg fi for function getopts hash help history if in jobs kill let ' +
    'local logout mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source suspend test then ' +
    'time times trap true type typeset ulimit umask unalias unset until wait while { } ! ('
  ).split(' '),
);

/**
 * The file that the script's first word runs, as the record shows it. Null when the shell answers that word itself
 * (a builtin or keyword), when it is made by the script at run time, or when there is no such file.
 */
export function resolveFirstWord(shell: Shell, script: string, path: string, cwd: string): string | null {
  if (shell !== 'bash' && shell !== 'sh') return null;
  const line = script.split('\n').find((text) => text.trim() !== '' && !text.trim().startsWith('#'));
  const words = line?.trim().split(/\s+/) ?? [];
  const word = words.find((text) => !/^[A-Za-z_][A-Za-z0-9_]*=\S*$/.test(text));
  const name = word?.replace(/[;&|)]+$/, '').replace(/^(['"])(.*)\1$/, '$2');
  if (!name || BUILTINS.has(name) || /[$`'"*?(){}<>=\\]/.test(name)) return null;
  return which(name, path, cwd);
}
