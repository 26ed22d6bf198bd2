import { type ExecutionArgs, GraphQLError, type SubscriptionArgs, getOperationAST } from 'graphql';
import { type Server, makeServer } from 'graphql-ws';
import type { ErrorCode } from '@throughline/domain/errors';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { type Graphql, maskError } from './yoga.ts';

/** As many operations as one socket may follow at a time; a page needs fewer. */
export const MAX_OPERATIONS = 40;

/** The socket under the protocol, as far as the operations on it are concerned. */
export interface Carrier {
  /** Whose cookie came with the socket, as of now. */
  caller(): Promise<Viewer | null>;
  address: string;
  /** Aborts when the socket has closed. */
  gone: AbortSignal;
  /**
   * What runs on it, from the moment it is asked for until it is over. The protocol's own list forgets one that is left while it begins,
   * and knows one of an id only.
   */
  running: Set<AbortController>;
  /** Somebody is signed in. */
  opened(viewer: Viewer): void;
  /** The server listens from now on for what the operation follows. */
  started(id: string): void;
  close(code: number, reason: string): void;
}

interface Run {
  subscribe(args: SubscriptionArgs): ReturnType<NonNullable<Parameters<typeof makeServer>[0]['subscribe']>>;
  leave: AbortController;
}

/**
 * Subscriptions by the protocol `graphql-transport-ws`, through the plugins, limits and rights that they have over HTTP. Queries and
 * mutations are refused: those keep to HTTP and what protects them there.
 */
export function overSocket(deps: Pick<Deps, 'log'>, graphql: Pick<Graphql, 'getEnveloped'>): Server<Carrier> {
  const runs = new WeakMap<ExecutionArgs, Run>();
  return makeServer<Record<string, unknown>, Carrier>({
    connectionInitWaitTimeout: 5_000,
    async onConnect(socket) {
      const viewer = await socket.extra.caller();
      if (viewer === null) {
        socket.extra.close(4403, 'Sign in first.');
        return false;
      }
      socket.extra.opened(viewer);
      return true;
    },
    async onSubscribe({ extra: { caller, address, gone, running } }, _id, params) {
      if (running.size >= MAX_OPERATIONS)
        return refuse('RATE_LIMITED', `One socket follows ${MAX_OPERATIONS} things at most. End one first.`);
      const leave = new AbortController();
      leave.signal.addEventListener('abort', () => running.delete(leave));
      running.add(leave);
      const refused = (errors: GraphQLError[]) => (leave.abort(), errors);
      const left = AbortSignal.any([leave.signal, gone]);
      const enveloped = graphql.getEnveloped({ caller, address, gone: left, params });
      try {
        const document = enveloped.parse(params.query) as ExecutionArgs['document'];
        const operation = getOperationAST(document, params.operationName);
        if (operation == null)
          return refused(
            refuse('INVALID_INPUT', 'Name one operation of the document in `operationName`, or send only one.'),
          );
        if (operation.operation !== 'subscription')
          return refused(
            refuse('INVALID_INPUT', 'Only subscriptions run over the socket. Send this as POST /graphql.'),
          );
        const errors = enveloped.validate(enveloped.schema, document) as GraphQLError[];
        if (errors.length > 0) return refused(errors);
        const args: ExecutionArgs = {
          schema: enveloped.schema,
          document,
          operationName: params.operationName,
          variableValues: params.variables,
          contextValue: await enveloped.contextFactory(),
        };
        runs.set(args, { subscribe: enveloped.subscribe, leave });
        return args;
      } catch (error) {
        return refused([maskError(deps, error, 'Something failed here. It has been logged.')]);
      }
    },
    subscribe: (args) => runs.get(args)?.subscribe(args) ?? { data: null },
    onOperation({ extra }, id, _payload, args, result) {
      const leave = runs.get(args)?.leave;
      if (leave === undefined) return;
      if (!isFollowed(result)) return leave.abort();
      extra.started(id);
      return endingWith(result, leave);
    },
  });
}

function refuse(code: ErrorCode, message: string): GraphQLError[] {
  return [new GraphQLError(message, { extensions: { code } })];
}

const isFollowed = (result: object): result is AsyncIterable<never> => Symbol.asyncIterator in result;

/** The same values. `leave` aborts after the last; whoever stops reading wakes the resolver by it, which may wait for hours. */
function endingWith<T>(values: AsyncIterable<T>, leave: AbortController): AsyncIterable<T> {
  const inner = values[Symbol.asyncIterator]();
  const iterator: AsyncIterableIterator<T> = {
    async next() {
      try {
        const step = await inner.next();
        if (step.done === true) leave.abort();
        return step;
      } catch (error) {
        leave.abort();
        throw error;
      }
    },
    async return() {
      leave.abort();
      return (await inner.return?.()) ?? { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
