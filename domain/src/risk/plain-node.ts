import type { Node } from 'web-tree-sitter';
import type { SyntaxNode } from './syntax.ts';

/**
 * A node of the syntax tree taken out of WebAssembly's memory once: every look at the grammar's own nodes crosses that border, and the
 * rules look at each node many times.
 */
export class PlainNode implements SyntaxNode {
  readonly type: string;
  readonly startIndex: number;
  readonly endIndex: number;
  readonly children: PlainNode[];
  readonly parent: PlainNode | null;
  readonly #node: Node;
  readonly #script: string;

  constructor(node: Node, script: string, parent: PlainNode | null = null) {
    this.type = node.type;
    this.startIndex = node.startIndex;
    this.endIndex = node.endIndex;
    this.parent = parent;
    this.#node = node;
    this.#script = script;
    this.children = node.children.map((child) => new PlainNode(child!, script, this));
  }

  get text(): string {
    return this.#script.slice(this.startIndex, this.endIndex);
  }

  get hasError(): boolean {
    return this.#node.hasError;
  }

  get namedChildren(): PlainNode[] {
    return this.children.filter((child) => child.#node.isNamed);
  }

  childForFieldName(name: string): PlainNode | null {
    const found = this.#node.childForFieldName(name);
    return found === null ? null : (this.children.find((child) => child.#node.id === found.id) ?? null);
  }

  /** The smallest node that spans these units. */
  descendantForIndex(start: number, end: number): PlainNode | null {
    const inside = this.children.find((child) => child.startIndex <= start && end <= child.endIndex);
    if (inside !== undefined) return inside.descendantForIndex(start, end);
    return this.startIndex <= start && end <= this.endIndex ? this : null;
  }
}
