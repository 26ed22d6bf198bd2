import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { Language, Parser, type Tree } from 'web-tree-sitter';
import { assertNever } from '@throughline/domain/assert-never';
import type { Shell } from '@throughline/domain/command';
import { assessBash } from '@throughline/domain/risk/bash';
import { assessCmd, destructiveByWords } from '@throughline/domain/risk/destructive';
import { assessPowerShell } from '@throughline/domain/risk/powershell';
import { parsePowerShell } from '@throughline/domain/risk/powershell/repair';
import { MOST_CHARACTERS, type SyntaxNode, TOO_BIG } from '@throughline/domain/risk/syntax';
import { type Assessment, type Reason, destructive, verdict, wholly } from '@throughline/domain/risk/verdict';

import { PlainNode } from './plain-node.ts';

/** Longest time one script may take to parse, in ms. */
const PARSE_MS = 300;

export interface RiskAssessor {
  /** The server's judgement of a script. Never throws: what cannot be judged counts as a change. */
  assess(shell: Shell, script: string): Assessment;
}

/** Loads the grammars once; the assessor then works without waiting. */
export async function createRiskAssessor(): Promise<RiskAssessor> {
  // V8's optimizing compiler takes 8 s of a core for the PowerShell grammar, also when the process could end, and the quick one's code is
  // no slower here. Modules compiled before are not touched, and no later one needs it.
  setFlagsFromString('--liftoff-only');
  const require = createRequire(import.meta.url);
  await Parser.init();
  const parserOf = async (grammar: string): Promise<Parser> => {
    const parser = new Parser();
    parser.setLanguage(
      await Language.load(require.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${grammar}.wasm`)),
    );
    return parser;
  };
  const [bash, powershell] = await Promise.all([parserOf('bash'), parserOf('powershell')]);
  return {
    assess(shell, script) {
      if (script.length > MOST_CHARACTERS) {
        const words = destructiveByWords(script);
        return wholly(script, words === null ? TOO_BIG : destructive(words));
      }
      switch (shell) {
        case 'bash':
        case 'sh':
          return judged(script, bash, (parse) => assessBash(parse(script), parse));
        case 'pwsh':
        case 'powershell':
          return judged(script, powershell, (parse) => assessPowerShell(parsePowerShell(script, parse)));
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
function judged(whole: string, parser: Parser, judge: (parse: (script: string) => SyntaxNode) => Reason[]): Assessment {
  const trees: Tree[] = [];
  const until = performance.now() + PARSE_MS;
  const parse = (script: string): SyntaxNode => {
    const tree = parser.parse(script, null, { progressCallback: () => performance.now() > until });
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
