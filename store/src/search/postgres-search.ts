import type { Pool } from 'pg';
import { type Scope, type Tx, withTenant } from '../tenant.ts';
import {
  MARK_CLOSE,
  MARK_OPEN,
  type SearchBackend,
  type SearchDocument,
  type SearchHit,
  type SearchQuery,
} from './search-backend.ts';
import { queryTerms, wordsOf } from './query-terms.ts';

/** Postgres' own full-text search behind the search port: what runs when no search server is there. */
export function createPostgresSearch(pool: Pool): SearchBackend {
  return {
    name: 'postgres',
    prepare: () => Promise.resolve(),
    healthy: () => Promise.resolve(true),
    index: (mspId, documents) =>
      withTenant(pool, { mspId, clients: '*' }, async (tx) => {
        for (const document of documents) await put(tx, mspId, document);
      }),
    async search(query) {
      const tsquery = toTsquery(query.text);
      if (tsquery === null && !query.effectiveUser) return { hits: [], total: 0 };
      const scope: Scope = { mspId: query.mspId, clients: query.clients };
      return withTenant(pool, scope, (tx) => find(tx, query, tsquery));
    },
  };
}

/** Every term must stand; the words of a term must follow each other. Null when nothing searchable was typed. */
function toTsquery(text: string): string | null {
  const terms = queryTerms(text);
  if (terms.length === 0) return null;
  return terms
    .map((words) => words.map((word) => `'${word}'`).join(' <-> '))
    .map((term) => `(${term})`)
    .join(' & ');
}

async function put(tx: Tx, mspId: string, d: SearchDocument): Promise<void> {
  await tx.query(
    `insert into search_document (msp_id, id, client_id, session_id, endpoint_id, technician_ids, kind, entry_seq, command_id, stream, off, at, body, words, effective_user)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, to_timestamp($12 / 1000.0), $13, to_tsvector('simple', $14), $15)
     on conflict (msp_id, id) do update set body = excluded.body, words = excluded.words, technician_ids = excluded.technician_ids,
       effective_user = excluded.effective_user`,
    [
      mspId,
      d.id,
      d.clientId,
      d.sessionId,
      d.endpointId,
      d.technicianIds,
      d.kind,
      d.entrySeq,
      d.commandId,
      d.stream,
      d.offset,
      d.at,
      // Postgres text takes no NUL; the raw bytes are in output_chunk, this is for finding only.
      d.body.replaceAll('\0', '\uFFFD'),
      wordsOf(d.body).join(' '),
      d.effectiveUser,
    ],
  );
}

interface DocumentRow {
  id: string;
  client_id: string;
  session_id: string;
  endpoint_id: string;
  kind: string;
  entry_seq: number | null;
  command_id: string | null;
  stream: number | null;
  off: number | null;
  at: Date;
  body: string;
  total: number;
}

/** Of words that stand everywhere, the newest so many documents are hits: to rank all of them would take seconds. */
export const MOST_HITS = 1_000;

/** Without words the account alone is asked for, and each command is one hit. */
async function find(tx: Tx, query: SearchQuery, tsquery: string | null): Promise<{ hits: SearchHit[]; total: number }> {
  const { rows } = await tx.query<DocumentRow>(
    `select id, client_id, session_id, endpoint_id, kind, entry_seq, command_id, stream, off, at, body, count(*) over ()::int as total
     from search_document
     where msp_id = $1 and id = any (array(select search_documents($2::tsquery, $10, $3, $4, $5,
       to_timestamp($6::float8 / 1000.0), to_timestamp($7::float8 / 1000.0), $11)))
     order by coalesce(ts_rank_cd(words, $2::tsquery), 0) desc, at desc, id
     limit $8 offset $9`,
    [
      query.mspId,
      tsquery,
      query.clientId ?? null,
      query.endpointId ?? null,
      query.technicianId ?? null,
      query.from ?? null,
      query.to ?? null,
      query.limit,
      query.offset,
      query.effectiveUser ?? null,
      MOST_HITS,
    ],
  );
  return { hits: rows.map((row) => toHit(row, query.text)), total: rows[0]?.total ?? 0 };
}

function toHit(row: DocumentRow, text: string): SearchHit {
  return {
    document: {
      id: row.id,
      clientId: row.client_id,
      sessionId: row.session_id,
      endpointId: row.endpoint_id,
      kind: row.kind,
      entrySeq: row.entry_seq,
      commandId: row.command_id,
      stream: row.stream,
      offset: row.off,
      at: row.at.getTime(),
    },
    excerpt: excerptOf(row.body, text),
  };
}

/** About 240 characters around the first match, every match marked. */
export function excerptOf(body: string, text: string): string {
  const terms = queryTerms(text);
  if (terms.length === 0) return body.slice(0, 240);
  const patterns = terms.map((words) => words.map(escapeRegExp).join('[^\\p{L}\\p{N}]+'));
  const match = new RegExp(`(?<![\\p{L}\\p{N}])(?:${patterns.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
  const first = body.search(match);
  const from = Math.max(0, (first < 0 ? 0 : first) - 80);
  return body.slice(from, from + 240).replace(match, (found) => `${MARK_OPEN}${found}${MARK_CLOSE}`);
}

const escapeRegExp = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
