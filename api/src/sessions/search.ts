import { outputRange } from '@throughline/store/output-store';
import { queryTerms } from '@throughline/store/search/query-terms';
import type { SearchHit, SearchQuery } from '@throughline/store/search/search-backend';
import { CHUNK_BYTES } from '@throughline/store/search/search-documents';
import { searchLag } from '@throughline/store/search/search-queue';
import { withTenant } from '@throughline/store/tenant';
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
  const hits = [];
  for (const hit of found.hits) hits.push(await toHit(deps, viewer, hit, asked.text));
  const lag = await withTenant(deps.pool, scope, (tx) => searchLag(tx, viewer.mspId));
  return { hits, total: found.total, backend: deps.search.name, catchingUp: lag > 0 };
}

async function toHit(
  deps: Deps,
  viewer: Viewer,
  { document, excerpt }: SearchHit,
  text: string,
): Promise<TranscriptHit> {
  const stream = document.stream === 1 ? 'stdout' : document.stream === 2 ? 'stderr' : null;
  return {
    kind: document.kind,
    sessionId: document.sessionId,
    entrySeq: document.entrySeq,
    commandId: document.commandId,
    stream,
    offset: await exactOffset(deps, viewer, document, text),
    excerpt,
    at: document.at,
  };
}

async function exactOffset(
  deps: Deps,
  viewer: Viewer,
  document: SearchHit['document'],
  text: string,
): Promise<number | null> {
  const { commandId, stream, offset } = document;
  if (commandId === null || stream === null || offset === null) return null;
  const scope = scopeOf(viewer);
  const bytes = await withTenant(deps.pool, scope, (tx) =>
    outputRange(tx, scope, commandId, stream, offset, CHUNK_BYTES),
  );
  const word = queryTerms(text)[0]?.[0] ?? '';
  // Latin-1 keeps one character a byte, so that the place found is a byte offset.
  const needle = Buffer.from(word).toString('latin1');
  const place = new RegExp(`(?<![\\w])${needle.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w])`, 'i').exec(
    bytes.toString('latin1'),
  );
  return offset + (place?.index ?? 0);
}
