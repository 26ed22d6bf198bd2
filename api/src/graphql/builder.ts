import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import DataloaderPlugin from '@pothos/plugin-dataloader';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { GraphQLError } from 'graphql';
import type { Context } from './context.ts';
import { pageCost } from './page.ts';

interface Types {
  Context: Context;
  AuthScopes: { signedIn: boolean };
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date | number | string };
    JSON: { Input: unknown; Output: unknown };
  };
}

/** What one query may cost: about as many fields as this. */
export const MAX_COMPLEXITY = 20_000;

/** Errors before dataloader: a failed load must become a union member, too. */
export const builder = new SchemaBuilder<Types>({
  plugins: [RelayPlugin, ScopeAuthPlugin, ErrorsPlugin, DataloaderPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  // A page's size counts at its connection, so not once more at its edges.
  relay: { clientMutationId: 'omit', cursorType: 'String', edgesFieldOptions: { complexity: { multiplier: 1 } } },
  scopeAuth: {
    authScopes: (context) => ({ signedIn: context.viewer !== null }),
    unauthorizedError: () => new GraphQLError('Sign in first.', { extensions: { code: 'UNAUTHENTICATED' } }),
  },
  errors: { directResult: true, defaultTypes: [] },
  complexity: {
    defaultComplexity: 1,
    defaultListMultiplier: 10,
    fieldComplexity: (args, _context, field) =>
      field.args.some((arg) => arg.name === 'first') ? { multiplier: pageCost(args['first']) } : {},
    limit: { complexity: MAX_COMPLEXITY, depth: 12, breadth: 500 },
  },
});

builder.queryType({ authScopes: { signedIn: true } });
builder.mutationType({ authScopes: { signedIn: true } });
builder.subscriptionType({ authScopes: { signedIn: true } });
