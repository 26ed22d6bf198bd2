import fc from 'fast-check';

/*
 * Scripts that nobody would write, made of bash's corners: what a grammar and a shell may read differently. `evil` stands for a command that
 * must not run unasked, a file `f` for one that must not be written unasked, `-delete` for an option that must not reach `find` unasked.
 */
const EVIL = ['evil', '"evil"', 'e\\vil', "$'evil'", 'ev""il', 'evil 2>&-', '`echo evil`'];
const READING =
  `ls|ls -l|echo a|cat x|echo "a b"|echo $x|echo "$x"|grep a b|true|:|[ -f x ]|[[ -f x ]]|x=1|y=$x|n=$((1+2))|echo \${x:-a}|pwd|ls # c
|head -1 x|printf "%s" a|echo $(ls)|cat <(ls)|for i in a b; do ls; done|if ls; then ls; fi|case a in a) ls;; esac|{ ls; }|( ls )|! ls|exit`.split(
    '|',
  );
/** `@` is where the command stands. */
const AROUND = [
  ...'@|$(@)|`@`|"$(@)"|"`@`"|<(@)|( @ )|{ @; }|! @|@ &|@ | cat|ls | @|x=$(@)|x=`@` ls|${x:-$(@)}|"${x:-$(@)}"|"${x:-`@`}"'.split(
    /(?<! )\|(?! )/,
  ),
  ...[
    '$((1+$(@)))',
    '$((x[$(@)]))',
    '${x[$(@)]}',
    'a[$(@)]=1',
    '[[ -v a[$(@)] ]]',
    '[ "$(@)" ]',
    '(( $(@) ))',
    'echo $[$(@)]',
  ],
  ...[
    'x=(`@`)',
    'declare x=$(@)',
    'case $(@) in a) ls;; esac',
    'case a in $(@)) ls;; esac',
    'for i in $(@); do ls; done',
  ],
  ...[
    'for i in a; do @; done',
    'while @; do break; done',
    'if @; then ls; fi',
    'if ls; then @; else @; fi',
    'f() { @; }; f',
  ],
  ...[
    'coproc @',
    'time @',
    'eval "@"',
    'eval @',
    'trap "@" EXIT',
    'command @',
    '. <(echo @)',
    'bash -c "@"',
    'exec @',
    '>&2 @',
    '2>&- @',
  ],
  ...[
    'cat <<E\n$(@)\nE\n',
    'cat <<E\n`@`\nE\n',
    'cat <<"E"\n$(@)\nE\n',
    'cat <<-E\n\t$(@)\n\tE\n',
    'cat <<\\E\n$(@)\nE\n@\n',
  ],
  ...[
    'cat <<E | ls\n${x:-$(@)}\nE\n',
    'cat <<E\n$\\\n(@)\nE\n',
    'ls <<E; @\nE\n',
    'ls <<E && @\na\nE\n',
    'ls <<A <<B; @\na\nA\nb\nB\n',
  ],
  ...[
    'ls <<E\nE \n@\nE\n',
    'ls <<"E F"\nE F\n@\n',
    'ls <<E"F"\nEF\n@\n',
    'ls <<E\\\nF\nEF\n@\n',
    '@ <<E\nE\n',
    "ls <<''\n\n@\n",
  ],
  ...[
    'cat <<< "$(@)"',
    'cat <<< `@`',
    'ls > $(@)',
    'ls <$(@)',
    'ls # @',
    '# @\nls',
    "'@'",
    '\\@',
    'echo "\\$(@)"',
    "echo '$(@)'",
  ],
  ...[
    'echo \\`@\\`',
    'echo "\\`@\\`"',
    'echo "a\\\\$(@)"',
    'echo \\\\$(@)',
    'echo "$\\\n(@)"',
    'echo $\\\n(@)',
    '`echo \\`@\\``',
    '`ls \\$(@)`',
  ],
  ...[
    'printf -v "x[$(@)]" a',
    "test -v 'x[$(@)]'",
    "read 'x[$(@)]' <<<a",
    "PS4='$(@)'; set -x; ls",
    "x='$(@)'; echo ${x@P}",
  ],
  ...[
    "x='a[$(@)]'; echo $((x))",
    "x='a[$(@)]'; [[ $x -eq 1 ]]",
    "x='a[$(@)]'; echo ${!x}",
    'echo ${x/a/$(@)}',
    'echo "${x%$(@)}"',
  ],
  ...[
    'echo "${x:+\'$(@)\'}"',
    'echo "${y:-$\'$(@)\'}"',
    'ls && @',
    'ls || @',
    'ls; @',
    'ls\n@',
    'ls |& @',
    'ls & @',
    'ls \\\\\n@',
    '\t@',
    '$x@',
  ],
];
const FILES =
  '2>&-|>&-|<&-|2>/dev/null|</dev/null|<<<x|&>/dev/null|2>&1|3<&0|{fd}</dev/null|>&2|2>&1-|>f|2>>f|&>f|>&f|<>f|>|/dev/null'.split(
    /(?<!>)\|/,
  );
const WORDS =
  `/srv|"$x"|$x|""|a#b|\`:\`|$(:)|{a,b}|{|}|!|-name|'a b'|"a\nb"|~|x=1|-|--|-type f|\\;|a\\ b|#|"#"|\${x:-a}|]|in|"'"|\\"|"a"`.split(
    '|',
  );
const DELETE = [
  '-delete',
  '-del""ete',
  '-del\\ete',
  "$'-delete'",
  '-de\\\nlete',
  '${y:--delete}',
  '-"delete"',
  '-{delete,x}',
  '"`:`"-delete',
];

const one = (from: readonly string[]) => fc.constantFrom(...from);
const command = fc.letrec<{ command: string }>((tie) => ({
  command: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    one(EVIL),
    one(READING),
    fc.tuple(one(AROUND), tie('command')).map(([around, inner]) => around.replaceAll('@', inner)),
    fc.tuple(one(AROUND), one(EVIL)).map(([around, inner]) => around.replaceAll('@', inner)),
  ),
})).command;
const deletes = fc
  .tuple(
    fc.array(one([...FILES, ...WORDS]), { maxLength: 4 }),
    one(DELETE),
    fc.array(one(FILES), { maxLength: 2 }),
    one([' ', '\t', ' \\\n']),
  )
  .map(([before, option, behind, blank]) => ['find', ...before, option, ...behind].join(blank));
/** A character that does not belong there, somewhere. */
const slip = (script: string) =>
  fc
    .tuple(
      fc.nat(script.length),
      one(['"', "'", '`', '\\', '\n', '\\\n', '#', '$', '(', ')', '{', '}', '<', '>', '&', '|', ';']),
    )
    .map(([at, letter]) => script.slice(0, at) + letter + script.slice(at));

export const oddScript: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.oneof(command, one(READING), deletes), { minLength: 1, maxLength: 3 }),
    one(['; ', '\n', ' && ', ' | ']),
  )
  .map(([parts, between]) => parts.join(between))
  .chain((script) => fc.oneof({ weight: 3, arbitrary: fc.constant(script) }, { weight: 1, arbitrary: slip(script) }));
