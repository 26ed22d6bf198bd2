import express, { type Router } from 'express';
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Deps } from './deps.ts';

/** `/metrics` for Prometheus: this process, and its database pool. No tenant's data, no names. */
export function metricsRoute(deps: Pick<Deps, 'pool'>): Router {
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
  const router = express.Router();
  router.get('/metrics', async (_req, res) => {
    res.set('content-type', registry.contentType).send(await registry.metrics());
  });
  return router;
}
