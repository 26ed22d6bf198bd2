import { Language, Parser, type Tree } from 'web-tree-sitter';
import { assertNever } from '../assert-never.ts';
import type { Shell } from '../command.ts';
import { assessBash } from './bash.ts';
import { parseBash } from './bash/repair.ts';
import { assessCmd, destructiveByWords } from './destructive.ts';
import { PlainNode } from './plain-node.ts';
import { parsePowerShell } from './powershell/repair.ts';
import { assessPowerShell } from './powershell.ts';
import { MOST_CHARACTERS, type SyntaxNode, TOO_BIG } from './syntax.ts';
import { type Assessment, type Reason, destructive, verdict, wholly } from './verdict.ts';

/**
 * The most processor time one script may take to parse, in ms. Not time on the clock: on a busy machine a verdict would then depend on what
 * else runs there.
 */
const PARSE_MS = 300;

export interface RiskAssessor {
  /** The judgement of a script. Never throws: what cannot be judged counts as a change. */
  assess(shell: Shell, script: string): Assessment;
}

/** WebAssembly programs, as the packages web-tree-sitter and @vscode/tree-sitter-wasm bring them. Whoever loads them says where they lie. */
export interface Grammars {
  treeSitter: Uint8Array;
  bash: Uint8Array;
  powershell: Uint8Array;
}

/** Loads the grammars once; the assessor then works without waiting. `spent`: ms of processor time that this process has used so far. */
export async function loadRiskAssessor(grammars: Grammars, spent: () => number): Promise<RiskAssessor> {
  await Parser.init({ wasmBinary: grammars.treeSitter });
  const parserOf = async (grammar: Uint8Array): Promise<Parser> => {
    const parser = new Parser();
    parser.setLanguage(await Language.load(grammar));
    return parser;
  };
  const [bash, powershell] = await Promise.all([parserOf(grammars.bash), parserOf(grammars.powershell)]);
  return {
    assess(shell, script) {
      if (script.length > MOST_CHARACTERS) {
        const words = destructiveByWords(script);
        return wholly(script, words === null ? TOO_BIG : destructive(words));
      }
      switch (shell) {
        case 'bash':
        case 'sh':
          return judged(script, bash, spent, (parse) => {
            const whole = (text: string) => parseBash(text, parse);
            return assessBash(whole(script), whole);
          });
        case 'pwsh':
        case 'powershell':
          return judged(script, powershell, spent, (parse) => assessPowerShell(parsePowerShell(script, parse)));
        case 'cmd':
          return wholly(script, assessCmd(script));
        default:
          return assertNever(shell);
      }
    },
  };
}

/** Thrown to get out of a parse that takes too long. */
class TooLong extends Error {}

/** Trees live in WebAssembly's memory: they are freed when the judgement is done, whatever happens. */
function judged(
  whole: string,
  parser: Parser,
  spent: () => number,
  judge: (parse: (script: string) => SyntaxNode) => Reason[],
): Assessment {
  const trees: Tree[] = [];
  const until = spent() + PARSE_MS;
  const parse = (script: string): SyntaxNode => {
    const tree = parser.parse(script, null, { progressCallback: () => spent() > until });
    if (tree === null) {
      parser.reset();
      throw new TooLong();
    }
    trees.push(tree);
    return new PlainNode(tree.rootNode, script);
  };
  try {
    return verdict(whole, judge(parse));
  } catch (error) {
    if (error instanceof TooLong || error instanceof RangeError) return wholly(whole, TOO_BIG); // RangeError: nested past the call stack
    throw error;
  } finally {
    for (const tree of trees) tree.delete();
  }
}
