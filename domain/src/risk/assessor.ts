import { Language, Parser } from 'web-tree-sitter';
import { assertNever } from '../assert-never.ts';
import type { Shell } from '../command.ts';
import { assessBash } from './bash.ts';
import { parseBash } from './bash/repair.ts';
import { assessCmd, destructiveOr } from './destructive.ts';
import { plainNodes } from './plain-node.ts';
import { parsePowerShell } from './powershell/repair.ts';
import { assessPowerShell } from './powershell.ts';
import { MOST_CHARACTERS, type ParsedScript, TOO_BIG } from './syntax.ts';
import { readsNumbersFast } from './tree-memory.ts';
import { type Assessment, type Reason, verdict, wholly } from './verdict.ts';

/**
 * The most processor time one script may take to parse, in ms. Not time on the clock: on a busy machine a verdict would then depend on what
 * else runs there.
 */
const PARSE_MS = 300;
/** The parser asks some 200 times for 10 kB whether to go on; looking at the time takes 5 µs. Hostile text makes it ask seldom. */
const LOOKS = 2;

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

/** What the process that loads the grammars does for them. */
export interface RiskHost {
  /** Milliseconds of processor time that this process has used so far. */
  spent(): number;
  /** Called when the parser is loaded and the grammars, which are much larger, are not yet. */
  beforeGrammars?(): void;
}

/** Loads the grammars once; the assessor then works without waiting. */
export async function loadRiskAssessor(grammars: Grammars, host: RiskHost): Promise<RiskAssessor> {
  const module = { wasmBinary: grammars.treeSitter };
  await Parser.init(module);
  readsNumbersFast(module);
  host.beforeGrammars?.();
  const parserOf = async (grammar: Uint8Array): Promise<Parser> => {
    const parser = new Parser();
    parser.setLanguage(await Language.load(grammar));
    return parser;
  };
  const [bash, powershell] = await Promise.all([parserOf(grammars.bash), parserOf(grammars.powershell)]);
  return {
    assess(shell, script) {
      if (script.length > MOST_CHARACTERS) return wholly(script, destructiveOr(script, TOO_BIG));
      switch (shell) {
        case 'bash':
        case 'sh':
          return judged(script, bash, host, (parse) => {
            const whole = (text: string) => parseBash(text, parse);
            return assessBash(whole(script), whole);
          });
        case 'pwsh':
        case 'powershell':
          return judged(script, powershell, host, (parse) => assessPowerShell(parsePowerShell(script, parse)));
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

function judged(
  whole: string,
  parser: Parser,
  { spent }: RiskHost,
  judge: (parse: (script: string) => ParsedScript) => Reason[],
): Assessment {
  const until = spent() + PARSE_MS;
  let looks = 0;
  const tooLong = () => (looks += 1) % LOOKS === 0 && spent() > until;
  const parse = (script: string): ParsedScript => {
    const tree = parser.parse(script, null, { progressCallback: tooLong });
    if (tree === null) {
      parser.reset();
      throw new TooLong();
    }
    try {
      return plainNodes(tree, script);
    } finally {
      tree.delete(); // It lives in WebAssembly's memory, which nobody else frees.
    }
  };
  try {
    return verdict(whole, judge(parse));
  } catch (error) {
    if (error instanceof TooLong || error instanceof RangeError) return wholly(whole, TOO_BIG); // RangeError: nested past the call stack
    throw error;
  }
}
