import type { TestProject } from 'vitest/node';
import { startTestServices, type TestServices } from './services.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** postgres:// address of the superuser of this run's Postgres. */
    adminUrl: string;
    /** host:port of this run's Temporal server. */
    temporalAddress: string;
    temporalNamespace: string;
  }
}

/** Several projects name this file; they share one set of services, stopped by the last to leave. */
let shared: Promise<TestServices> | null = null;
let users = 0;

/** Vitest global set-up of the projects that need real services; read them with `inject('adminUrl')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  users += 1;
  shared ??= startTestServices((line) => process.stderr.write(`${line}\n`));
  const services = await shared;
  project.provide('adminUrl', services.adminUrl);
  project.provide('temporalAddress', services.temporalAddress);
  project.provide('temporalNamespace', services.temporalNamespace);
  return async () => {
    users -= 1;
    if (users === 0) await services.stop();
  };
}
