import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DefinitionNode, Kind, parse, print, visit } from 'graphql';

/** The text of an operation as the web app sends it, with the fragments it leans on. Throws where the app has none of that name. */
export function webOperation(name: string): string {
  const named = definitions();
  const operation = named.get(name);
  if (operation === undefined) throw new Error(`The web app has no operation ${name}.`);
  const wanted = new Map([[name, operation]]);
  for (const definition of wanted.values())
    visit(definition, {
      FragmentSpread: (spread) => {
        const fragment = named.get(spread.name.value);
        if (fragment !== undefined) wanted.set(spread.name.value, fragment);
      },
    });
  return [...wanted.values()].map((definition) => print(definition)).join('\n');
}

function definitions(): Map<string, DefinitionNode> {
  const web = fileURLToPath(new URL('../../../web/src', import.meta.url));
  const files = readdirSync(web, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.graphql'));
  return new Map(
    files
      .flatMap((file) => parse(readFileSync(join(web, file), 'utf8')).definitions)
      .filter((d) => d.kind === Kind.OPERATION_DEFINITION || d.kind === Kind.FRAGMENT_DEFINITION)
      .map((definition) => [definition.name?.value ?? '', definition]),
  );
}
