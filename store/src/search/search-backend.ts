/** One searchable piece: an entry, a session's own words, or a chunk of output that points at its bytes. */
export interface SearchDocument {
  /** Stable, so that indexing again replaces: letters, digits, `-` and `_` only. */
  id: string;
  mspId: string;
  clientId: string;
  sessionId: string;
  endpointId: string;
  technicianIds: string[];
  kind: string;
  entrySeq: number | null;
  commandId: string | null;
  /** 1 stdout, 2 stderr; null outside output. */
  stream: number | null;
  /** Byte offset of the chunk's first byte in its stream. */
  offset: number | null;
  /** The account that the command really ran as; null for what belongs to no command, or to one that never started. */
  effectiveUser: string | null;
  at: number;
  body: string;
}

export interface SearchQuery {
  mspId: string;
  /** '*' or the clients the person may see: applied by the server, never by the browser. */
  clients: '*' | readonly string[];
  text: string;
  clientId?: string | null;
  endpointId?: string | null;
  technicianId?: string | null;
  /** With it the text may be empty: then every command that ran as this account is a hit, at its proposal. */
  effectiveUser?: string | null;
  from?: number | null;
  to?: number | null;
  limit: number;
  offset: number;
}

export interface SearchHit {
  document: Omit<SearchDocument, 'body' | 'mspId' | 'technicianIds' | 'effectiveUser'>;
  /** Text around the match; matches between U+E000 and U+E001. */
  excerpt: string;
}

/** A search server, or what stands in for one. Both adapters pass one contract suite. */
export interface SearchBackend {
  readonly name: 'meilisearch' | 'postgres';
  prepare(): Promise<void>;
  /** Returns only when a search would find the documents. */
  index(mspId: string, documents: readonly SearchDocument[]): Promise<void>;
  search(query: SearchQuery): Promise<{ hits: SearchHit[]; total: number }>;
  healthy(): Promise<boolean>;
}

export const MARK_OPEN = '\uE000';
export const MARK_CLOSE = '\uE001';
