import { mkdtempSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendOutput } from '@throughline/store/output-store';
import type { OutputFrame } from '@throughline/domain/output-frame';
import fc from 'fast-check';
import pg from 'pg';
import { ModelStore } from './model-store.ts';
import type { FaultContext } from './row.ts';
import { play, sequences } from './t5-protocol.ts';

/** T5, the other end: the real append_output answers and stores as the model does, step by step. */
export async function storeAgainstModel(context: FaultContext): Promise<void> {
  const site = await context.site();
  const folder = mkdtempSync(join(tmpdir(), 'throughline-t5-'));
  context.atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const client = new pg.Client({ connectionString: await site.product.databaseUrl() });
  await client.connect();
  context.atEnd(() => client.end());
  const { rows } = await client.query<{ id: string }>('select id from msp limit 1');
  const mspId = rows[0]!.id;
  await context.row('T5 append_output and model', async (row) => {
    let lies = 0;
    const property = fc.asyncProperty(sequences, async (sequence) => {
      const commandId = randomUUID();
      const model = new ModelStore();
      // No command stands behind these frames, so foreign keys are off; nothing of it is kept.
      await client.query(
        `begin; set local session_replication_role = replica; set local app.msp_id = '${mspId}'; set local app.clients = '*'`,
      );
      try {
        const append = async (frames: readonly OutputFrame[]) => {
          const wanted = model.append(frames);
          const found = await appendOutput(client, mspId, randomUUID(), commandId, frames);
          if (found.status !== wanted.status || found.nextSeq !== wanted.nextSeq)
            throw new Error(`it answered ${JSON.stringify(found)}, the model ${JSON.stringify(wanted)}`);
          return found;
        };
        const { wire } = await play(folder, sequence, { append }, commandId);
        if (sequence.lie && wire.conflicts !== 1) throw new Error('a changed byte was not found');
        if (sequence.lie) lies++;
        const stored = await client.query<{ stream: number; bytes: Buffer }>(
          'select stream, bytes from output_chunk where command_id = $1 order by seq',
          [commandId],
        );
        for (const stream of [1, 2, 3]) {
          const bytes = Buffer.concat(stored.rows.filter((each) => each.stream === stream).map((each) => each.bytes));
          if (!bytes.equals(model.bytes(stream))) throw new Error(`stream ${stream} differs from the model`);
        }
        row.n++;
      } finally {
        await client.query('rollback');
      }
    });
    const report = await fc.check(property, {
      seed: context.seed,
      numRuns: Math.max(20, context.times(100_000) / 100),
    });
    row.figures.lies = lies;
    if (report.failed)
      row.failures.push(
        `${String(report.errorInstance)}, path ${report.counterexamplePath}: ${JSON.stringify(report.counterexample)}`,
      );
  });
}
