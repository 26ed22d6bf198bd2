import type { Pool } from 'pg';
import type { SearchBackend, SearchDocument } from '@throughline/store/search/search-backend';
import { entryDocument, outputDocuments } from '@throughline/store/search/search-documents';
import { type SearchWork, claimSearchWork, searchWorkDone } from '@throughline/store/search/search-queue';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { mspsWithWork } from '@throughline/store/work';

const ROWS = 100;
const DOCUMENTS = 64;

/** Carries queued entries and outputs to the search backend. At least once, with stable ids; a stopped search server only delays it. */
export async function drainSearchQueue(pool: Pool, backend: SearchBackend): Promise<void> {
  for (const mspId of await mspsWithWork(pool, 'search')) {
    let more = true;
    while (more)
      more = await withTenant(pool, { mspId, clients: '*' }, async (tx) => {
        const work = await claimSearchWork(tx, mspId, ROWS);
        await indexWork(tx, mspId, work, backend);
        await searchWorkDone(
          tx,
          mspId,
          work.map((row) => row.id),
        );
        return work.length === ROWS;
      });
  }
}

async function indexWork(tx: Tx, mspId: string, work: SearchWork[], backend: SearchBackend): Promise<void> {
  let batch: SearchDocument[] = [];
  const flush = async () => {
    if (batch.length > 0) await backend.index(mspId, batch);
    batch = [];
  };
  for (const row of work) {
    if (row.entry_seq !== null) {
      const document = await entryDocument(tx, mspId, row.session_id, row.entry_seq);
      if (document !== null) batch.push(document);
    }
    if (row.command_id !== null)
      for await (const document of outputDocuments(tx, mspId, row.session_id, row.command_id)) {
        batch.push(document);
        if (batch.length >= DOCUMENTS) await flush();
      }
    if (batch.length >= DOCUMENTS) await flush();
  }
  await flush();
}
