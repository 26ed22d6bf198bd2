/** sed and awk are languages of their own that can write files and run programs: only a few plain forms are known to read. */

const ADDRESS = String.raw`(\d+|\$|\/(?:[^\/\\\n]|\\.)*\/)`;
const SED_PRINT = new RegExp(String.raw`^${ADDRESS}?(,${ADDRESS})?\s*[pdq=]$`);
/** s/a/b/ with flags g, p, i and a number; the flags e and w run and write. */
const SED_REPLACE = new RegExp(
  String.raw`^${ADDRESS}?s([\/|#,])(?:(?!\2)[^\\\n]|\\[^\n])*\2(?:(?!\2)[^\\\n]|\\[^\n])*\2[gpiI0-9]*$`,
);
const SED_OPTIONS = /^(-[nErsuz]+|--quiet|--silent|--regexp-extended|--posix|--debug)$/;

export function sedReads(args: readonly (string | null)[]): boolean {
  let script: string | null = null;
  for (const arg of args) {
    if (arg === null) return false;
    if (arg.startsWith('-') && arg !== '-') {
      if (!SED_OPTIONS.test(arg)) return false;
    } else script ??= arg;
  }
  return script !== null && (SED_PRINT.test(script) || SED_REPLACE.test(script));
}

const AWK_TERM = String.raw`(?:\$(?:\d+|NF)|NR|NF|"[^"\\\n]*")`;
/** Each space can be matched in one way only, so that a long program takes linear time. */
const AWK_PRINT = new RegExp(
  String.raw`^\s*(?:NR\s*[=<>]=?\s*\d+\s*|\/(?:[^\/\\\n]|\\.)*\/\s*)?\{\s*print(?:\s+${AWK_TERM}(?:(?:\s*,\s*|\s+)${AWK_TERM})*)?\s*(?:;\s*)?\}\s*$`,
);

export function awkReads(args: readonly (string | null)[]): boolean {
  let rest = [...args];
  if (rest[0] === '-F') rest = rest.slice(2);
  else if (rest[0]?.startsWith('-F')) rest = rest.slice(1);
  const [program, ...files] = rest;
  return AWK_PRINT.test(program ?? '') && files.every((file) => file !== null && !file.startsWith('-'));
}
