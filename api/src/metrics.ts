import express, { type Router } from 'express';
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Deps } from './deps.ts';

/** How many hold a connection to this process now. */
export interface Connected {
  runtimes(): number;
  /** Browser tabs by their sockets; those that follow by server-sent events are not among them. */
  pages(): number;
}

/** `/metrics` for Prometheus: this process, its database pool, and who is connected. No tenant's data, no names. */
export function metricsRoute(deps: Pick<Deps, 'pool'> & { connected: Connected }): Router {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'throughline_pool_connections',
    help: 'Database connections of this api process',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      this.set({ state: 'total' }, deps.pool.totalCount);
      this.set({ state: 'idle' }, deps.pool.idleCount);
      this.set({ state: 'waiting' }, deps.pool.waitingCount);
    },
  });
  new Gauge({
    name: 'throughline_connected',
    help: 'WebSockets held by this api process: runtimes of endpoints, and pages of the web app',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      this.set({ kind: 'runtime' }, deps.connected.runtimes());
      this.set({ kind: 'page' }, deps.connected.pages());
    },
  });
  const router = express.Router();
  router.get('/metrics', async (_req, res) => {
    res.set('content-type', registry.contentType).send(await registry.metrics());
  });
  return router;
}
