import { ApplicationFailure, patched, setHandler } from '@temporalio/workflow';
import type { Effect } from '@throughline/domain/effect';
import { isDomainError } from '@throughline/domain/errors';
import { SessionCase } from '@throughline/domain/session-case';
import * as messages from './messages.ts';
import { SessionRunner } from './session-runner.ts';

/** One durable troubleshooting session. Registers its handlers, then waits in the runner's loop until the session is over. */
export async function troubleshootingSession(input: messages.SessionInput): Promise<void> {
  const runner = new SessionRunner(input);
  const opened = (): SessionCase => {
    if (runner.case === null)
      throw refused('INVALID_STATE', 'This session is still being opened. Try again in a moment.');
    return runner.case;
  };
  const accept = (step: (session: SessionCase) => Effect[]) => guarded(() => runner.want(step(opened())));
  const check = (step: (session: SessionCase) => void) => guarded(() => step(opened()));

  setHandler(messages.openUpdate, ({ open, endpointOnline }) =>
    guarded(() => {
      if (runner.case !== null) return;
      const { session, effects } = SessionCase.open(input, open, input.sla, endpointOnline, Date.now());
      runner.case = session;
      runner.want(effects);
    }),
  );
  setHandler(messages.assignUpdate, (m) => accept((s) => s.assign(m.to, m.by, m.reasonText, Date.now())), {
    validator: (m) => check((s) => s.checkAssign(m.expected)),
  });
  setHandler(messages.acceptUpdate, (m) => accept((s) => s.accept({ kind: 'user', id: m.by.id }, Date.now())), {
    validator: (m) => check((s) => s.checkAwaiting(m.by)),
  });
  setHandler(
    messages.declineUpdate,
    (m) => accept((s) => s.decline({ kind: 'user', id: m.by.id }, m.reasonText, Date.now())),
    { validator: (m) => check((s) => s.checkAwaiting(m.by)) },
  );
  setHandler(messages.commandRightsUpdate, (m) => accept((s) => s.giveRights(m.to, m.why, m.by, Date.now())), {
    validator: (m) => check((s) => s.checkGiveRights(m.from)),
  });
  setHandler(messages.holdUpdate, (m) => accept((s) => s.hold(m.held, m.by, m.reasonText, Date.now())), {
    validator: (_message) => check((s) => s.checkOpen()),
  });
  setHandler(
    messages.escalateUpdate,
    (m) => accept((s) => s.escalate(m.to, m.by, m.reasonText, Date.now(), m.urgent)),
    {
      validator: (_message) => check((s) => s.checkOpen()),
    },
  );
  setHandler(
    messages.startUpdate,
    (m) => accept((s) => s.start(m.by, m.approvalId, m.hash, m.reasonText, m.policy, Date.now(), m.unattended)),
    { validator: (m) => check((s) => s.checkStart(m.by)) },
  );
  setHandler(
    messages.proposeUpdate,
    (m) => accept((s) => s.propose({ ...m, clocked: patched('clocked-approvals') }, Date.now())),
    {
      validator: (m) => check((s) => s.checkPropose(m)),
    },
  );
  setHandler(
    messages.cancelCommandUpdate,
    (m) => accept((s) => s.cancel(m.commandId, { kind: 'user', id: m.by.id }, Date.now())),
    {
      validator: (m) =>
        check((s) => {
          s.checkDoer(m.by);
          s.checkCancel(m.commandId);
        }),
    },
  );
  setHandler(messages.inputUpdate, (m) => accept((s) => s.input(m, { kind: 'user', id: m.by.id }, Date.now())), {
    validator: (m) => check((s) => s.checkInput(m.commandId, m.by)),
  });
  // No validator: a late answer is refused to the caller, and yet it goes on the record.
  setHandler(messages.decideUpdate, (decision) =>
    guarded(() => {
      const session = opened();
      const late = failureOf(() => session.checkDecision(decision, Date.now()));
      runner.want(session.decide(decision, Date.now()));
      if (late !== null) throw late;
    }),
  );
  setHandler(messages.nudgeUpdate, (m) => accept((s) => s.nudge(m.approvalId, m.by, Date.now())), {
    validator: (m) => check((s) => s.checkNudge(m.approvalId, Date.now())),
  });
  setHandler(messages.withdrawUpdate, (m) => accept((s) => s.withdraw(m.approvalId, m.by, Date.now())), {
    validator: (m) => check((s) => s.checkWithdraw(m.approvalId)),
  });
  setHandler(
    messages.setPriorityUpdate,
    (m) => accept((s) => s.setPriority(m.priority, m.by, m.reasonText, Date.now())),
    {
      validator: (_message) => check((s) => s.checkOpen()),
    },
  );
  setHandler(
    messages.completeUpdate,
    (m) =>
      accept((s) =>
        s.complete(m.outcome, { kind: 'user', id: m.by.id }, m.noteText, m.verification, m.notVerifiedText, Date.now()),
      ),
    { validator: (m) => check((s) => s.checkComplete(m.by)) },
  );

  // Signals never throw: an error here would fail the whole session.
  setHandler(messages.approvalDecidedSignal, (decision) =>
    runner.want(runner.case?.decide(decision, Date.now()) ?? []),
  );
  setHandler(messages.commandReportedSignal, (report) => runner.want(runner.case?.report(report, Date.now()) ?? []));
  setHandler(messages.endpointPresenceSignal, (m) => runner.want(runner.case?.presence(m.online, Date.now()) ?? []));
  setHandler(messages.endedByEndUserSignal, (m) => runner.want(runner.case?.endByEndUser(m.account, Date.now()) ?? []));
  setHandler(messages.scopeEndedSignal, (end) => runner.want(runner.case?.endScope(end, Date.now()) ?? []));
  setHandler(messages.slaChangedSignal, (m) => runner.want(runner.case?.setSla(m.sla, m.by, Date.now()) ?? []));
  setHandler(messages.stateQuery, () => runner.case?.state ?? null);

  await runner.run();
}

const refused = (code: string, message: string, details: Record<string, unknown> = {}): ApplicationFailure =>
  ApplicationFailure.create({ type: code, message, nonRetryable: true, details: [details] });

/** Across Temporal a failure's identity is its type. A plain Error in an Update handler would retry the task for ever, so none gets out. */
function guarded(step: () => void): void {
  const failure = failureOf(step);
  if (failure !== null) throw failure;
}

function failureOf(step: () => void): ApplicationFailure | null {
  try {
    step();
    return null;
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    if (isDomainError(error)) return refused(error.code, error.message, error.details);
    return refused('INTERNAL', 'The session could not take this step. It has been logged.', { why: String(error) });
  }
}
