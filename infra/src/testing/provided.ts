/**
 * What the global set-up provides to tests, for `inject('adminUrl')` of vitest. A file that uses `inject` imports this
 * one for its types: `import '@throughline/infra/testing/provided';`
 */
declare module 'vitest' {
  export interface ProvidedContext {
    /** postgres:// address of the superuser of this run's Postgres. */
    adminUrl: string;
    /** host:port of this run's Temporal server. */
    temporalAddress: string;
    temporalNamespace: string;
  }
}

export {};
