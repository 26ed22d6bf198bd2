import type { Language, Tree, TreeCursor } from 'web-tree-sitter';
import type { ParsedScript, SyntaxNode } from './syntax.ts';

/**
 * A node of the syntax tree, taken out of WebAssembly's memory once: every look at the grammar's own nodes crosses that border, and the rules
 * look at each node many times.
 */
class PlainNode implements SyntaxNode {
  readonly type: string;
  readonly startIndex: number;
  readonly endIndex: number;
  readonly children: readonly PlainNode[];
  readonly parent: PlainNode | null;
  private readonly typeId: number;
  /** What it is to its parent; 0: nothing that has a name. */
  private readonly field: number;
  private readonly script: Script;

  /** The cursor's node with all below it; the cursor then stands there again. */
  constructor(cursor: TreeCursor, script: Script, parent: PlainNode | null) {
    this.typeId = cursor.nodeTypeId;
    this.type = script.language.types[this.typeId] ?? 'ERROR';
    this.startIndex = cursor.startIndex;
    this.endIndex = cursor.endIndex;
    this.parent = parent;
    this.field = cursor.currentFieldId;
    this.script = script;
    if (cursor.gotoFirstChild()) {
      const children = [new PlainNode(cursor, script, this)];
      while (cursor.gotoNextSibling()) children.push(new PlainNode(cursor, script, this));
      cursor.gotoParent();
      this.children = children;
    } else this.children = NONE;
  }

  get text(): string {
    return this.script.text.slice(this.startIndex, this.endIndex);
  }

  /** Of the whole script. */
  get hasError(): boolean {
    return this.script.hasError;
  }

  get whole(): string {
    return this.script.text;
  }

  get namedChildren(): PlainNode[] {
    return this.children.filter(({ type, typeId }) => type === 'ERROR' || this.script.language.nodeTypeIsNamed(typeId));
  }

  childForFieldName(name: string): PlainNode | null {
    const field = this.script.language.fieldIdForName(name);
    return field === null ? null : (this.children.find((child) => child.field === field) ?? null);
  }

  /** The smallest node that spans these units. */
  descendantForIndex(start: number, end: number): PlainNode | null {
    const inside = this.children.find((child) => child.startIndex <= start && end <= child.endIndex);
    if (inside !== undefined) return inside.descendantForIndex(start, end);
    return this.startIndex <= start && end <= this.endIndex ? this : null;
  }
}

/** Half of the nodes are leaves. */
const NONE: readonly never[] = [];

/** What all nodes of a script share. */
interface Script {
  text: string;
  hasError: boolean;
  language: Language;
}

/** The tree as plain nodes, which outlive it. A cursor leaves nothing behind for each node, as asking for its children would. */
export function plainNodes(tree: Tree, text: string): ParsedScript {
  const cursor = tree.walk();
  try {
    return new PlainNode(cursor, { text, hasError: tree.rootNode.hasError, language: tree.language }, null);
  } finally {
    cursor.delete();
  }
}
