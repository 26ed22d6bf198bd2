import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type VariableDefinitionNode,
  parse,
  print,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { MAX_COMPLEXITY } from './builder.ts';
import { schema } from './schema.ts';

const costOf = (query: DocumentNode | string, variables: Record<string, unknown> = {}): number =>
  complexityFromQuery(query, { schema, ctx: {}, variables }).complexity;

describe('the cost of a query', () => {
  it('grows with the page that is asked for, not with a guess', () => {
    const page = (first: number) => costOf(`{ sessions(first: ${first}) { edges { node { id title } } } }`);
    expect(page(100) / page(10)).toBeGreaterThan(8);
    expect(costOf('{ sessions { edges { node { id title } } } }')).toBe(page(50));
  });

  it('counts a page once, not again at its edges', () => {
    expect(costOf('{ sessions(first: 100) { edges { node { id } } } }')).toBeLessThan(1_000);
  });

  it('reads the size from a variable, too', () => {
    const query = 'query($first: Int) { sessions(first: $first) { edges { node { id } } } }';
    expect(costOf(query, { first: 100 })).toBeGreaterThan(costOf(query, { first: 1 }));
  });

  it('refuses pages of pages', () => {
    const pages = `{ endpoints(first: 100) { edges { node { sessions(first: 100) { edges { node { id title number } } } } } } }`;
    expect(costOf(pages)).toBeGreaterThan(MAX_COMPLEXITY);
  });

  it('leaves room for every page of the web app at its largest', () => {
    const operations = webOperations();
    expect(operations.length).toBeGreaterThan(15);
    for (const { name, document, variables } of operations)
      expect(costOf(document, variables), name).toBeLessThan(MAX_COMPLEXITY);
  });
});

/** Each query and subscription of the web app with all the fragments it may lean on; a mutation answers with one thing. */
function webOperations(): { name: string; document: DocumentNode; variables: Record<string, unknown> }[] {
  const web = fileURLToPath(new URL('../../../web/src', import.meta.url));
  const files = readdirSync(web, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.graphql'));
  const all = files.flatMap((file) => parse(readFileSync(join(web, file), 'utf8')).definitions);
  const fragments = all.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return all
    .filter((definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION)
    .filter((operation) => operation.operation !== OperationTypeNode.MUTATION)
    .map((operation) => ({
      name: operation.name?.value ?? '',
      document: { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] },
      variables: Object.fromEntries((operation.variableDefinitions ?? []).map((each) => someValue(operation, each))),
    }));
}

/** A value that fits; ids only where one must be given, and then of the type that operation and variable are named after. */
function someValue(operation: OperationDefinitionNode, { variable, type }: VariableDefinitionNode): [string, unknown] {
  const name = variable.name.value;
  const about = `${operation.name?.value ?? ''} ${name}`;
  const types: [word: string, type: string][] = [
    ['endpoint', 'Endpoint'],
    ['commandid', 'Command'],
    ['clientid', 'Client'],
    ['groupid', 'ClientGroup'],
    ['incident', 'Incident'],
    ['webhookid', 'OutboundWebhook'],
    ['snapshot', 'Snapshot'],
  ];
  const named = types.find(([word]) => about.toLowerCase().includes(word))?.[1] ?? 'Session';
  const id = `${named}:${randomUUID()}`;
  const values: Record<string, unknown> = {
    Int: 100,
    String: 'x',
    Shell: 'bash',
    Boolean: true,
    PolicyDocumentInput: {},
    SlaDocumentInput: {},
    DateTime: '2026-11-01T00:00:00Z',
    ID: Buffer.from(id).toString('base64'),
    '[ID!]': [],
  };
  const given = print(type);
  return [name, given.endsWith('!') || given === 'Int' ? values[given.replace(/!$/, '')] : undefined];
}
