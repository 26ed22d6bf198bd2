import { outputRange } from '@throughline/store/output-store';
import { queryTerms } from '@throughline/store/search/query-terms';
import type { SearchHit, SearchQuery } from '@throughline/store/search/search-backend';
import { CHUNK_BYTES } from '@throughline/store/search/search-documents';
import { searchLag } from '@throughline/store/search/search-queue';
import { type Scope, type Tx, withTenant } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { permit, scopeOf } from './viewer.ts';

export interface TranscriptHit {
  kind: string;
  sessionId: string;
  entrySeq: number | null;
  commandId: string | null;
  stream: 'stdout' | 'stderr' | null;
  offset: number | null;
  excerpt: string;
  at: number;
}

type Asked = Omit<SearchQuery, 'mspId' | 'clients'>;

/** Searches what this person may see. A hit in output points at the byte where the words stand, not just at its chunk. */
export async function searchTranscripts(deps: Deps, viewer: Viewer, asked: Asked) {
  permit(viewer, 'transcript.search', true);
  const scope = scopeOf(viewer);
  const found = await deps.search.search({ ...asked, ...scope });
  const page = await withTenant(deps.pool, scope, async (tx) => {
    const hits = [];
    for (const hit of found.hits) hits.push(await toHit(tx, scope, hit, asked.text));
    return { hits, catchingUp: (await searchLag(tx, viewer.mspId)) > 0 };
  });
  return { ...page, total: found.total, backend: deps.search.name };
}

async function toHit(tx: Tx, scope: Scope, { document, excerpt }: SearchHit, text: string): Promise<TranscriptHit> {
  const stream = document.stream === 1 ? 'stdout' : document.stream === 2 ? 'stderr' : null;
  return {
    kind: document.kind,
    sessionId: document.sessionId,
    entrySeq: document.entrySeq,
    commandId: document.commandId,
    stream,
    offset: await exactOffset(tx, scope, document, text),
    excerpt,
    at: document.at,
  };
}

async function exactOffset(
  tx: Tx,
  scope: Scope,
  document: SearchHit['document'],
  text: string,
): Promise<number | null> {
  const { commandId, stream, offset } = document;
  if (commandId === null || stream === null || offset === null) return null;
  const bytes = await outputRange(tx, scope, commandId, stream, offset, CHUNK_BYTES);
  const word = queryTerms(text)[0]?.[0] ?? '';
  // Latin-1 keeps one character a byte, so that the place found is a byte offset.
  const needle = Buffer.from(word).toString('latin1');
  const place = new RegExp(`(?<![\\w])${needle.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w])`, 'i').exec(
    bytes.toString('latin1'),
  );
  return offset + (place?.index ?? 0);
}
