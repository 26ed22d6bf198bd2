import { EnvelopArmorPlugin } from '@escape.tech/graphql-armor';
import { isDomainError } from '@throughline/domain/errors';
import type { Request, Response } from 'express';
import { GraphQLError } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { callerOf } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import type { Context } from './context.ts';
import { schema } from './schema.ts';

/** GraphQL over HTTP; subscriptions as server-sent events on the same route. */
export function createGraphql(deps: Deps) {
  return createYoga<{ req: Request; res: Response }, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    graphiql: false,
    logging: false,
    context: async ({ req, res }) => ({
      viewer: await callerOf(deps.pool, req, req.ip ?? 'unknown'),
      deps,
      address: req.ip ?? 'unknown',
      gone: goneWith(res),
    }),
    maskedErrors: { maskError: (error, message) => mask(deps, error, message) },
    plugins: [
      EnvelopArmorPlugin({
        costLimit: { enabled: false }, // The schema's own complexity limit knows lists' sizes.
        maxDepth: { n: 14 },
        maxAliases: { n: 15 },
        maxDirectives: { n: 20 },
        maxTokens: { n: 3_000 },
      }),
    ],
  });
}

function goneWith(res: Response): AbortSignal {
  const gone = new AbortController();
  res.on('close', () => gone.abort());
  return gone.signal;
}

/** Expected failures are told as they are; everything else is a bug, logged once with its cause and told as nothing. */
function mask(deps: Deps, error: unknown, message: string): Error {
  const original = error instanceof GraphQLError ? error.originalError : error;
  if (isDomainError(original)) {
    const options = error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {};
    return new GraphQLError(original.message, { ...options, extensions: { code: original.code } });
  }
  if (
    error instanceof GraphQLError &&
    (original === undefined || original === null || original instanceof GraphQLError)
  )
    return error;
  deps.log.error({ err: original ?? error }, 'a GraphQL request failed');
  return new GraphQLError(message, { extensions: { code: 'INTERNAL' } });
}
