import { cpSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { patiently } from './patience.ts';
import { type FaultContext, rounds } from './row.ts';
import { FaultRuntime } from './runtime.ts';
import { type Site, localId } from './site.ts';
import { spread } from './table.ts';
import { counted } from './workload.ts';

const LOCKED = 4;
const REVOKED = 3;
const CLOSED_WITHIN_MS = 5_000;

/** S5: one identity on two machines, an old state that comes back, a token used twice. */
export async function copiedIdentities(context: FaultContext): Promise<void> {
  const site = await context.site();
  await context.row('S5 cloned data folder', (row) =>
    rounds(row, context.times(3), async () => {
      const runtime = await site.endpoint();
      context.atEnd(() => runtime.stop());
      const sessionId = await site.session(runtime);
      await runtime.kill('SIGTERM');
      const clone = await copyOf(runtime);
      context.atEnd(() => clone.stop());
      runtime.start();
      await runtime.untilOnline();
      clone.start();
      row.n++;
      await Promise.all([clone, runtime].map((each) => endsWith(each, LOCKED)));
      await alarmed(site, runtime, 'runtime.locked');
      await runsNothing(site, sessionId, [runtime, clone], LOCKED);
    }),
  );
  await context.row('S5 restored data folder', (row) =>
    rounds(row, context.times(3), async () => {
      const runtime = await site.endpoint();
      context.atEnd(() => runtime.stop());
      const sessionId = await site.session(runtime);
      await runtime.kill('SIGTERM');
      const before = await copyOf(runtime);
      runtime.start();
      await runtime.untilOnline();
      await runtime.kill('SIGKILL');
      // The machine is set back to a snapshot.
      rmSync(runtime.data, { recursive: true });
      cpSync(before.data, runtime.data, { recursive: true });
      await before.stop();
      runtime.start();
      row.n++;
      await endsWith(runtime, LOCKED);
      await alarmed(site, runtime, 'runtime.locked');
      await runsNothing(site, sessionId, [runtime], LOCKED);
    }),
  );
  await context.row('S5 token used twice', (row) =>
    rounds(row, context.times(3), async (round) => {
      const token = await site.token();
      const enrol = (name: string) => FaultRuntime.enrol({ name, server: site.product.url, token });
      const first = await enrol(`TWICE-${round}-A`);
      context.atEnd(() => first.stop());
      row.n++;
      const refused = await enrol(`TWICE-${round}-B`).then(
        () => null,
        (error: Error) => error.message,
      );
      if (refused === null || !/already used/.test(refused)) throw new Error(`the second use was answered: ${refused}`);
      const rows = await site.sql(
        `select 1 from audit_event where action = 'endpoint.enroll_refused' and actor = $1 and details->>'code' = 'TOKEN_USED'`,
        [`endpoint TWICE-${round}-B`],
      );
      if (rows.length !== 1) throw new Error('the audit log does not tell of the second use');
    }),
  );
}

/** S6: a revoked runtime is cut off at once and runs nothing more. */
export async function revokedRuntimes(context: FaultContext): Promise<void> {
  const site = await context.site();
  await context.row('S6 revoked', async (row) => {
    const closed: number[] = [];
    await rounds(row, context.times(5), async () => {
      const runtime = await site.endpoint();
      context.atEnd(() => runtime.stop());
      const sessionId = await site.session(runtime);
      const endpointId = await site.endpointId(runtime.name);
      const began = performance.now();
      await site.admin.act('retireEndpoint', 'RetireEndpointInput', { endpointId }, '... on Endpoint { id }');
      await waitFor('the runtime to be offline', () => !runtime.online(), CLOSED_WITHIN_MS);
      closed.push(performance.now() - began);
      row.n++;
      await endsWith(runtime, REVOKED);
      await runsNothing(site, sessionId, [runtime], REVOKED);
    });
    Object.assign(row.figures, spread('closed', closed));
  });
}

async function copyOf(runtime: FaultRuntime): Promise<FaultRuntime> {
  const data = await mkdtemp(join(tmpdir(), 'throughline-fault-'));
  // A runner that only waits has pipes open, which nobody copies.
  cpSync(runtime.data, data, { recursive: true, filter: (path) => !path.includes('.ready-') });
  return new FaultRuntime(runtime.name, data);
}

function endsWith(runtime: FaultRuntime, code: number): Promise<unknown> {
  return waitFor(
    `${runtime.name} to end with ${code}`,
    () => {
      if (!runtime.alive && runtime.exitCode !== code)
        throw new Error(`${runtime.name} ended with ${runtime.exitCode}, not ${code}:\n${runtime.output}`);
      return !runtime.alive;
    },
    30_000,
  );
}

async function alarmed(site: Site, runtime: FaultRuntime, action: string): Promise<void> {
  const endpointId = localId(await site.endpointId(runtime.name));
  await patiently(
    `the audit log to tell of ${action}`,
    async () => {
      const rows = await site.sql(
        `select 1 from audit_event where action = $1 and actor in (select 'runtime ' || id from runtime where endpoint_id = $2)`,
        [action, endpointId],
      );
      return rows.length > 0;
    },
    10_000,
  );
}

/** A command asked for now never runs, also not when the runtime is started again. */
async function runsNothing(site: Site, sessionId: string, runtimes: FaultRuntime[], code: number): Promise<void> {
  const work = counted(site.lab, 'true', Buffer.alloc(0), Buffer.alloc(0));
  // Refused at once, or taken and never sent: both are right.
  await site.propose(sessionId, work.script).catch(() => null);
  for (const runtime of runtimes) {
    runtime.start();
    await endsWith(runtime, code);
  }
  if (work.executions() > 0) throw new Error('a command ran behind the lock');
}
