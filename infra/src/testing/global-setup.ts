import type { TestProject } from 'vitest/node';
import './provided.ts';
import { startTestServices, type TestServices } from './services.ts';

/**
 * Several projects name this file, and vitest loads it once for each; they share one set of services through the
 * process, stopped by the last to leave.
 */
interface Shared {
  services: Promise<TestServices> | null;
  users: number;
}
const holder = globalThis as { throughlineTestServices?: Shared };
const shared = (holder.throughlineTestServices ??= { services: null, users: 0 });

/** Vitest global set-up of the projects that need real services; read them with `inject('adminUrl')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.users += 1;
  shared.services ??= startTestServices((line) => process.stderr.write(`${line}\n`));
  const services = await shared.services;
  project.provide('adminUrl', services.adminUrl);
  project.provide('temporalAddress', services.temporalAddress);
  project.provide('temporalNamespace', services.temporalNamespace);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    shared.services = null;
    await services.stop();
  };
}
