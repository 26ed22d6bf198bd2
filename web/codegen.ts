import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  buildSchema,
  parse,
  print,
  printSchema,
  stripIgnoredCharacters,
  visit,
} from 'graphql';

/* Writes typed documents for every .graphql file under web/src, from the printed schema of the api. */

const here = path.dirname(fileURLToPath(import.meta.url));
const schemaFile = path.join(here, '../api/src/graphql/schema.graphql');
const outFile = path.join(here, 'src/graphql/generated/operations.ts');

const schema = buildSchema(await readFile(schemaFile, 'utf8'));
const files = (await readdir(path.join(here, 'src'), { recursive: true })).filter((f) => f.endsWith('.graphql')).sort();
const documents = await Promise.all(
  files.map(async (file) => {
    const text = await readFile(path.join(here, 'src', file), 'utf8');
    return { location: file, document: parse(text) };
  }),
);

const definitions = documents.flatMap(({ document }) => document.definitions);
const operations = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
const fragments = new Map(
  definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION).map((each) => [each.name.value, each]),
);

const IMPORT = "import type { TypedDocumentNode } from '@urql/core';";

/**
 * One operation as the text that goes to the server, with the fragments it uses. As text and not as the parsed document,
 * which is seven times as long and which every page would have to read before it shows anything: urql takes both.
 */
function asText(operation: OperationDefinitionNode): string {
  const name = operation.name?.value;
  if (name === undefined) throw new Error('An operation in a .graphql file has no name.');
  const kind = operation.operation[0]?.toUpperCase() + operation.operation.slice(1);
  const types = `${name}${kind}, ${name}${kind}Variables`;
  const parts = [operation, ...usedFragments(operation)].map((each) => print(each));
  const query = JSON.stringify(stripIgnoredCharacters(parts.join('\n')));
  return `export const ${name}Document = ${query} as unknown as TypedDocumentNode<${types}>;`;
}

function usedFragments(
  node: OperationDefinitionNode | FragmentDefinitionNode,
  found = new Set<FragmentDefinitionNode>(),
): Set<FragmentDefinitionNode> {
  visit(node, {
    FragmentSpread({ name }) {
      const fragment = fragments.get(name.value);
      if (fragment === undefined) throw new Error(`No .graphql file has the fragment ${name.value}.`);
      if (found.has(fragment)) return;
      found.add(fragment);
      usedFragments(fragment, found);
    },
  });
  return found;
}

const text = await codegen({
  filename: outFile,
  schema: parse(printSchema(schema)),
  schemaAst: schema,
  documents,
  config: {
    useTypeImports: true,
    scalars: { DateTime: 'string', JSON: 'unknown', ID: 'string' },
    enumType: 'string-literal',
    enumsAsTypes: true,
    avoidOptionals: false,
    skipTypename: true,
    dedupeFragments: true,
  },
  plugins: [{ add: {} }, { operations: {} }, { documents: {} }],
  pluginMap: {
    add: { plugin: () => '/* Written by web/codegen.ts. Not kept in git. */' },
    operations: typescriptOperations,
    documents: { plugin: () => ({ prepend: [IMPORT], content: operations.map(asText).join('\n') }) },
  },
});

await mkdir(path.dirname(outFile), { recursive: true });
await writeFile(outFile, text);
