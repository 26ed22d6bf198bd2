import ts from 'typescript';

/* The sentences that rules can make, read out of their source: what no command of the tables brings up is found here. */

/** Stands for what a script names. */
export const NAME = 'X';
/** What makes a finding of words. */
const FINDINGS = new Set(['change', 'destructive', 'readOnly']);
/** More variants of one template than any rule has. */
const MOST = 2_000;

/** Every literal and template of a file that is said as it stands, with each of its variants. Parts of others are said within them. */
export function sentenceTemplates(name: string, source: string): string[] {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true);
  const known = new Map<string, ts.Expression>();
  const parts = new Set<ts.Node>();
  each(file, (node) => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer)
      known.set(node.name.text, node.initializer);
  });

  /** What an expression can say. `within`: inside a template, so that it is no sentence of its own. */
  function variants(node: ts.Expression, within: boolean, depth = 0): string[] {
    const on = (next: ts.Expression) => variants(next, within, depth + 1);
    if (depth > 12) return [NAME];
    if (ts.isStringLiteralLike(node)) {
      if (within) parts.add(node);
      return [node.text];
    }
    if (ts.isTemplateExpression(node)) {
      if (within) parts.add(node);
      return node.templateSpans.reduce(
        (heads, { expression, literal }) => {
          const tails = variants(expression, true, depth + 1).map((said) => said + literal.text);
          return heads.flatMap((head) => tails.map((tail) => head + tail)).slice(0, MOST);
        },
        [node.head.text],
      );
    }
    if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isAsExpression(node))
      return on(node.expression);
    if (ts.isConditionalExpression(node)) return [...on(node.whenTrue), ...on(node.whenFalse)];
    if (ts.isBinaryExpression(node) && /^(\?\?|\|\|)$/.test(node.operatorToken.getText(file)))
      return [...on(node.left), ...on(node.right)];
    if (ts.isIdentifier(node))
      return node.text === 'undefined' || !known.has(node.text) ? [NAME] : ofName(node.text, on);
    if (ts.isElementAccessExpression(node) && ts.isIdentifier(node.expression))
      return valuesOf(node.expression.text, on);
    // `names(words, 'packages')`: the names, or what is said where there are none.
    if (ts.isCallExpression(node) && node.expression.getText(file) === 'names' && node.arguments[1])
      return [NAME, ...on(node.arguments[1])];
    return [NAME];
  }
  const ofName = (of: string, on: (next: ts.Expression) => string[]): string[] => {
    const initializer = known.get(of)!;
    return ts.isObjectLiteralExpression(initializer) || ts.isArrowFunction(initializer) ? [NAME] : on(initializer);
  };
  const valuesOf = (of: string, on: (next: ts.Expression) => string[]): string[] => {
    const table = known.get(of);
    if (table === undefined || !ts.isObjectLiteralExpression(table)) return [NAME];
    return table.properties.flatMap((one) => (ts.isPropertyAssignment(one) ? on(one.initializer) : []));
  };

  const found: ts.Expression[] = [];
  each(file, (node) => {
    if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return;
    if (isSaid(node)) found.push(node);
  });
  // First all of them, so that each knows its parts.
  const said = found.map((node) => ({ node, variants: variants(node, false) }));
  return said.flatMap(({ node, variants: all }) => (parts.has(node) ? [] : all));
}

/** Returned, kept in a table or made a finding of; not compared, imported, a key, or given to anything else. */
function isSaid(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isCallExpression(parent)) return ts.isIdentifier(parent.expression) && FINDINGS.has(parent.expression.text);
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name.text === 'trim' && isSaid(parent.parent);
  if (ts.isConditionalExpression(parent) || ts.isParenthesizedExpression(parent)) return isSaid(parent);
  if (ts.isBinaryExpression(parent))
    return parent.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken && isSaid(parent);
  if (ts.isArrowFunction(parent)) return parent.body === node;
  return ts.isReturnStatement(parent) || ts.isTemplateSpan(parent);
}

function each(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => each(child, look));
}
