import { cacheExchange, createClient, fetchExchange, mapExchange } from '@urql/vue';
import { serverFetch } from '../lib/connection.ts';

type SignedOutHandler = () => void;
let onSignedOut: SignedOutHandler = () => undefined;

/** Called when the server says the sign-in has ended. The router sets it. */
export const whenSignedOut = (handler: SignedOutHandler): void => {
  onSignedOut = handler;
};

/** The one GraphQL client. Known data stays on screen while new data comes; live changes arrive through lib/use-live.ts. */
export const createGraphqlClient = () =>
  createClient({
    url: '/graphql',
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    fetch: serverFetch,
    fetchSubscriptions: true,
    exchanges: [
      cacheExchange,
      mapExchange({
        onError(error) {
          if (error.graphQLErrors.some((e) => e.extensions['code'] === 'UNAUTHENTICATED')) onSignedOut();
        },
      }),
      fetchExchange,
    ],
  });

export const client = createGraphqlClient();
