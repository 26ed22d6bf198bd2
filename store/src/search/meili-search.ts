import { Meilisearch } from 'meilisearch';
import { MARK_CLOSE, MARK_OPEN, type SearchBackend, type SearchDocument, type SearchQuery } from './search-backend.ts';
import { queryTerms } from './query-terms.ts';

const INDEX = 'throughline_transcripts';

/**
 * Meilisearch behind the search port. Technical terms need help there: a leading `-` means "exclude", `=` does not separate, digits
 * blur into other digits. So every term goes quoted, `=` is made a separator, and numbers get no typo tolerance.
 */
export function createMeiliSearch(url: string, apiKey: string | undefined, indexName = INDEX): SearchBackend {
  const client = new Meilisearch({ host: url, ...(apiKey === undefined ? {} : { apiKey }), timeout: 10_000 });
  const index = client.index<SearchDocument>(indexName);
  const done = { timeout: 60_000, interval: 50 };
  return {
    name: 'meilisearch',
    async prepare() {
      await client.createIndex(indexName, { primaryKey: 'id' }).waitTask(done);
      await index
        .updateSettings({
          searchableAttributes: ['body'],
          filterableAttributes: [
            'mspId',
            'clientId',
            'sessionId',
            'endpointId',
            'technicianIds',
            'effectiveUser',
            'kind',
            'at',
          ],
          sortableAttributes: ['at'],
          separatorTokens: ['='],
          typoTolerance: { disableOnNumbers: true },
          pagination: { maxTotalHits: 10_000 },
        })
        .waitTask(done);
    },
    async healthy() {
      return client.isHealthy();
    },
    async index(mspId, documents) {
      if (documents.length === 0) return;
      const task = await index.addDocuments(documents.map((document) => ({ ...document, mspId }))).waitTask(done);
      if (task.status !== 'succeeded')
        throw new Error(
          `Meilisearch did not take ${documents.length} documents: ${task.error?.message ?? task.status}`,
        );
    },
    async search(query) {
      const terms = queryTerms(query.text);
      if (terms.length === 0 && !query.effectiveUser) return { hits: [], total: 0 };
      const found = await index.search(terms.map((words) => `"${words.join(' ')}"`).join(' '), {
        filter: [...filterOf(query), ...(terms.length === 0 ? ['kind = "command_proposed"'] : [])],
        ...(terms.length === 0 ? { sort: ['at:desc'] } : {}),
        matchingStrategy: 'all',
        limit: query.limit,
        offset: query.offset,
        attributesToCrop: ['body'],
        cropLength: 40,
        attributesToHighlight: ['body'],
        highlightPreTag: MARK_OPEN,
        highlightPostTag: MARK_CLOSE,
      });
      const hits = found.hits.map((hit) => {
        const { body, ...document } = hit;
        return { document, excerpt: hit._formatted?.body ?? body.slice(0, 240) };
      });
      return { hits, total: found.estimatedTotalHits ?? hits.length };
    },
  };
}

function filterOf(query: SearchQuery): string[] {
  const is = (attribute: string, value: string | null | undefined) =>
    value ? [`${attribute} = ${JSON.stringify(value)}`] : [];
  return [
    `mspId = ${JSON.stringify(query.mspId)}`,
    ...(query.clients === '*' ? [] : [`clientId IN [${query.clients.map((id) => JSON.stringify(id)).join(', ')}]`]),
    ...is('clientId', query.clientId),
    ...is('endpointId', query.endpointId),
    ...is('technicianIds', query.technicianId),
    ...is('effectiveUser', query.effectiveUser),
    ...(query.from == null ? [] : [`at >= ${query.from}`]),
    ...(query.to == null ? [] : [`at <= ${query.to}`]),
  ];
}
