import { DomainError } from '@throughline/domain/errors';
import { accountName } from '@throughline/store/search/effective-user';
import { type TranscriptHit, searchTranscripts } from '../sessions/search.ts';
import { builder } from './builder.ts';
import { viewerOf } from './context.ts';
import { OutputStream } from './enums.ts';
import { numberCursor, pageSize } from './page.ts';
import { Client, Command, Endpoint, Session, User } from './refs.ts';

const SearchFilter = builder.inputType('SearchFilter', {
  fields: (t) => ({
    clientId: t.globalID({ for: [Client] }),
    endpointId: t.globalID({ for: [Endpoint] }),
    technicianId: t.globalID({ for: [User] }),
    effectiveUser: t.string({
      description:
        'The account that commands really ran as. With it the query may be empty: then each of them is a hit.',
    }),
    mine: t.boolean(),
    from: t.field({ type: 'DateTime' }),
    to: t.field({ type: 'DateTime' }),
  }),
});

const SearchHit = builder.objectRef<TranscriptHit>('SearchHit').implement({
  fields: (t) => ({
    kind: t.exposeString('kind'),
    session: t.field({ type: Session, resolve: (hit) => hit.sessionId }),
    entrySeq: t.exposeInt('entrySeq', { nullable: true }),
    command: t.field({ type: Command, nullable: true, resolve: (hit) => hit.commandId }),
    stream: t.field({ type: OutputStream, nullable: true, resolve: (hit) => hit.stream }),
    offset: t.exposeFloat('offset', {
      nullable: true,
      description: 'byte offset of the match in the stream, for hits in output',
    }),
    excerpt: t.exposeString('excerpt', { description: 'text around the hit; matches between U+E000 and U+E001' }),
    at: t.field({ type: 'DateTime', resolve: (hit) => hit.at }),
  }),
});

const effectiveUserOf = (text: string | null | undefined): string | null => {
  if (text != null && text.length > 256)
    throw new DomainError('TOO_LARGE', 'An account name holds up to 256 characters.');
  return text == null || text.trim() === '' ? null : accountName(text.trim());
};

interface ResultView {
  hits: TranscriptHit[];
  total: number;
  backend: string;
  catchingUp: boolean;
  nextCursor: string | null;
}

const SearchResult = builder.objectRef<ResultView>('SearchResult').implement({
  fields: (t) => ({
    hits: t.field({ type: [SearchHit], complexity: { multiplier: 1 }, resolve: (result) => result.hits }),
    total: t.exposeInt('total', {
      description:
        'how many there are, as far as they are looked at: Postgres’ own search ranks the newest 1,000, Meilisearch 10,000',
    }),
    backend: t.exposeString('backend'),
    catchingUp: t.exposeBoolean('catchingUp'),
    nextCursor: t.exposeString('nextCursor', { nullable: true }),
  }),
});

builder.queryFields((t) => ({
  searchTranscripts: t.field({
    type: SearchResult,
    args: {
      query: t.arg.string({ required: true }),
      filter: t.arg({ type: SearchFilter }),
      first: t.arg.int(),
      cursor: t.arg.string(),
    },
    resolve: async (_root, args, context) => {
      if (args.query.length > 500) throw new DomainError('TOO_LARGE', 'A search holds up to 500 characters.');
      const viewer = viewerOf(context);
      const size = pageSize(args.first);
      const offset = numberCursor(args.cursor) ?? 0;
      const filter = args.filter;
      const found = await searchTranscripts(context.deps, viewer, {
        text: args.query,
        clientId: filter?.clientId?.id ?? null,
        endpointId: filter?.endpointId?.id ?? null,
        technicianId: filter?.mine === true ? viewer.userId : (filter?.technicianId?.id ?? null),
        effectiveUser: effectiveUserOf(filter?.effectiveUser),
        from: filter?.from?.getTime() ?? null,
        to: filter?.to?.getTime() ?? null,
        limit: size,
        offset,
      });
      const next = offset + size < found.total ? Buffer.from(String(offset + size)).toString('base64url') : null;
      return { ...found, nextCursor: next };
    },
  }),
}));
