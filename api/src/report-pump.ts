import { DomainError, isDomainError } from '@throughline/domain/errors';
import { type QueuedReport, claimReports, reportDone } from '@throughline/store/report-store';
import { withTenant } from '@throughline/store/tenant';
import { mspsWithWork } from '@throughline/store/work';
import {
  approvalDecidedSignal,
  commandReportedSignal,
  endedByEndUserSignal,
  endpointPresenceSignal,
  proposeUpdate,
  scopeEndedSignal,
  slaChangedSignal,
} from '@throughline/workflows/messages';
import type { Pool } from 'pg';
import type { SessionClient } from './temporal/session-client.ts';

/** Tells workflows what endpoints said, oldest first, until each has it. A report a closed workflow no longer takes is put aside with the reason. */
export async function drainReports(pool: Pool, sessions: SessionClient): Promise<void> {
  for (const mspId of await mspsWithWork(pool, 'report')) {
    let more = true;
    while (more)
      more = await withTenant(pool, { mspId, clients: '*' }, async (tx) => {
        const reports = await claimReports(tx, mspId, 20);
        for (const report of reports) await reportDone(tx, mspId, report.id, await send(sessions, report));
        return reports.length > 0;
      });
  }
}

/** Null when delivered, else why it never will be. Throws when it should be tried again. */
async function send(sessions: SessionClient, { session_id, body }: QueuedReport): Promise<string | null> {
  try {
    switch (body.type) {
      case 'command':
        await sessions.signal(session_id, commandReportedSignal, body.report);
        return null;
      case 'presence':
        await sessions.signal(session_id, endpointPresenceSignal, { online: body.online });
        return null;
      case 'decision':
        await sessions.signal(session_id, approvalDecidedSignal, body.decision);
        return null;
      case 'ended_by_end_user':
        await sessions.signal(session_id, endedByEndUserSignal, { account: body.account });
        return null;
      case 'scope_ended':
        await sessions.signal(session_id, scopeEndedSignal, body.end);
        return null;
      case 'sla':
        await sessions.signal(session_id, slaChangedSignal, { sla: body.sla, by: body.by });
        return null;
      case 'propose':
        await sessions.update(session_id, proposeUpdate, body.proposal, `propose:${body.proposal.commandId}`);
        return null;
    }
  } catch (error) {
    if (isDomainError(error) && final(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
}

const final = (error: DomainError): boolean => error.code !== 'UNKNOWN_OUTCOME' && error.code !== 'UNAVAILABLE';
