// `npm run codegen`: typed GraphQL documents for the web app, from the committed schema.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root, run } from './lib/install.mjs';

await ensureInstalled();
if (existsSync(join(root, 'web/codegen.ts'))) {
  process.exitCode = await run(process.execPath, ['--import', 'tsx', 'web/codegen.ts']);
}
