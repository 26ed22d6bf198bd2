import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { buildSchema, parse, printSchema } from 'graphql';

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
    documents: typedDocumentNode,
  },
});

await mkdir(path.dirname(outFile), { recursive: true });
await writeFile(outFile, text);
