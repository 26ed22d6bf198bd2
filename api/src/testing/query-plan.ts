import type { Tx } from '@throughline/store/tenant';
import type { Statement } from './statement-log.ts';

/** One place where a plan touches a table. */
export interface Scan {
  table: string;
  /** Postgres' word: 'Seq Scan', 'Index Scan', 'Index Only Scan', 'Bitmap Heap Scan' … */
  how: string;
  index: string | null;
  /** Rows looked at in all, those thrown away by a filter included. */
  rows: number;
}

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Node[];
}

/** Runs a statement with its values and tells where it looked: the plan that really ran, not one for values nobody sends. */
export async function scansOf(tx: Tx, { sql, values }: Statement): Promise<Scan[]> {
  const { rows } = await tx.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
    `explain (analyze, timing off, format json) ${sql}`,
    values,
  );
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  if (plan === undefined) throw new Error('Postgres explained nothing');
  return walk(plan, null);
}

function walk(node: Node, above: string | null): Scan[] {
  const table = node['Relation Name'];
  const index = node['Index Name'] ?? above;
  const each =
    node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  const below = (node.Plans ?? []).flatMap((plan) => walk(plan, index));
  const here = { how: node['Node Type'], index: node['Index Name'] ?? null, rows: each * node['Actual Loops'] };
  return table === undefined ? below : [{ table, ...here }, ...below];
}
