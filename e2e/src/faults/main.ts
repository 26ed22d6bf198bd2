import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../harness/product.ts';
import { FAULTS, PARTS } from './catalogue.ts';
import { createContext } from './row.ts';
import { Site } from './site.ts';
import { lineOf, tableOf } from './table.ts';

/** `npm run faults [-- T1 T3 --seed=42 --times=5]`: breaks the product on purpose and looks whether it kept its word. */
const all = { ...FAULTS, ...PARTS };
const seed = Number(flag('seed') ?? Date.now() % 1_000_000_000);
const times = flag('times') === undefined ? undefined : Number(flag('times'));
const asked = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const unknown = asked.filter((name) => all[name] === undefined);
if (unknown.length > 0 || !Number.isSafeInteger(seed) || !Number.isSafeInteger(times ?? 1)) {
  console.error(`usage: npm run faults -- [${Object.keys(all).join('|')}]… [--seed=NUMBER] [--times=NUMBER]`);
  process.exit(2);
}

const say = (line: string) => void process.stderr.write(`  ${line}\n`);
let shared: Promise<Site> | null = null;
const { context, rows, finish } = createContext({
  seed,
  times,
  say,
  site: () => (shared ??= Site.open()),
});

async function end(): Promise<void> {
  await finish();
  const site = await shared?.catch(() => null);
  if (site && rows.some((row) => row.failures.length > 0)) {
    const kept = join(ROOT, '.test-results', `faults-${seed}`);
    cpSync(join(site.product.dataDir, 'logs'), kept, { recursive: true });
    say(`the product's logs are kept in ${kept}`);
  }
  await site?.close();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void end().finally(() => process.exit(130)));

console.log(`seed ${seed}`);
for (const name of asked.length > 0 ? asked : Object.keys(FAULTS)) {
  say(name);
  try {
    await all[name]!(context);
  } catch (error) {
    await context.row(`${name} set-up`, () => Promise.reject(error as Error));
  }
  await finish();
}
await end();
const facts = { seed, at: new Date().toISOString() };
console.log(`\n${tableOf(rows)}\n\nseed ${seed}`);
for (const row of rows) console.log(lineOf(row, facts));
process.exit(rows.some((row) => row.failures.length > 0) ? 1 : 0);

function flag(name: string): string | undefined {
  return process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}
