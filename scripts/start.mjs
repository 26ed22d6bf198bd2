// `npm start`: the whole product on this machine. Everything beyond "is it installed?" is in infra/src/start.ts.
import { ensureInstalled } from './lib/install.mjs';

await ensureInstalled();
const { register } = await import('tsx/esm/api');
register();
const { start } = await import('../infra/src/start.ts');
await start();
