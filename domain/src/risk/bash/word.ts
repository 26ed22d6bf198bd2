import type { SyntaxNode } from '../syntax.ts';
import { UNSEEN } from './rule.ts';

/** One word of a command as the shell will see it. */
export interface Word {
  /** Null when what it becomes (how many words, whether an option) is known only when it runs. */
  text: string | null;
  /** Written without quotes, escapes or wildcards. */
  plain: boolean;
}

const UNKNOWN: Word = { text: null, plain: false };

/** Undoes quoting as bash does, as far as the text is known before it runs. */
export function wordOf(node: SyntaxNode): Word {
  switch (node.type) {
    case 'command_name': {
      const [only, ...more] = node.children;
      return only === undefined || more.length > 0 ? UNKNOWN : wordOf(only);
    }
    case 'word':
    case 'number':
      return bare(node.text);
    case 'raw_string':
      return { text: node.text.slice(1, -1), plain: false };
    case 'string':
      return quoted(node);
    case 'concatenation':
      return joined(node.children.map(wordOf), node.text);
    case 'process_substitution':
      return { text: '/dev/fd/63', plain: false };
    default:
      return UNKNOWN;
  }
}

function bare(raw: string): Word {
  // A wildcard or brace in front may become a name that starts with a dash.
  if (/^[*?[{]/.test(raw) || raw.includes('{')) return UNKNOWN;
  if (raw.includes('\\')) return { text: raw.replace(/\\\n/g, '').replace(/\\(.)/gs, '$1'), plain: false };
  return { text: raw, plain: !/[*?[\]{}~]/.test(raw) };
}

/** Inside double quotes a word stays one word; only its first character decides whether it is an option. */
function quoted(node: SyntaxNode): Word {
  const inner = node.children.filter((child) => child.type !== '"');
  const text = inner
    .map((child) => (child.type === 'string_content' ? child.text.replace(/\\([$`"\\\n])/g, '$1') : UNSEEN))
    .join('');
  return text.startsWith(UNSEEN) && inner.length > 0 ? { text: UNSEEN, plain: false } : { text, plain: false };
}

function joined(parts: readonly Word[], raw: string): Word {
  if (raw.startsWith('{') || parts.some((part) => part.text === null)) return UNKNOWN;
  return { text: parts.map((part) => part.text).join(''), plain: false };
}
