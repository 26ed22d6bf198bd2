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
export function wordOf(node: SyntaxNode, known: ReadonlyMap<string, string> = new Map()): Word {
  switch (node.type) {
    case 'command_name': {
      const [only, ...more] = node.children;
      return only === undefined || more.length > 0 ? UNKNOWN : wordOf(only, known);
    }
    case 'word':
    case 'number':
      return bare(node.text);
    case 'raw_string':
      return { text: node.text.slice(1, -1), plain: false };
    case 'string':
      return quoted(node, known);
    case 'concatenation': {
      const emptyBraces = isEmptyBraces(node.text);
      return joined(
        node.children.map((child) =>
          emptyBraces && /^[{}]$/.test(child.text) ? { text: child.text, plain: false } : wordOf(child, known),
        ),
      );
    }
    case 'simple_expansion':
    case 'expansion': {
      const value = valueOf(node, known);
      // Outside quotes a wildcard becomes names that nobody knows.
      return value === null || /[*?]/.test(value) ? UNKNOWN : { text: value, plain: false };
    }
    case 'process_substitution':
      return { text: '/dev/fd/63', plain: false };
    default:
      return UNKNOWN;
  }
}

/** The text of `$x` or `${x}` where it is known. */
function valueOf(node: SyntaxNode, known: ReadonlyMap<string, string>): string | null {
  const name = /^\$(?:(\w+)|\{(\w+)\})$/.exec(writtenIn(node).text);
  return known.get(name?.[1] ?? name?.[2] ?? '') ?? null;
}

/** The grammar counts the blanks between two expansions of a quoted text (`"$a $b"`) to the second: what is written, and the blanks. */
export function writtenIn(node: SyntaxNode): { blanks: string; text: string } {
  const quoted = [node.parent, node.parent?.parent].some((holder) => QUOTED.has(holder?.type ?? ''));
  const text = quoted ? node.text.trimStart() : node.text;
  return { blanks: node.text.slice(0, node.text.length - text.length), text };
}
const QUOTED = new Set(['string', 'heredoc_body']);

/** `{}`, which stays what it is; other braces become several words. */
const isEmptyBraces = (raw: string): boolean => raw.includes('{}') && !raw.replaceAll('{}', '').includes('{');

function bare(raw: string): Word {
  // A wildcard or brace in front may become a name that starts with a dash; an empty pair of braces is just that.
  if (/^[*?[]/.test(raw) || (raw.includes('{') && !isEmptyBraces(raw))) return UNKNOWN;
  if (raw.includes('\\')) return { text: raw.replace(/\\\n/g, '').replace(/\\(.)/gs, '$1'), plain: false };
  return { text: raw, plain: !/[*?[\]{}~]/.test(raw) };
}

/** Inside double quotes a word stays one word; only its first character decides whether it is an option. */
function quoted(node: SyntaxNode, known: ReadonlyMap<string, string>): Word {
  const inner = node.children.filter((child) => child.type !== '"');
  // The grammar leaves out line breaks between two parts: they end a command of `bash -c "…"`.
  let end = node.startIndex + 1;
  const text = inner
    .map((child) => {
      const between = node.text.slice(end - node.startIndex, child.startIndex - node.startIndex);
      end = child.endIndex;
      return (
        between +
        (child.type === 'string_content'
          ? child.text.replace(/\\\n/g, '').replace(/\\([$`"\\])/g, '$1')
          : writtenIn(child).blanks + (valueOf(child, known) ?? UNSEEN))
      );
    })
    .join('');
  return text.startsWith(UNSEEN) && inner.length > 0 ? { text: UNSEEN, plain: false } : { text, plain: false };
}

function joined(parts: readonly Word[]): Word {
  if (parts.some((part) => part.text === null)) return UNKNOWN;
  const text = parts.map((part) => part.text).join('');
  // What comes first may turn out to be empty: `"$x"-delete`.
  return { text: text.startsWith(UNSEEN) ? UNSEEN : text, plain: false };
}
