import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { waitFor } from '@throughline/infra/testing/wait-for';
import {
  assignUpdate,
  commandReportedSignal,
  completeUpdate,
  decideUpdate,
  endpointPresenceSignal,
  proposeUpdate,
  slaChangedSignal,
} from '../messages.ts';
import { consented, decision, openBench, proposal } from './workflow-bench.ts';

/**
 * Records a history of today's shape for the replay gate: run it once for each released shape, and never overwrite an old file.
 * Usage: record-history.ts NAME (with TEMPORAL_ADDRESS set)
 */
const name = process.argv[2];
const address = process.env.TEMPORAL_ADDRESS;
if (name === undefined || address === undefined)
  throw new Error('Usage: TEMPORAL_ADDRESS=host:port record-history.ts NAME');

const bench = await openBench(address, process.env.TEMPORAL_NAMESPACE ?? 'default');
const session = await bench.open();
await consented(session);
const reads = proposal('read_only');
await session.update(proposeUpdate, reads);
await session.handle.signal(commandReportedSignal, { commandId: reads.commandId, state: 'running' });
await session.handle.signal(endpointPresenceSignal, { online: false });
await session.handle.signal(endpointPresenceSignal, { online: true });
await session.handle.signal(commandReportedSignal, { commandId: reads.commandId, state: 'finished' });
const denied = proposal('change');
await session.update(proposeUpdate, denied);
// The wait for a yes is held against the policy: it is marked three times before the answer comes.
const [soon, far] = [
  { warnMs: 200, breachMs: 400, escalateMs: 600 },
  { warnMs: 3_600_000, breachMs: 7_200_000 },
];
const targets = { consent_wait: soon, response: far, resolution: far };
const versions = { organisation: 1, client_group: 0, client: 0 };
await session.handle.signal(slaChangedSignal, {
  sla: { normal: targets, urgent: targets, versions },
  by: { kind: 'system' },
});
const marks = () =>
  bench.effects(session.sessionId).filter((effect) => effect.do === 'sla' && effect.approval !== undefined);
await waitFor('the marks of the waiting request', () => marks().length >= 3, 60_000);
await session.update(decideUpdate, decision(denied.approvalId, 'deny', denied.hash));
const senior = { id: randomUUID(), any: true };
await session.update(assignUpdate, { to: senior.id, by: { kind: 'system' }, reasonText: randomUUID() });
const changes = { ...proposal('destructive'), by: senior };
await session.update(proposeUpdate, changes);
await session.update(decideUpdate, decision(changes.approvalId, 'approve', changes.hash));
await session.handle.signal(commandReportedSignal, { commandId: changes.commandId, state: 'finished' });
await session.update(completeUpdate, {
  outcome: 'resolved',
  by: senior,
  noteText: randomUUID(),
  verification: [1],
  notVerifiedText: null,
});
await session.handle.result();
const history = await session.handle.fetchHistory();
await writeFile(new URL(`../../histories/${name}.json`, import.meta.url), `${historyToJSON(history)}\n`);
await bench.close();
