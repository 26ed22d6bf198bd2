import type { Pool } from 'pg';
import type { SearchBackend, SearchDocument } from '@throughline/store/search/search-backend';
import { entryDocuments, outputDocuments } from '@throughline/store/search/search-documents';
import { type SearchWork, claimSearchWork, searchWorkDone } from '@throughline/store/search/search-queue';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { mspsWithWork } from '@throughline/store/work';

const ENTRIES = 100;
const OUTPUTS = 1;
const DOCUMENTS = 64;
const MOST_REST_MS = 2_000;

/** Entries are small and looked for at once; outputs may be huge, so they have a line of their own and hold up no entry. */
export type SearchLine = 'entries' | 'outputs';

/** Carries one line of the queue to the search backend. At least once, with stable ids; a stopped search server only delays it. */
export async function drainSearchQueue(pool: Pool, backend: SearchBackend, line: SearchLine): Promise<void> {
  const most = line === 'entries' ? ENTRIES : OUTPUTS;
  for (const mspId of await mspsWithWork(pool, 'search')) {
    let more = true;
    while (more)
      more = await withTenant(pool, { mspId, clients: '*' }, async (tx) => {
        const work = await claimSearchWork(tx, mspId, line, most);
        for (const batch of line === 'entries'
          ? [entriesOf(tx, mspId, work)]
          : work.map((row) => outputOf(tx, mspId, row)))
          await indexAll(mspId, batch, backend);
        await searchWorkDone(
          tx,
          mspId,
          work.map((row) => row.id),
        );
        return work.length === most;
      });
  }
}

async function* entriesOf(tx: Tx, mspId: string, work: SearchWork[]): AsyncGenerator<SearchDocument> {
  for (const { session_id, entry_seq } of work) {
    if (entry_seq !== null) yield* entryDocuments(tx, mspId, session_id, entry_seq);
  }
}

async function* outputOf(
  tx: Tx,
  mspId: string,
  { session_id, command_id }: SearchWork,
): AsyncGenerator<SearchDocument> {
  if (command_id !== null) yield* outputDocuments(tx, mspId, session_id, command_id);
}

async function indexAll(
  mspId: string,
  documents: AsyncGenerator<SearchDocument>,
  backend: SearchBackend,
): Promise<void> {
  let batch: SearchDocument[] = [];
  let began = performance.now();
  for await (const document of documents) {
    batch.push(document);
    if (batch.length < DOCUMENTS) continue;
    await backend.index(mspId, batch);
    batch = [];
    // A very long output is searchable a little later, and what people wait for comes first: as much rest as work.
    await new Promise((resolve) => setTimeout(resolve, Math.min(performance.now() - began, MOST_REST_MS)));
    began = performance.now();
  }
  if (batch.length > 0) await backend.index(mspId, batch);
}
