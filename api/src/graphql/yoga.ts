import { EnvelopArmorPlugin } from '@escape.tech/graphql-armor';
import { isDomainError } from '@throughline/domain/errors';
import { GraphQLError } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import type { Context } from './context.ts';
import { schema } from './schema.ts';

/** Where an operation came from, over HTTP or a socket. */
export interface Asker {
  /** Who asks, as of now. */
  caller(): Promise<Viewer | null>;
  address: string;
  /** Aborts when whoever asked has gone away. */
  gone: AbortSignal;
}

export type Graphql = ReturnType<typeof createGraphql>;

/** GraphQL over HTTP, subscriptions as server-sent events on the same route. `overSocket` runs subscriptions through the same plugins. */
export function createGraphql(deps: Deps) {
  return createYoga<Asker, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    graphiql: false,
    logging: false,
    context: async ({ caller, address, gone }) => ({ viewer: await caller(), deps, address, gone }),
    maskedErrors: { maskError: (error, message) => maskError(deps, error, message) },
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

/** Expected failures are told as they are; everything else is a bug, logged once with its cause and told as nothing. */
export function maskError(deps: Pick<Deps, 'log'>, error: unknown, message: string): GraphQLError {
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
