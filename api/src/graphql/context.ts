import { isUuid } from '@throughline/domain/ids';
import type { Scope, Tx } from '@throughline/store/tenant';
import { withTenant } from '@throughline/store/tenant';
import { GraphQLError } from 'graphql';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { scopeOf } from '../sessions/viewer.ts';

/** What every resolver gets: who asks, and what the process shares. */
export interface Context {
  viewer: Viewer | null;
  deps: Deps;
  /** The network address the request came from. */
  address: string;
  /** Aborts when whoever asked has gone away: a waiting subscription learns of it at once, not at its next event. */
  gone: AbortSignal;
}

/** The person who asks; for fields that are never reached without one. */
export function viewerOf(context: Context): Viewer {
  if (context.viewer === null) throw new GraphQLError('Sign in first.', { extensions: { code: 'UNAUTHENTICATED' } });
  return context.viewer;
}

/** Reads as the person who asks: their organisation, their clients. */
export function reading<T>(context: Context, fn: (tx: Tx, scope: Scope) => Promise<T>): Promise<T> {
  const scope = scopeOf(viewerOf(context));
  return withTenant(context.deps.pool, scope, (tx) => fn(tx, scope));
}

/** Rows in the order of the ids asked for, null where there is none (or none that this person may see). */
export function inOrder<Row extends { id: string }>(ids: readonly string[], rows: readonly Row[]): (Row | null)[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** Ids from outside may be anything; what is no UUID finds nothing. */
export const onlyUuids = (ids: readonly string[]): string[] => ids.filter(isUuid);
