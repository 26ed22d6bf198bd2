import { scopeFor } from '@throughline/domain/api-scope';
import { type GraphQLFieldResolver, GraphQLError, type GraphQLSchema } from 'graphql';
import type { Context } from './context.ts';

type Resolver = GraphQLFieldResolver<unknown, Context>;

/** Holds every root field against the scopes of the API token that asks. Whoever is signed in passes: roles decide there. */
export function withTokenScopes(schema: GraphQLSchema): GraphQLSchema {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  for (const [root, type] of roots)
    for (const field of Object.values(type?.getFields() ?? {})) {
      const guarded = (inner: Resolver): Resolver => {
        return (source, args, context, info) => {
          mustHave(context, root, field.name);
          return inner(source, args, context, info) as unknown;
        };
      };
      if (root === 'subscription') {
        if (field.subscribe !== undefined) field.subscribe = guarded(field.subscribe);
      } else if (field.resolve !== undefined) field.resolve = guarded(field.resolve);
    }
  return schema;
}

function mustHave({ viewer }: Context, root: 'query' | 'mutation' | 'subscription', field: string): void {
  const scopes = viewer?.scopes ?? null;
  if (scopes === null) return;
  const needed = scopeFor(root, field);
  if (needed !== 'never' && scopes.includes(needed)) return;
  const message =
    needed === 'never'
      ? `No API token may call ${field}. Sign in to do this.`
      : `This API token lacks the scope ${needed}. Make one that has it.`;
  throw new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } });
}
